//! The contract, from outside.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod adoption;
mod evolution;
mod identity;
mod traceparent;
mod wire;
