//! What the loop of [`crate::consume`] fills from a topic: the feed, or the activity.

use std::sync::Arc;
use std::time::Duration;

use nightlatch_chassis::topic::{Positions, Stored};

use crate::store::{Batch, Letter, Refused, StoreError, Written};

/// A store that is filled from one topic. Clones share it.
pub(crate) trait Keeper: Clone + Send + Sync + 'static {
    /// What a record of the topic becomes.
    type Row: Send + Sync + 'static;
    /// The topic.
    const TOPIC: &'static str;
    /// What people call the store.
    const NAME: &'static str;
    /// Where it stands in the data folder.
    const PLACE: &'static str;
    /// Records read and written at once.
    const MAX_BATCH: usize;
    /// The least time between two reads, unless more waits than is read at once: in a steady flow
    /// records gather, since to write five together costs little more than to write one.
    const BETWEEN_READS: Duration;
    /// How long at most it waits, before each read, for the feed's backlog to end; none if it is the feed.
    const GIVES_WAY: Option<Duration>;

    /// Makes a record a row, or says why it can't be one; none when it is not for this store. Slow
    /// work that needs no database.
    fn take(&self, record: Stored) -> Result<Option<Self::Row>, Box<Refused>>;

    /// Returns the id of the log that the positions are of; from now on it is `id` if none was known.
    fn log(&self, id: String) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Returns the next offset to read of each partition.
    fn positions(&self) -> impl Future<Output = Result<Positions, StoreError>> + Send;

    /// Writes a batch: its rows first, then, or with them, refused records and positions.
    fn write(
        &self,
        batch: &Arc<Batch<Self::Row>>,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Returns some of the refused records that wait to be written to the dead letters.
    fn letters(&self) -> impl Future<Output = Result<Vec<Letter>, StoreError>> + Send;

    /// Forgets the letters of these records (partition, offset): they are written.
    fn forget_letters(
        &self,
        written: Vec<(i32, i64)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A batch is written; `new` are the places of the rows that were not there before.
    fn wrote(&self, batch: &Batch<Self::Row>, new: &[usize], elapsed: Duration);

    /// Takes note, for metrics.
    fn note(&self, happening: Happening);
}

/// What happens while a topic is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// So many records were read at once.
    Read(usize),
    /// A record was refused, for this reason (a word out of few).
    Refused(&'static str),
    /// Retention was faster than we are.
    Gap,
}
