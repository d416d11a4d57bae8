//! What is done to the store on the side: retention, in small steps, and figures for metrics.

use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use tracing::{info, warn};

use crate::config::SinkConfig;
use crate::metrics::SinkMetrics;
use crate::store::{Keep, Store, StoreError};

/// How often the store is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// The pause between two steps, for whoever waits to write.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);

/// Looks after the store until a stop begins. What fails is tried again the next time.
pub(crate) async fn run(
    store: Store,
    config: SinkConfig,
    metrics: SinkMetrics,
    shutdown: Shutdown,
) {
    while !shutdown.is_begun() {
        match shrink(&store, &config, &shutdown).await {
            Ok(0) => {}
            Ok(deleted) => info!(deleted, "retention has deleted runtime events"),
            Err(error) => warn!(%error, "retention could not delete runtime events"),
        }
        match store.extent().await {
            Ok(extent) => metrics.extent(extent),
            Err(error) => warn!(%error, "the size of the feed's database could not be found"),
        }
        tokio::select! {
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Deletes what need not be kept; returns how many events that were.
async fn shrink(
    store: &Store,
    config: &SinkConfig,
    shutdown: &Shutdown,
) -> Result<usize, StoreError> {
    let retention = i64::try_from(config.retention.duration().as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp::now().as_millisecond().saturating_sub(retention);
    let keep = Keep {
        since,
        max_bytes: config.max_size.bytes(),
    };
    let mut deleted = 0;
    while !shutdown.is_begun() {
        let step = store.shrink(keep).await?;
        deleted += step.deleted;
        if !step.has_more {
            break;
        }
        tokio::time::sleep(BETWEEN_STEPS).await;
    }
    Ok(deleted)
}
