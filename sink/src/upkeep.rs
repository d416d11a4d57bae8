//! What is done on the side: retention in the store, in small steps, and figures for metrics.

use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;
use nightlatch_schemas::topics::RUNTIME_EVENTS;
use tracing::{info, warn};

use crate::config::SinkConfig;
use crate::consume::RunError;
use crate::lag;
use crate::metrics::SinkMetrics;
use crate::store::{Keep, Store, StoreError};

/// How often the store is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// The pause between two steps, for whoever waits to write.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);

/// All that upkeep works with.
pub(crate) struct Upkeep {
    pub(crate) log: Log,
    pub(crate) store: Store,
    pub(crate) config: SinkConfig,
    pub(crate) metrics: SinkMetrics,
    pub(crate) shutdown: Shutdown,
}

impl Upkeep {
    /// Goes on until a stop begins. What fails is tried again the next time.
    pub(crate) async fn run(self) {
        while !self.shutdown.is_begun() {
            match self.shrink().await {
                Ok(0) => {}
                Ok(deleted) => info!(deleted, "retention has deleted runtime events"),
                Err(error) => warn!(%error, "retention could not delete runtime events"),
            }
            if let Err(error) = self.measure().await {
                warn!(%error, "the figures of the feed could not be found");
            }
            tokio::select! {
                () = self.shutdown.begun() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Deletes what need not be kept; returns how many events that were.
    async fn shrink(&self) -> Result<usize, StoreError> {
        let retention = self.config.retention.duration().as_millis();
        let retention = i64::try_from(retention).unwrap_or(i64::MAX);
        let since = now().saturating_sub(retention);
        let keep = Keep {
            since,
            max_bytes: self.config.max_size.bytes(),
        };
        let mut deleted = 0;
        while !self.shutdown.is_begun() {
            let step = self.store.shrink(keep).await?;
            deleted += step.deleted;
            if !step.has_more {
                break;
            }
            tokio::time::sleep(BETWEEN_STEPS).await;
        }
        Ok(deleted)
    }

    async fn measure(&self) -> Result<(), RunError> {
        self.metrics.extent(self.store.extent().await?);
        let positions = self.store.positions().await?;
        let lag = lag::find(&self.log, RUNTIME_EVENTS, positions).await?;
        self.metrics.lag(RUNTIME_EVENTS, &lag);
        Ok(())
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}
