//! What the org's servers themselves write into the System Log.

use super::access::Caller;
use super::event_hooks::EventHook;
use super::rate_limits::Notice;
use super::tenant::Tenant;
use crate::acts::administer;
use crate::draft::Draft;
use crate::event_kind::{
    EventKind, HOOK_ACTIVATED, HOOK_CREATED, HOOK_DEACTIVATED, HOOK_DELETED, HOOK_DELIVERY,
    HOOK_UPDATED, HOOK_VERIFIED, OPERATION_VIOLATION, OPERATION_WARNING, RATE_VIOLATION,
    RATE_WARNING,
};
use crate::log_event::Entity;

/// What is done to a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookDeed {
    Created,
    Updated,
    Activated,
    Deactivated,
    Deleted,
    Verified,
}

impl HookDeed {
    fn kind(self) -> &'static EventKind {
        match self {
            Self::Created => &HOOK_CREATED,
            Self::Updated => &HOOK_UPDATED,
            Self::Activated => &HOOK_ACTIVATED,
            Self::Deactivated => &HOOK_DEACTIVATED,
            Self::Deleted => &HOOK_DELETED,
            Self::Verified => &HOOK_VERIFIED,
        }
    }
}

/// Logs that somebody did something to a hook, or tried to and why it failed.
pub(crate) fn hook(
    tenant: &Tenant,
    deed: HookDeed,
    hook: &EventHook,
    caller: &Caller,
    failure: Option<&str>,
) {
    let path = format!("/api/v1/eventHooks/{}", hook.id);
    let draft = if caller.is_app {
        let actor = Entity::new(&caller.id, "PublicClientApp", &caller.id, &caller.name);
        Draft::job(deed.kind(), actor)
    } else {
        let administrator = tenant.org.admins.first().copied().unwrap_or(0);
        let user = &tenant.org.users[administrator];
        Draft::new(deed.kind(), &user.entity, &user.computer)
    };
    stamp(
        tenant,
        failed(draft.uri(path).target(&target(hook)), failure),
    );
}

/// Logs that a delivery failed for good.
pub(crate) fn delivery_failed(tenant: &Tenant, hook: &EventHook, reason: &str) {
    let draft = Draft::job(&HOOK_DELIVERY, system()).target(&target(hook));
    stamp(tenant, failed(draft, Some(reason)));
}

/// Logs that the day's quota of deliveries is nearly or wholly used.
pub(crate) fn quota(tenant: &Tenant, notice: Notice, quota: u64) {
    let kind = match notice {
        Notice::Warning => &OPERATION_WARNING,
        Notice::Violation => &OPERATION_VIOLATION,
    };
    let draft = Draft::job(kind, system())
        .debug("operationRateLimitType", "event_hook_delivery")
        .debug("operationRateLimitThreshold", quota.to_string())
        .debug("operationRateLimitTimeSpan", "1")
        .debug("operationRateLimitTimeUnit", "DAYS")
        .debug("warningPercent", "70");
    stamp(tenant, draft);
}

/// Logs that a client uses much of a bucket, or more than it may.
pub(crate) fn rate_limit(
    tenant: &Tenant,
    notice: Notice,
    (bucket, path, limit): (&str, &str, u32),
) {
    let kind = match notice {
        Notice::Warning => &RATE_WARNING,
        Notice::Violation => &RATE_VIOLATION,
    };
    let (_, id) = bucket.split_once(':').unwrap_or(("", bucket));
    let actor = Entity::new(id, "PublicClientApp", id, "API client");
    let draft = Draft::job(kind, actor);
    let draft = administer::limited(&mut tenant.dice(), draft, path, &limit.to_string());
    stamp(tenant, draft.debug("userId", id));
}

fn stamp(tenant: &Tenant, draft: Draft<'_>) {
    let event = draft.stamp(&mut tenant.dice(), tenant.clock.now_ms(), None);
    tenant.happen(&event);
}

fn failed<'a>(draft: Draft<'a>, failure: Option<&str>) -> Draft<'a> {
    match failure {
        Some(reason) => draft
            .failed("Hook execution failed")
            .debug("errorMessage", reason),
        None => draft,
    }
}

fn target(hook: &EventHook) -> Entity {
    Entity::new(&hook.id, "EventHook", "unknown", &hook.wish.name)
}

fn system() -> Entity {
    Entity::new(
        "okta.system",
        "SystemPrincipal",
        "system@okta.com",
        "Okta System",
    )
}
