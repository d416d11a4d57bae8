//! The detector from outside: on a real embedded log, with faults injected.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod bench;
mod config;
mod editor;
mod fixtures;
mod headers;
mod log_text;
mod managed;
mod memory;
mod metrics;
mod poison;
mod policies;
mod random;
mod reading;
mod redrive;
mod reload;
mod steps;
