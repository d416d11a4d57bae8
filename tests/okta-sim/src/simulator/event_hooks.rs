//! Event hooks: what the org knows of each, and how their state changes.

pub(crate) mod api;
mod check;
mod expression;
mod verification;
mod view;

use std::collections::BTreeMap;

use serde_json::Value;

use super::system_log::Happening;
use expression::Expression;

/// The most hooks of an org that are active and verified.
const MOST_HOOKS: usize = 25;
/// The most event types of a hook.
const MOST_TYPES: usize = 300;

/// A hook of the org. Times are simulated: Unix times in milliseconds.
#[derive(Clone)]
pub(crate) struct EventHook {
    pub(crate) id: String,
    pub(crate) created_ms: i64,
    pub(crate) created_by: String,
    pub(crate) updated_ms: i64,
    pub(crate) is_active: bool,
    pub(crate) is_verified: bool,
    /// From when on Okta knows of the hook's present state.
    pub(crate) live_from_ms: i64,
    pub(crate) wish: Wish,
}

/// What an administrator sets of a hook.
#[derive(Clone, PartialEq)]
pub(crate) struct Wish {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) event_types: Vec<String>,
    pub(crate) filter: Value,
    /// What the filter says of events, by their type.
    pub(crate) conditions: BTreeMap<String, Expression>,
    pub(crate) channel: Channel,
    /// `status`, which the documentation calls read-only and Okta heeds.
    pub(crate) is_active: Option<bool>,
}

/// Where and how a hook is called.
#[derive(Clone, PartialEq)]
pub(crate) struct Channel {
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The name of the header that bears the secret, and the secret, which is never shown again.
    pub(crate) secret: Option<(String, Option<String>)>,
}

impl std::fmt::Debug for EventHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventHook")
            .field("id", &self.id)
            .field("is_active", &self.is_active)
            .field("is_verified", &self.is_verified)
            .finish_non_exhaustive()
    }
}

/// What a test may know of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookState {
    /// The hook's id (`who…`).
    pub id: String,
    /// The name that it was given.
    pub name: String,
    /// Whether its status is ACTIVE.
    pub is_active: bool,
    /// Whether it is VERIFIED.
    pub is_verified: bool,
    /// The types that it is for.
    pub event_types: Vec<String>,
    /// Where it is sent to.
    pub uri: String,
}

impl EventHook {
    pub(crate) fn state(&self) -> HookState {
        HookState {
            id: self.id.clone(),
            name: self.wish.name.clone(),
            is_active: self.is_active,
            is_verified: self.is_verified,
            event_types: self.wish.event_types.clone(),
            uri: self.wish.channel.uri.clone(),
        }
    }

    /// Returns whether the filter lets an event through.
    fn wants(&self, event: &Happening<'_>) -> bool {
        let condition = self.wish.conditions.get(event.event_type);
        condition.is_none_or(|condition| {
            let event = serde_json::from_str(event.json);
            event.is_ok_and(|event| condition.meets(&event))
        })
    }

    /// Returns whether events are delivered at all.
    pub(crate) fn is_delivered(&self) -> bool {
        self.is_active && self.is_verified
    }
}

/// The hooks of an org, by their ids.
#[derive(Debug, Default)]
pub(crate) struct EventHooks {
    pub(crate) hooks: BTreeMap<String, EventHook>,
}

impl EventHooks {
    /// Returns whether one more hook could not be active and verified.
    fn is_full(&self) -> bool {
        let delivered = self.hooks.values().filter(|hook| hook.is_delivered());
        delivered.count() >= MOST_HOOKS
    }

    /// Returns the hooks that are configured for the type of an event, and which of them deliver it:
    /// those that Okta knew of when it was published and whose filter it meets.
    pub(crate) fn audience(&self, event: &Happening<'_>) -> (String, Vec<String>) {
        let event_type = event.event_type;
        let mut configured = Vec::new();
        let mut live = Vec::new();
        for hook in self.hooks.values().filter(|hook| hook.is_delivered()) {
            if hook.wish.event_types.iter().any(|name| name == event_type) {
                configured.push(hook.id.as_str());
                if hook.live_from_ms <= event.published_ms && hook.wants(event) {
                    live.push(hook.id.clone());
                }
            }
        }
        (configured.join(","), live)
    }
}
