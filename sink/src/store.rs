//! The feed's database: runtime events, the words to find them by, and how far the topic is read.
//!
//! One SQLite file. Rows and position are written in one transaction, so a crash at any instant
//! only means that some records are read again, and a row is written once whatever is read twice.

pub(crate) mod body;
mod collapse;
mod count;
mod episode;
mod field;
mod filter;
mod group;
pub(crate) mod letters;
pub(crate) mod read;
mod retention;
pub(crate) mod row;
pub(crate) mod sqlite;
mod triage;
pub(crate) mod worker;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nightlatch_chassis::topic::Positions;
use nightlatch_schemas::CodecError;
use rusqlite::Connection;
use uuid::Uuid;

pub(crate) use collapse::{Collapsed, Repeats};
pub(crate) use count::Facets;
pub(crate) use field::FIELDS;
pub(crate) use filter::Filter;
pub(crate) use group::{Buckets, Group, GroupBy, GroupKey, GroupPlace};
pub(crate) use letters::Letter;
pub(crate) use read::Found;
pub(crate) use retention::{Keep, Step};
pub(crate) use row::{Refused, Row, row};
pub(crate) use triage::{Change, Selection};
pub(crate) use write::{Batch, Written, advance, log};

use crate::list::{Arrivals, Histogram, Place};
use crate::triage::Action;
use sqlite::{Readers, Writer, open_feed};

/// The database's file in the data folder.
const FILE: &str = "feed.db";
/// The kind of store, a label of metrics.
pub(crate) const KIND: &str = "sqlite";

/// Why the store did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file was written by a later version of this program.
    #[error(
        "the database {} has version {found}, this program knows versions up to {known}: run the \
         newer program, or move the file away to build it anew from the topic",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The file's version.
        found: i64,
        /// The newest version known.
        known: usize,
    },
    /// A query took too long and was given up.
    #[error("the query took too long")]
    TooSlow,
    /// The file can't be opened.
    #[error("the database {} cannot be opened: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A folder of databases can't be used.
    #[error("the folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What SQLite says.
    #[error("the store: {0}")]
    Sqlite(rusqlite::Error),
    /// A record in the store can't be read back.
    #[error("a record in the store cannot be read: {0}")]
    Record(#[from] CodecError),
    /// What a record is stored as can't be read back.
    #[error("a record in the store cannot be unpacked: {0}")]
    Body(String),
    /// Something else in the store can't be read back.
    #[error("an entry in the store cannot be read: {0}")]
    Entry(#[from] serde_json::Error),
    /// The writer's thread can't be started.
    #[error("the thread that writes the store cannot be started: {0}")]
    Thread(String),
    /// The store is closed.
    #[error("the store is closed")]
    Stopped,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::TooSlow,
            _ => Self::Sqlite(error),
        }
    }
}

/// Figures about the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The number of events.
    pub(crate) rows: u64,
    /// The file's size, in bytes.
    pub(crate) bytes: u64,
    /// The time of the oldest event, by occurrence.
    pub(crate) oldest: Option<i64>,
}

/// The feed's database. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: Writer,
    readers: Readers,
    /// The number of events, since counting takes long.
    rows: Arc<AtomicU64>,
}

impl Store {
    /// Opens the database in `folder`; makes it when it is not there.
    pub(crate) fn open(
        folder: &Path,
        readers: usize,
        query_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let file: PathBuf = folder.join(FILE);
        let (writer, rows) = open_feed(&file).map_err(|error| match error {
            StoreError::Sqlite(source) => StoreError::Open {
                file: file.clone(),
                source,
            },
            error => error,
        })?;
        let readers = Readers::new(file, readers, query_timeout);
        Ok(Self {
            writer,
            readers,
            rows: Arc::new(AtomicU64::new(rows)),
        })
    }

    /// Writes a batch: rows, refused records and positions, all or nothing.
    pub(crate) async fn write(&self, batch: &Arc<Batch>) -> Result<Written, StoreError> {
        let batch = Arc::clone(batch);
        let written = self
            .writer
            .run(move |connection| write::write(connection, &batch))
            .await?;
        if let Written::Done { new, .. } = &written {
            self.rows.fetch_add(new.len() as u64, Ordering::Relaxed);
        }
        Ok(written)
    }

    /// Returns some of the refused records that wait to be written to the dead letters.
    pub(crate) async fn letters(&self) -> Result<Vec<Letter>, StoreError> {
        // Not by a reader: people's queries must not hold it up.
        self.writer
            .run(|connection| letters::waiting(connection))
            .await
    }

    /// Forgets the letters of these records (partition, offset): they are written.
    pub(crate) async fn forget_letters(&self, written: Vec<(i32, i64)>) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| letters::forget(connection, &written))
            .await
    }

    /// Deletes a little of what need not be kept.
    pub(crate) async fn shrink(&self, keep: Keep) -> Result<Step, StoreError> {
        let step = self
            .writer
            .run(move |connection| retention::step(connection, keep))
            .await?;
        self.rows.fetch_sub(step.deleted as u64, Ordering::Relaxed);
        Ok(step)
    }

    /// Returns the id of the log that the positions are of; from now on it is `id` if none was known.
    pub(crate) async fn log(&self, id: String) -> Result<String, StoreError> {
        self.writer
            .run(move |connection| write::log(connection, id))
            .await
    }

    /// Returns the next offset to read of each partition.
    pub(crate) async fn positions(&self) -> Result<Positions, StoreError> {
        self.readers.run(read::positions).await
    }

    /// Returns figures that are cheap to get.
    pub(crate) async fn extent(&self) -> Result<Extent, StoreError> {
        let rows = self.rows.load(Ordering::Relaxed);
        let extent = move |connection: &Connection| {
            let pages: u64 = one(connection, "PRAGMA page_count")?;
            let page: u64 = one(connection, "PRAGMA page_size")?;
            let oldest = one(
                connection,
                "SELECT (SELECT occurred_at FROM runtime_event ORDER BY key LIMIT 1)",
            )?;
            Ok(Extent {
                rows,
                bytes: pages * page,
                oldest,
            })
        };
        self.readers.run(extent).await
    }

    /// Returns a page of the list: the newest wanted events after a place in it, and the place of
    /// the last of them when there are more.
    pub(crate) async fn page(
        &self,
        filter: Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<(Vec<Found>, Option<Place>), StoreError> {
        self.readers
            .run(move |connection| read::page(connection, &filter, after, limit))
            .await
    }

    /// Returns a page of the list in which an episode is one row.
    pub(crate) async fn collapsed(
        &self,
        filter: Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Collapsed, StoreError> {
        self.readers
            .run(move |connection| collapse::page(connection, &filter, after, limit))
            .await
    }

    /// Returns the largest groups of wanted events after a place in their list, and the place of the
    /// last of them when there are more.
    pub(crate) async fn groups(
        &self,
        filter: Filter,
        by: GroupBy,
        buckets: Option<Buckets>,
        after: Option<GroupPlace>,
        limit: usize,
    ) -> Result<(Vec<Group>, Option<GroupPlace>), StoreError> {
        self.readers
            .run(move |connection| {
                group::groups(connection, &filter, by, buckets, after.as_ref(), limit)
            })
            .await
    }

    /// Returns the event of an id.
    pub(crate) async fn event(&self, id: Uuid) -> Result<Option<Found>, StoreError> {
        self.readers
            .run(move |connection| read::by_id(connection, id))
            .await
    }

    /// Returns wanted events in the order of their arrival, from positions on.
    pub(crate) async fn arrivals(
        &self,
        filter: Arc<Filter>,
        from: Positions,
        max: usize,
    ) -> Result<Arrivals<Found>, StoreError> {
        self.readers
            .run(move |connection| read::arrivals(connection, &filter, &from, max))
            .await
    }

    /// Returns how many changes of triage are folded.
    pub(crate) async fn triage_position(&self) -> Result<u64, StoreError> {
        self.readers.run(triage::position).await
    }

    /// Folds the next changes of triage.
    pub(crate) async fn fold(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| triage::fold(connection, &changes))
            .await
    }

    /// Forgets all of triage, to fold another log.
    pub(crate) async fn forget_triage(&self) -> Result<(), StoreError> {
        self.writer.run(triage::forget).await
    }

    /// Returns the next action after change number `seen`, its number and the events it is about.
    pub(crate) async fn triage_after(
        &self,
        seen: u64,
    ) -> Result<Option<(u64, Action, Vec<Uuid>)>, StoreError> {
        self.readers
            .run(move |connection| triage::after(connection, seen))
            .await
    }

    /// Returns all that was done with an event, the oldest first; none when it is not here.
    pub(crate) async fn triage_history(&self, id: Uuid) -> Result<Option<Vec<Action>>, StoreError> {
        let history = move |connection: &Connection| {
            let is_here = read::is_here(connection, id)?;
            let history = is_here.then(|| triage::history(connection, id));
            history.transpose()
        };
        self.readers.run(history).await
    }

    /// Returns which of the events an action would change, and which are not here.
    pub(crate) async fn changed_by(
        &self,
        events: Vec<Uuid>,
        action: Action,
    ) -> Result<(Vec<Uuid>, Vec<Uuid>), StoreError> {
        self.readers
            .run(move |connection| triage::changed_by(connection, &events, &action))
            .await
    }

    /// Returns the ids of wanted events, `max` at the most, and how many there are.
    pub(crate) async fn select(&self, filter: Filter, max: usize) -> Result<Selection, StoreError> {
        self.readers
            .run(move |connection| triage::select(connection, &filter, max))
            .await
    }

    /// Counts wanted events over time.
    pub(crate) async fn histogram(
        &self,
        filter: Filter,
        buckets: u32,
    ) -> Result<Option<Histogram<&'static str>>, StoreError> {
        self.readers
            .run(move |connection| count::histogram(connection, &filter, buckets))
            .await
    }

    /// Counts wanted events by value.
    pub(crate) async fn facets(&self, filter: Filter) -> Result<Facets, StoreError> {
        self.readers
            .run(move |connection| count::facets(connection, &filter))
            .await
    }
}

fn one<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> rusqlite::Result<T> {
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}
