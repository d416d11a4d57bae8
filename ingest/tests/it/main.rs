//! Ingest from outside: its routes on a real embedded log, with faults injected.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod bench;
mod configuration;
mod delivery;
mod guide;
mod import;
mod integrations;
mod items;
mod limits;
mod metrics;
mod okta;
mod redrive;
mod strangers;
mod trace;
mod verification;
