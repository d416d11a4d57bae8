//! The service: what it opens, what it serves and what it runs.

use std::path::Path;

use axum::Router;
use nightlatch_chassis::admin::{Latch, Readiness};
use nightlatch_chassis::health::Part;
use nightlatch_chassis::metrics::{Metrics, MetricsError};
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;
use serde_json::Value;

use crate::activity::{self, Activity};
use crate::backlog::Backlog;
use crate::config::SinkConfig;
use crate::consume::{Consumer, RunError};
use crate::feed::{Feed, Live};
use crate::health;
use crate::metrics::{ActivityMetrics, SinkMetrics};
use crate::openapi;
use crate::store::{Store, StoreError};
use crate::triage::TriageLog;
use crate::upkeep::Upkeep;

/// The names of the sink's readiness checks.
const CHECK: &str = "feed";
const ACTIVITY_CHECK: &str = "activity";

/// The name of the check whether triage is known.
const TRIAGE_CHECK: &str = "triage";

/// The sink: the feed's store, the addresses that serve it and the loop that fills it.
#[derive(Debug)]
pub struct Sink {
    config: SinkConfig,
    feed: Feed,
    check: Latch,
    /// None when it is turned off.
    activity: Option<(Activity, Latch)>,
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
        let registry = metrics;
        let metrics = SinkMetrics::new(registry)?;
        let of_activity = ActivityMetrics::new(registry, metrics.clone())?;
        let store = Store::open(data_dir, config.readers, config.query_timeout.duration())?;
        let live = Live::new(config.stream.clone());
        let activity = if config.activity.enabled {
            let live = Live::new(config.stream.clone());
            let activity = Activity::open(config, data_dir, live, of_activity)?;
            Some((activity, readiness.check(ACTIVITY_CHECK)))
        } else {
            None
        };
        Ok(Self {
            config: config.clone(),
            feed: Feed {
                store,
                live,
                metrics,
                triage,
            },
            check,
            activity,
        })
    }

    /// Returns the addresses to serve. Who may ask is for the caller to guard. `openapi` is the
    /// document to serve beside them: [`crate::openapi()`], or that of all that is served together.
    pub fn routes(&self, openapi: &Value) -> Router {
        let activity = self.activity.as_ref().map(|(activity, _)| activity.clone());
        openapi::routes(self.feed.clone(), activity, openapi)
    }

    /// Returns what the sink's health is told by.
    pub fn health(&self) -> Part {
        health::health(&self.config)
    }

    /// Fills the store from the log until `shutdown` begins; then ends the live streams, too.
    ///
    /// # Errors
    /// When the log or the store can't be used any more; the process must end then.
    pub async fn run(&self, log: Log, shutdown: Shutdown) -> Result<(), RunError> {
        let live = self.feed.live.clone();
        let upkeep = self.feed_upkeep(&log, &shutdown).run();
        let backlog = Backlog::default();
        let consumer = Consumer {
            keeper: self.feed.clone(),
            check: self.check.clone(),
            shutdown: shutdown.clone(),
            backlog: backlog.clone(),
        };
        let Feed { store, triage, .. } = &self.feed;
        let result = tokio::select! {
            // Either ends with the stop, or because it can't go on.
            result = async { tokio::try_join!(consumer.run(log.clone()), self.run_activity(log.clone(), shutdown, backlog)) } => result,
            error = triage.follow(&log, store, &live) => Err(error),
            // It ends with the stop only; then the consumers have the last word.
            () = async { upkeep.await; std::future::pending().await } => Ok(((), ())),
        };
        live.close();
        if let Some((activity, _)) = &self.activity {
            activity.live.close();
        }
        result.map(|((), ())| ())
    }

    fn feed_upkeep(&self, log: &Log, shutdown: &Shutdown) -> Upkeep {
        Upkeep {
            log: log.clone(),
            store: self.feed.store.clone(),
            config: self.config.clone(),
            metrics: self.feed.metrics.clone(),
            shutdown: shutdown.clone(),
        }
    }

    /// Fills the activity until `shutdown` begins.
    async fn run_activity(
        &self,
        log: Log,
        shutdown: Shutdown,
        backlog: Backlog,
    ) -> Result<(), RunError> {
        let Some((activity, check)) = &self.activity else {
            return Ok(());
        };
        let upkeep = activity::Upkeep {
            log: log.clone(),
            activity: activity.clone(),
            max_bytes: self.config.activity.max_size.bytes(),
            check: check.clone(),
            shutdown: shutdown.clone(),
        };
        let consumer = Consumer {
            keeper: activity.clone(),
            check: check.clone(),
            shutdown,
            backlog,
        };
        tokio::select! {
            result = consumer.run(log) => result,
            () = async { upkeep.run().await; std::future::pending().await } => Ok(()),
        }
    }
}
