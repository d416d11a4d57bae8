//! The event types of Okta: which there are, which event hooks carry, and which we ask for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Okta's catalogue of 2026.08.1: a type a line, with `hook` when event hooks carry it.
const TYPES: &str = include_str!("../../../detector/engine/src/event/types.tsv");

/// Those of [`recommended`], one a line.
const RECOMMENDED: &str = include_str!("event_types/recommended.txt");

/// What a new integration's hook carries unless somebody chooses: what matters of sign-in, accounts,
/// rights and the org itself. Each of them is eligible for event hooks.
pub const DEFAULT: [&str; 18] = [
    "application.user_membership.add",
    "group.user_membership.add",
    "system.api_token.create",
    "system.org.rate_limit.violation",
    "user.account.lock",
    "user.account.privilege.grant",
    "user.account.reset_password",
    "user.account.update_password",
    "user.authentication.auth_via_mfa",
    "user.authentication.sso",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.deactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.mfa.factor.deactivate",
    "user.mfa.factor.reset_all",
    "user.session.start",
];

static CARRIED: LazyLock<BTreeMap<&'static str, bool>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()? == "hook"))
    };
    TYPES.lines().filter_map(read).collect()
});

/// Who carries the events of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Event hooks, and the System Log.
    Hook,
    /// The System Log alone.
    Log,
}

/// Returns who carries events of a type; `None` when Okta has none of this name.
pub fn carrier(event_type: &str) -> Option<Carrier> {
    let is_hooked = CARRIED.get(event_type)?;
    Some(if *is_hooked {
        Carrier::Hook
    } else {
        Carrier::Log
    })
}

/// Returns all event types that event hooks carry, in the order of their names.
pub fn hooked() -> impl Iterator<Item = &'static str> {
    let hooked = |(name, is_hooked): (&&'static str, &bool)| is_hooked.then_some(*name);
    CARRIED.iter().filter_map(hooked)
}

/// Returns the event types that the managed rules name and event hooks carry, in the order of their
/// names: what a hook has to carry for those rules not to wait for the System Log. A test compares
/// them with the rules.
pub fn recommended() -> impl Iterator<Item = &'static str> {
    RECOMMENDED.lines()
}
