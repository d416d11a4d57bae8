//! The detector from outside: on a real embedded log, with faults injected.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod bench;
mod managed;
mod memory;
mod poison;
mod steps;
