//! Ids that are functions of what they name, so that doing work twice gives the same id, everywhere.

use uuid::{Uuid, uuid};

/// Namespace of integration ids (names: Okta's org ids).
const INTEGRATIONS: Uuid = uuid!("8f1c9a52-6f0e-5a5e-9d51-3c9f2f0f1b11");
/// Namespace of the uuids of events that have none of their own (names: the event's bytes).
const EVENTS: Uuid = uuid!("5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22");
/// Namespace of runtime events.
const RUNTIME_EVENTS: Uuid = uuid!("b3a7d0de-2f44-53f7-a0b1-7e6d5c4b3a33");

/// Returns the id of the integration of an org: one integration an org, the same after delete and
/// reconnect. `org_id` is Okta's own (`00o…`).
pub fn integration_id(org_id: &str) -> Uuid {
    Uuid::new_v5(&INTEGRATIONS, org_id.as_bytes())
}

/// Returns the uuid of an event that has none: the same bytes, the same uuid.
pub fn event_uuid(raw: &str) -> Uuid {
    Uuid::new_v5(&EVENTS, raw.as_bytes())
}

/// Returns the id of a detection. Each part is preceded by its length, so that no two lists of
/// parts make the same name.
pub fn runtime_event_id(integration: &str, policy: &str, rule: &str, cause: &str) -> Uuid {
    let mut name = Vec::with_capacity(integration.len() + policy.len() + rule.len() + 96);
    for part in [integration, policy, rule, cause] {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&RUNTIME_EVENTS, &name)
}
