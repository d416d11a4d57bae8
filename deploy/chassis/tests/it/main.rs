//! The chassis from outside. Each test's name is a sentence.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it set it up"
)]

mod admin;
mod config;
mod config_errors;
mod config_properties;
mod config_shown;
mod guard;
mod health;
mod kafka_config;
mod metrics;
mod process;
mod schema_registry;
mod serve;
mod serve_tls;
mod settings;
mod shutdown;
mod telemetry;
mod topic;
