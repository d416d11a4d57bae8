//! How the services of this process are, from their own metrics: rates, latencies, lags and errors of
//! each stage of the pipeline, now and over the last hour. No Prometheus is needed for it.
//!
//! A service tells what its stages are made of ([`Part`]); a loop takes a sample of the metrics every
//! ten seconds and keeps an hour of them.

mod api;
mod moment;
mod part;
mod report;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

pub use api::openapi;
pub use part::{Figure, Part, Remedies, Samples, Stage, Store, Word};

use crate::admin::Readiness;
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;
use moment::Moment;

/// How often a sample is taken.
const STEP: Duration = Duration::from_secs(10);
/// Samples that are kept: an hour, and the one before it.
const KEPT: usize = 361;

/// How the services of this process are. Clones share it.
#[derive(Debug, Clone)]
pub struct Health {
    metrics: Metrics,
    readiness: Readiness,
    parts: Arc<[Part]>,
    moments: Arc<RwLock<VecDeque<Moment>>>,
}

impl Health {
    /// Watches these services.
    pub fn new(metrics: Metrics, readiness: Readiness, parts: Vec<Part>) -> Self {
        Self {
            metrics,
            readiness,
            parts: parts.into(),
            moments: Arc::default(),
        }
    }

    /// Takes samples until the stop begins.
    pub async fn run(self, shutdown: Shutdown) {
        let mut ticks = tokio::time::interval(STEP);
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                _ = ticks.tick() => self.sample(),
            }
        }
    }

    /// Takes a sample.
    pub fn sample(&self) {
        let moment = self.now();
        let mut moments = self.moments.write();
        let number = moments.back().map_or(0, |last| last.number + 1);
        if moments.len() == KEPT {
            moments.pop_front();
        }
        moments.push_back(Moment { number, ..moment });
    }

    fn now(&self) -> Moment {
        Moment::of(&self.metrics.snapshot(), &self.parts)
    }

    /// Returns the addresses below `/api/v1/health`.
    pub fn routes(&self) -> axum::Router {
        api::routes(self.clone())
    }
}
