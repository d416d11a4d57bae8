//! Nightlatch as it is run: the services, all in one process or each in its own, and the commands.
//!
//! The services share nothing but topics. `nightlatch` runs them together, on the embedded log or on
//! Kafka; `nightlatch-ingest`, `nightlatch-detector` and `nightlatch-sink` run one each, on Kafka.
//! Their mains are thin: what they start is here.

mod arguments;
mod client;
mod command_line;
mod configuration;
mod data_folder;
mod demo;
mod documents;
mod endpoint;
mod import;
mod integration;
mod integrations;
mod open_files;
mod policies;
mod reference;
mod rules;
mod runtime;
mod schema_registry;
mod service;
mod services;
mod table;
mod tail;
mod terminal;
mod topics;

pub use command_line::{run, run_service};
pub use service::Service;
