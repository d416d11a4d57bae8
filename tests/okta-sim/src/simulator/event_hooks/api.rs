//! `/api/v1/eventHooks`: the requests that make, change and end hooks.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode, Uri};

use super::view::HookView;
use super::{EventHook, EventHooks, check, verification};
use crate::simulator::access::{self, Call, Caller};
use crate::simulator::clock::millis;
use crate::simulator::notices::{self, HookDeed};
use crate::simulator::refusal::{self, Refusal};
use crate::simulator::site::Site;
use crate::simulator::tenant::Tenant;

/// What every request here brings along.
pub(crate) type Context = (State<Arc<Tenant>>, Extension<Site>, Method, Uri, HeaderMap);

const READ: &str = "okta.eventHooks.read";
const MANAGE: &str = "okta.eventHooks.manage";

fn admit((tenant, site, method, uri, headers): &Context, scope: &str) -> Result<Caller, Refusal> {
    let call = Call {
        site,
        method: method.as_str(),
        path: uri.path(),
        headers,
    };
    access::admit(tenant, call, scope)
}

fn not_found(id: &str) -> Refusal {
    Refusal::not_found(id, "Webhook")
}

fn shown(hook: &EventHook, site: &Site) -> Response {
    refusal::json(StatusCode::OK, &HookView::new(hook, &site.base))
}

/// Lists the hooks.
pub(crate) async fn list(context: Context) -> Result<Response, Refusal> {
    admit(&context, READ)?;
    let (tenant, site, ..) = context;
    let hooks = tenant.hooks.lock();
    let views: Vec<_> = hooks
        .hooks
        .values()
        .map(|hook| HookView::new(hook, &site.base))
        .collect();
    Ok(refusal::json(StatusCode::OK, &views))
}

/// Makes a hook: active, and not verified.
pub(crate) async fn create(context: Context, body: Bytes) -> Result<Response, Refusal> {
    let caller = admit(&context, MANAGE)?;
    let (tenant, site, ..) = context;
    let wish = check::read(&body, tenant.options.delivery.plain_receivers)?;
    let now_ms = tenant.clock.now_ms();
    let hook = EventHook {
        id: tenant.new_id("who"),
        created_ms: now_ms,
        created_by: caller.id.clone(),
        updated_ms: now_ms,
        is_active: wish.is_active.unwrap_or(true),
        is_verified: false,
        live_from_ms: i64::MAX,
        wish,
    };
    {
        let mut hooks = tenant.hooks.lock();
        refuse_when_full(&hooks)?;
        hooks.hooks.insert(hook.id.clone(), hook.clone());
    }
    notices::hook(&tenant, HookDeed::Created, &hook, &caller, None);
    Ok(shown(&hook, &site))
}

/// Shows a hook.
pub(crate) async fn get(context: Context, Path(id): Path<String>) -> Result<Response, Refusal> {
    admit(&context, READ)?;
    let (tenant, site, ..) = context;
    let hooks = tenant.hooks.lock();
    let hook = hooks.hooks.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(shown(hook, &site))
}

/// Replaces a hook. Another channel makes it unverified; the answer shows the time of the change
/// before, as Okta's does.
pub(crate) async fn replace(
    context: Context,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let caller = admit(&context, MANAGE)?;
    let (tenant, site, ..) = context;
    let mut wish = check::read(&body, tenant.options.delivery.plain_receivers)?;
    let now_ms = tenant.clock.now_ms();
    let (shown_hook, hook) = {
        let mut hooks = tenant.hooks.lock();
        let hook = hooks.hooks.get_mut(&id).ok_or_else(|| not_found(&id))?;
        // Whether a secret that is left out stays is not known of Okta; here it does.
        if let (Some((name, secret @ None)), Some((_, Some(known)))) =
            (&mut wish.channel.secret, &hook.wish.channel.secret)
            && !name.is_empty()
        {
            *secret = Some(known.clone());
        }
        if hook.wish.channel != wish.channel {
            hook.is_verified = false;
        }
        hook.is_active = wish.is_active.unwrap_or(hook.is_active);
        hook.wish = wish;
        hook.live_from_ms = now_ms.saturating_add(millis(tenant.options.delivery.warm_up));
        let before = hook.clone();
        hook.updated_ms = now_ms;
        (before, hook.clone())
    };
    notices::hook(&tenant, HookDeed::Updated, &hook, &caller, None);
    Ok(shown(&shown_hook, &site))
}

/// Deletes a hook that is not active.
pub(crate) async fn delete(context: Context, Path(id): Path<String>) -> Result<Response, Refusal> {
    let caller = admit(&context, MANAGE)?;
    let (tenant, ..) = context;
    let hook = {
        let mut hooks = tenant.hooks.lock();
        let hook = hooks.hooks.get(&id).ok_or_else(|| not_found(&id))?;
        if hook.is_active {
            return Err(Refusal::invalid(
                "eventHook",
                "The event hook must be deactivated before it can be deleted.",
            ));
        }
        hooks.hooks.remove(&id).ok_or_else(|| not_found(&id))?
    };
    notices::hook(&tenant, HookDeed::Deleted, &hook, &caller, None);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Activates a hook, deactivates it, or verifies it.
pub(crate) async fn lifecycle(
    context: Context,
    Path((id, act)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let caller = admit(&context, MANAGE)?;
    let (tenant, site, ..) = context;
    match act.as_str() {
        "activate" => set_active(&tenant, &site, &id, true, &caller),
        "deactivate" => set_active(&tenant, &site, &id, false, &caller),
        "verify" => verify(&tenant, &site, &id, &caller).await,
        _ => Err(Refusal::no_such_path()),
    }
}

fn set_active(
    tenant: &Tenant,
    site: &Site,
    id: &str,
    is_active: bool,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let hook = {
        let mut hooks = tenant.hooks.lock();
        let found = hooks.hooks.get(id).ok_or_else(|| not_found(id))?;
        if is_active && found.is_verified && !found.is_active {
            refuse_when_full(&hooks)?;
        }
        let hook = hooks.hooks.get_mut(id).ok_or_else(|| not_found(id))?;
        hook.is_active = is_active;
        touch(tenant, hook);
        hook.clone()
    };
    let deed = if is_active {
        HookDeed::Activated
    } else {
        HookDeed::Deactivated
    };
    notices::hook(tenant, deed, &hook, caller, None);
    Ok(shown(&hook, site))
}

async fn verify(
    tenant: &Tenant,
    site: &Site,
    id: &str,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let hook = {
        let hooks = tenant.hooks.lock();
        let hook = hooks.hooks.get(id).ok_or_else(|| not_found(id))?;
        if !hook.is_verified {
            refuse_when_full(&hooks)?;
        }
        hook.clone()
    };
    let outcome = verification::verify(tenant, &hook).await;
    if let Err(reason) = outcome {
        notices::hook(tenant, HookDeed::Verified, &hook, caller, Some(&reason));
        return Err(Refusal::invalid(
            "eventHook",
            format!(
                "Unable to verify event hook. Hook {} execution failed",
                hook.wish.name
            ),
        ));
    }
    let hook = {
        let mut hooks = tenant.hooks.lock();
        let hook = hooks.hooks.get_mut(id).ok_or_else(|| not_found(id))?;
        hook.is_verified = true;
        touch(tenant, hook);
        hook.clone()
    };
    notices::hook(tenant, HookDeed::Verified, &hook, caller, None);
    Ok(shown(&hook, site))
}

/// Okta needs a while to learn of a change.
fn touch(tenant: &Tenant, hook: &mut EventHook) {
    let now_ms = tenant.clock.now_ms();
    hook.updated_ms = now_ms;
    hook.live_from_ms = now_ms.saturating_add(millis(tenant.options.delivery.warm_up));
}

fn refuse_when_full(hooks: &EventHooks) -> Result<(), Refusal> {
    if hooks.is_full() {
        return Err(Refusal::invalid(
            "eventHook",
            "The maximum number of event hooks has been reached.",
        ));
    }
    Ok(())
}
