//! How much is measured.

use std::time::Duration;

use anyhow::Context;

/// How often and how long.
#[derive(Debug)]
pub(crate) struct Scale {
    /// What people read above the table.
    pub(crate) name: &'static str,
    /// Interleaved rounds of each figure that is a ratio.
    pub(crate) rounds: usize,
    /// How long a round loads a server.
    pub(crate) round: Duration,
    /// How long deliveries come at a steady pace.
    pub(crate) paced: Duration,
    /// How long events go from hook to feed.
    pub(crate) feed: Duration,
    /// How often they do so before, on a cluster that has just been started.
    pub(crate) warm_ups: usize,
    /// Okta's events in the activity.
    pub(crate) activity: usize,
    /// Detections in the feed's store.
    pub(crate) detections: usize,
    /// Events that are imported.
    pub(crate) imported: usize,
    /// Events that steps on Kafka take.
    pub(crate) stepped: usize,
}

const FULL: Scale = Scale {
    name: "full",
    rounds: 7,
    round: Duration::from_secs(1),
    paced: Duration::from_secs(10),
    feed: Duration::from_secs(20),
    warm_ups: 8,
    activity: 1_000_000,
    detections: 1_000_000,
    imported: 50_000,
    stepped: 60_000,
};

const SHORT: Scale = Scale {
    name: "short: it runs, the figures mean nothing",
    rounds: 1,
    round: Duration::from_millis(300),
    paced: Duration::from_secs(1),
    feed: Duration::from_secs(2),
    warm_ups: 1,
    activity: 20_000,
    detections: 20_000,
    imported: 2_000,
    stepped: 3_000,
};

impl Scale {
    /// The full one, unless the environment asks for the short one, or for so many events in each store.
    pub(crate) fn chosen() -> anyhow::Result<Self> {
        let chosen = match std::env::var_os("NIGHTLATCH_BENCH") {
            Some(name) if name == "short" => SHORT,
            _ => FULL,
        };
        let Some(events) = std::env::var_os("NIGHTLATCH_BENCH_EVENTS") else {
            return Ok(chosen);
        };
        let events = events.to_str().and_then(|events| events.parse().ok());
        let events = events.context("NIGHTLATCH_BENCH_EVENTS is no number, such as 1000000")?;
        Ok(Self {
            activity: events,
            detections: events,
            ..chosen
        })
    }
}
