//! Keeps runtime events and serves the feed.
//!
//! A loop reads runtime events from their topic and writes them to the store ([`Sink::run`]); the
//! feed's addresses list, search, count and stream what is stored ([`Sink::routes`]), and serve the web
//! pages. What can be asked, and how, [`openapi()`] says.

mod activity;
mod backlog;
mod config;
mod consume;
mod dead_letter;
mod entity;
mod export;
mod feed;
mod health;
mod keeper;
mod lag;
mod list;
mod metrics;
mod openapi;
mod registry;
mod search;
mod sink;
mod store;
mod triage;
mod ui;
mod upkeep;
mod view;

pub use config::{ActivityConfig, DEFAULTS, SinkConfig, StreamConfig};
pub use consume::RunError;
pub use dead_letter::dead_letters;
pub use openapi::openapi;
pub use sink::{OpenError, Sink};
pub use store::StoreError;
