//! Takes Okta's events and puts them on `okta.events`.
//!
//! An event's JSON is kept byte for byte. Okta is answered 2xx only when its events are durable,
//! 503 when that fails (Okta retries a 5xx once and a 4xx never). What stands where an event
//! should and is none goes to `okta.dead-letters`; its neighbours pass.

mod body;
mod config;
mod envelope;
mod event;
mod export;
mod health;
mod hook;
mod import;
mod integration;
mod metrics;
pub mod okta;
mod openapi;
mod publish;
mod reconcile;
mod redrive;
mod scan;
mod service;
mod test_event;
mod trace;

pub use config::{DEFAULTS, IngestConfig, IntegrationConfig, OktaConfig};
pub use export::{Item, Items};
pub use health::health;
pub use integration::{Integration, Integrations};
pub use openapi::openapi;
pub use service::Ingest;
