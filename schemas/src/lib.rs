//! The contract: topics, records and their Avro wire format.
//!
//! Other systems read our topics, so what stands here outlives the code: schemas evolve
//! `FULL_TRANSITIVE` (a test compares them with every released version in `avro/history/`) and
//! schema ids come from `avro/lock.json`, or from a registry that was asked at the start ([`adopt`]).

mod asyncapi;
mod codec;
pub mod connection_test;
mod dead_letter;
mod identity;
mod okta_event;
mod registry;
mod runtime_event;
pub mod topics;
mod traceparent;

pub use asyncapi::asyncapi;
pub use codec::{CodecError, WireRecord, decode, encode};
pub use dead_letter::{DeadLetter, REDRIVES, Redrive, redrive_key};
pub use identity::{event_uuid, integration_id, runtime_event_id};
pub use okta_event::{EVENT, OktaEvent, Origin, PROGRESS};
pub use registry::{AdoptError, Registered, adopt, locked, registered, schema_of};
pub use runtime_event::{
    Client, Entity, Event, Evidence, Outcome, Policy, Rule, RuntimeEvent, Window, severity_label,
};
pub use traceparent::TraceParent;
