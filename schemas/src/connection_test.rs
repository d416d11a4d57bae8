//! The test of a connection: which event goes through the chain, and which rule answers it.
//!
//! Ingest makes the event, the detector's rule matches it: what both must agree on stands here.

use uuid::Uuid;

use crate::runtime_event_id;

/// The type of the event; Okta has none of this name.
pub const EVENT_TYPE: &str = "nightlatch.connection_test";
/// The id of the policy that matches it.
pub const POLICY: &str = "okta-connection";
/// The name of its rule.
pub const RULE: &str = "Connection test arrived";

/// Returns the id of the runtime event that a test comes out as.
pub fn detection_id(integration: &str, uuid: &str) -> Uuid {
    runtime_event_id(integration, POLICY, RULE, uuid)
}
