//! What a list of measurements comes to.

use std::time::Duration;

/// The percentiles that people ask for, in milliseconds.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

impl Percentiles {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let at = times.len() * percent / 100;
            let found = times.get(at.min(times.len().saturating_sub(1)));
            found.map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
        }
    }
}
