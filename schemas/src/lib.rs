//! The contract: topics, records and their Avro wire format.
//!
//! Other systems read our topics, so what stands here outlives the code: schemas evolve
//! `FULL_TRANSITIVE` (a test compares them with every released version in `avro/history/`) and
//! schema ids come from `avro/lock.json`.

mod asyncapi;
mod codec;
mod identity;
mod okta_event;
mod registry;
mod runtime_event;
pub mod topics;

pub use asyncapi::asyncapi;
pub use codec::{CodecError, WireRecord, decode, encode};
pub use identity::{event_uuid, integration_id, runtime_event_id};
pub use okta_event::{EVENT, OktaEvent, Origin, PROGRESS};
pub use registry::{Registered, registered};
pub use runtime_event::{
    Client, Entity, Event, Evidence, Outcome, Policy, Rule, RuntimeEvent, Window, severity_label,
};
