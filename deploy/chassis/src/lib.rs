//! What every service stands on: configuration, telemetry, metrics, health, admin
//! server, shutdown, HTTP, topics.
//!
//! Services get all of it by value from [`process::run`]; nothing here knows a service.

pub mod admin;
pub mod config;
pub mod health;
pub mod http;
pub mod metrics;
pub mod process;
pub mod schema_registry;
mod seeded_bugs;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod topic;

pub use config::{Config, ConfigErrors, Defaults, Secret, Size, Sources, Span};
pub use seeded_bugs::{dawdle, seeded_bug};
