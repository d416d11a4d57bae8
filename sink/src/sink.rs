//! The service: what it opens, what it serves and what it runs.

use std::path::Path;

use axum::Router;
use nightlatch_chassis::admin::{Latch, Readiness};
use nightlatch_chassis::metrics::{Metrics, MetricsError};
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;
use serde_json::Value;

use crate::config::SinkConfig;
use crate::consume::{Consumer, RunError};
use crate::feed::{Feed, Live};
use crate::metrics::SinkMetrics;
use crate::openapi;
use crate::store::{Store, StoreError};
use crate::triage::TriageLog;
use crate::upkeep::Upkeep;

/// The name of the sink's readiness check.
const CHECK: &str = "feed";

/// The name of the check whether triage is known.
const TRIAGE_CHECK: &str = "triage";

/// The sink: the feed's store, the addresses that serve it and the loop that fills it.
#[derive(Debug)]
pub struct Sink {
    config: SinkConfig,
    feed: Feed,
    check: Latch,
}

/// Why the sink could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A metric can't be declared.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl Sink {
    /// Opens the store in `data_dir`, which must exist; `keys` vouch for what people do. Blocks for as long as a database of an
    /// earlier version takes to be brought up to date.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a later version has written the database.
    pub fn open(
        config: &SinkConfig,
        keys: Keyring,
        data_dir: &Path,
        metrics: &Metrics,
        readiness: &Readiness,
    ) -> Result<Self, OpenError> {
        let check = readiness.check(CHECK);
        let triage = TriageLog::new(keys, data_dir, metrics, readiness.check(TRIAGE_CHECK));
        let metrics = SinkMetrics::new(metrics)?;
        let store = Store::open(data_dir, config.readers, config.query_timeout.duration())?;
        let live = Live::new(config.stream.clone());
        Ok(Self {
            config: config.clone(),
            feed: Feed {
                store,
                live,
                metrics,
                triage,
            },
            check,
        })
    }

    /// Returns the addresses to serve. Who may ask is for the caller to guard. `openapi` is the
    /// document to serve beside them: [`crate::openapi()`], or that of all that is served together.
    pub fn routes(&self, openapi: &Value) -> Router {
        openapi::routes(self.feed.clone(), openapi)
    }

    /// Fills the store from the log until `shutdown` begins; then ends the live streams, too.
    ///
    /// # Errors
    /// When the log or the store can't be used any more; the process must end then.
    pub async fn run(&self, log: Log, shutdown: Shutdown) -> Result<(), RunError> {
        let Feed {
            store,
            live,
            metrics,
            triage,
        } = self.feed.clone();
        let upkeep = Upkeep {
            log: log.clone(),
            store: store.clone(),
            config: self.config.clone(),
            metrics: metrics.clone(),
            shutdown: shutdown.clone(),
        };
        let check = self.check.clone();
        let consumer = Consumer {
            store: store.clone(),
            live: live.clone(),
            metrics,
            check,
            shutdown,
        };
        let result = tokio::select! {
            result = consumer.run(log.clone()) => result,
            error = triage.follow(&log, &store, &live) => Err(error),
            // It ends with the stop only; then the consumer has its last word.
            () = async { upkeep.run().await; std::future::pending().await } => Ok(()),
        };
        live.close();
        result
    }
}
