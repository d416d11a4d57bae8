//! Judges Okta's events and emits runtime events.
//!
//! One loop: read a batch, judge it, make its detections and the position durable together. What
//! is remembered beyond an event (ids emitted, counters) is a function of the log: held on local
//! disk with the position it belongs to, and caught up from the log when it is behind.
//!
//! Beside it, what people ask of rules is answered ([`Detector::routes`]).

mod api;
mod attack;
mod catch_up;
mod cloud_event;
mod config;
mod consume;
mod editor;
mod emit;
mod health;
mod judge;
mod memory;
mod metrics;
mod peers;
mod policy;
mod redrive;
mod reload;
mod service;

pub use api::{openapi, read_tuning};
pub use attack::{Technique, techniques};
pub use config::{DEFAULTS, DetectorConfig};
pub use editor::explanation::{Explained, Explainer, UnknownRule, rules_named};
pub use editor::trial::Case;
pub use health::health;
pub use peers::{Deviation, NotCovered, Peer, Peers};
pub use policy::MANAGED;
pub use policy::files::{PolicyFile, Root, read as read_policies};
pub use policy::store::StoreError;
pub use reload::RulesError;
pub use service::{Detector, DetectorError, GROUP};
