//! How the feed is filled: from the topic of runtime events.

use std::sync::Arc;
use std::time::Duration;

use nightlatch_chassis::topic::{Positions, Stored};
use nightlatch_schemas::topics::RUNTIME_EVENTS;

use super::Feed;
use crate::keeper::{Happening, Keeper};
use crate::store::{Batch, Letter, Refused, Row, StoreError, Written, row};

impl Keeper for Feed {
    type Row = Row;
    const TOPIC: &'static str = RUNTIME_EVENTS;
    const NAME: &'static str = "feed";
    const PLACE: &'static str = "feed.db";
    const MAX_BATCH: usize = 500;
    const BETWEEN_READS: Duration = Duration::from_millis(5);
    const GIVES_WAY: Option<Duration> = None;

    fn take(&self, record: Stored) -> Result<Option<Row>, Box<Refused>> {
        row(record).map(Some)
    }

    async fn log(&self, id: String) -> Result<String, StoreError> {
        self.store.log(id).await
    }

    async fn positions(&self) -> Result<Positions, StoreError> {
        self.store.positions().await
    }

    async fn write(&self, batch: &Arc<Batch>) -> Result<Written, StoreError> {
        self.store.write(batch).await
    }

    async fn letters(&self) -> Result<Vec<Letter>, StoreError> {
        self.store.letters().await
    }

    async fn forget_letters(&self, written: Vec<(i32, i64)>) -> Result<(), StoreError> {
        self.store.forget_letters(written).await
    }

    fn wrote(&self, batch: &Batch, new: &[usize], elapsed: Duration) {
        self.live.wake();
        let repeats = batch.rows.len() - new.len();
        self.metrics.wrote(new.len(), repeats, elapsed);
        let now = jiff::Timestamp::now().as_millisecond();
        let rows = new.iter().filter_map(|at| batch.rows.get(*at));
        rows.for_each(|row| self.metrics.visible(&row.event, now));
    }

    fn note(&self, happening: Happening) {
        match happening {
            Happening::Read(records) => self.metrics.read(records),
            Happening::Refused(reason) => self.metrics.refused(reason),
            Happening::Gap => self.metrics.gap(),
        }
    }
}
