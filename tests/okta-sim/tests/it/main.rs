//! The simulated org from outside: what life looks like, what attacks look like, what is odd.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod attacks;
mod delivery;
mod life;
mod odd;
mod schemas;
mod simulator;

use nightlatch_okta_sim::{Org, SimEvent, Traffic};
use serde_json::Value;

/// When the tests begin: Unix time in milliseconds.
const BEGIN_MS: i64 = 1_790_000_000_000;

/// A day in the org: `count` events, five a second.
fn day(seed: u64, count: usize) -> Vec<SimEvent> {
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), seed);
    (0..count)
        .zip((BEGIN_MS..).step_by(200))
        .map(|(_, now_ms)| traffic.next(now_ms))
        .collect()
}

/// The event as a value; null if it were no JSON.
fn json(event: &SimEvent) -> Value {
    serde_json::from_str(&event.json).unwrap_or_default()
}
