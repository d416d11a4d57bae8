//! How the activity is filled: from the topic of Okta's events.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::topic::{Positions, Stored};
use nightlatch_schemas::topics::OKTA_EVENTS;
use parking_lot::Mutex;

use super::archive::Copies;
use super::day::Day;
use super::row::{Row, Taken, row};
use super::store::{ActivityStore, FOLDER};
use crate::config::SinkConfig;
use crate::feed::Live;
use crate::keeper::{Happening, Keeper};
use crate::metrics::ActivityMetrics;
use crate::store::{Batch, Letter, Refused, StoreError, Written};

/// The activity: its store, and what its addresses and its loop work with.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) store: ActivityStore,
    pub(crate) live: Live,
    pub(crate) metrics: ActivityMetrics,
    retention: Duration,
    /// What became of the copies of the last batch.
    copies: Arc<Mutex<Copies>>,
}

impl Activity {
    /// Opens the store in the data folder.
    pub(crate) fn open(
        config: &SinkConfig,
        data_dir: &Path,
        live: Live,
        metrics: ActivityMetrics,
    ) -> Result<Self, StoreError> {
        let timeout = config.query_timeout.duration();
        Ok(Self {
            store: ActivityStore::open(data_dir, config.readers, timeout)?,
            live,
            metrics,
            retention: config.activity.retention.duration(),
            copies: Arc::default(),
        })
    }

    /// Returns the first millisecond that is kept: days go whole.
    pub(super) fn oldest(&self) -> i64 {
        let retention = i64::try_from(self.retention.as_millis()).unwrap_or(i64::MAX);
        let since = Timestamp::now().as_millisecond().saturating_sub(retention);
        Day::of(since).start()
    }
}

impl Keeper for Activity {
    type Row = Row;
    const TOPIC: &'static str = OKTA_EVENTS;
    const NAME: &'static str = "activity";
    const PLACE: &'static str = FOLDER;
    const MAX_BATCH: usize = 1000;
    // Each batch is a wait for the disk, which hooks wait for, too.
    const BETWEEN_READS: Duration = Duration::from_millis(200);
    // A batch is some 600 events: it falls behind, and makes up for that when the feed is current.
    const GIVES_WAY: Option<Duration> = Some(Duration::from_secs(2));

    fn take(&self, record: Stored) -> Result<Option<Row>, Box<Refused>> {
        match row(record, self.oldest())? {
            Taken::Row(row) => Ok(Some(*row)),
            Taken::TooOld => {
                self.metrics.too_old();
                Ok(None)
            }
            Taken::OfAnotherKind => Ok(None),
        }
    }

    async fn log(&self, id: String) -> Result<String, StoreError> {
        self.store.log(id).await
    }

    async fn positions(&self) -> Result<Positions, StoreError> {
        self.store.positions().await
    }

    async fn write(&self, batch: &Arc<Batch<Row>>) -> Result<Written, StoreError> {
        let (written, copies) = self.store.write(batch).await?;
        *self.copies.lock() = copies;
        Ok(written)
    }

    async fn letters(&self) -> Result<Vec<Letter>, StoreError> {
        self.store.letters().await
    }

    async fn forget_letters(&self, written: Vec<(i32, i64)>) -> Result<(), StoreError> {
        self.store.forget_letters(written).await
    }

    fn wrote(&self, _: &Batch<Row>, new: &[usize], elapsed: Duration) {
        self.live.wake();
        let Copies { richer, repeated } = *self.copies.lock();
        self.metrics.wrote(new.len(), richer, repeated, elapsed);
    }

    fn note(&self, happening: Happening) {
        match happening {
            Happening::Read(_) => {}
            Happening::Refused(reason) => self.metrics.refused(reason),
            Happening::Gap => self.metrics.gap(),
        }
    }
}
