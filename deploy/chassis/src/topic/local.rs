//! Local: the embedded log, one SQLite file with one partition a topic.
//!
//! WAL with synchronous FULL: a commit is an fsync. One writer thread commits many callers'
//! records together (group commit). One process holds the folder's lock; others may read beside
//! it. A failed fsync is fatal: what the kernel then holds is not known, so the process must end
//! and read again from disk. It is for one machine.

mod faults;
mod read;
mod retention;
mod schema;
mod writer;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use faults::{Fault, Faults};
use read::Readers;
use writer::{Request, Step, Writer};

use super::record::{
    Bounds, MAX_RECORD_BYTES, Outcome, Output, Place, Stored, TopicError,
};

/// The only partition of a topic on Local.
pub(super) const PARTITION: i32 = 0;
/// How often a log that another process writes is looked at for news.
const BESIDE_POLL: Duration = Duration::from_millis(25);

/// A topic as Local keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: &'static str,
    /// How long records are kept, by record time; `None`: for ever.
    pub retention: Option<Duration>,
    /// Whether only the latest record of each key is kept.
    pub compacted: bool,
}

/// How Local is opened.
#[derive(Debug, Clone, Default)]
pub struct LocalOptions {
    /// Every topic there is.
    pub topics: Vec<TopicSpec>,
    /// How large the file may grow before the oldest records go, in bytes; `None`: no limit.
    /// Records that a group has yet to read stay, whatever their age and size.
    pub max_bytes: Option<u64>,
    /// Faults to inject, for tests.
    pub faults: Faults,
}

/// The embedded log. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Local {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    topics: BTreeMap<&'static str, Topic>,
    readers: Readers,
    /// `None` when another process writes and we read beside it.
    writer: Option<Writer>,
    /// Held for as long as the log is open.
    _lock: Option<File>,
}

#[derive(Debug)]
struct Topic {
    table: i64,
    spec: TopicSpec,
    end: watch::Sender<i64>,
}

impl Local {
    /// Opens the log in `folder`, makes it when it is not there, and takes its lock.
    pub(super) fn open(folder: &Path, options: LocalOptions) -> Result<Self, TopicError> {
        let lock = schema::lock(folder)?;
        let connection = schema::create(&schema::file(folder), &options.topics)?;
        let topics = topics(&connection, &options.topics)?;
        let ends = topics.values().map(|topic| (topic.table, topic.end.clone())).collect();
        let writer = Writer::start(connection, ends, options)?;
        let readers = Readers::new(schema::file(folder));
        let shared = Shared { topics, readers, writer: Some(writer), _lock: Some(lock) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Opens the log in `folder` to read beside the process that writes it.
    pub(super) fn open_beside(folder: &Path, topic_specs: &[TopicSpec]) -> Result<Self, TopicError> {
        let readers = Readers::new(schema::file(folder));
        let topics = readers.with(|connection| topics(connection, topic_specs))?;
        Ok(Self { shared: Arc::new(Shared { topics, readers, writer: None, _lock: None }) })
    }

    /// Appends `outputs` together and returns when they are durable.
    pub(super) async fn append(&self, outputs: Vec<Output>) -> Result<Vec<Place>, TopicError> {
        let rows = self.checked(outputs)?;
        let (reply, answer) = oneshot::channel();
        self.writer()?.send(Request::Append { rows, reply })?;
        answer.await.map_err(|_| stopped())?
    }

    /// Commits outputs and the position of `group` together.
    pub(super) async fn step(
        &self,
        group: &str,
        topic: &'static str,
        positions: (i64, i64),
        outputs: Vec<Output>,
    ) -> Outcome {
        let prepared = self.topic(topic).and_then(|found| {
            let rows = self.checked(outputs)?;
            let (expected, next) = positions;
            Ok(Step { group: group.to_owned(), table: found.table, expected, next, rows })
        });
        let (step, writer) = match prepared.and_then(|step| Ok((step, self.writer()?))) {
            Ok(ready) => ready,
            Err(TopicError::Fatal(reason)) => return Outcome::Fatal(reason),
            Err(error) => return Outcome::Aborted(error.to_string()),
        };
        let (reply, answer) = oneshot::channel();
        match writer.send(Request::Step { step, reply }) {
            Ok(()) => answer.await.unwrap_or_else(|_| Outcome::Fatal(stopped().to_string())),
            Err(error) => Outcome::Fatal(error.to_string()),
        }
    }

    /// Returns the position of `group` on `topic`: the next offset it will read. A group that has
    /// none yet starts at the earliest record.
    pub(super) async fn position(&self, group: &str, topic: &str) -> Result<i64, TopicError> {
        let table = self.topic(topic)?.table;
        let group = group.to_owned();
        let found = self.read(move |connection| read::position(connection, &group, table)).await?;
        match found {
            Some(position) => Ok(position),
            None => Ok(self.bounds(topic).await?.start),
        }
    }

    /// Returns the ends of `topic`.
    pub(super) async fn bounds(&self, topic: &str) -> Result<Bounds, TopicError> {
        let table = self.topic(topic)?.table;
        self.read(move |connection| read::bounds(connection, table)).await
    }

    /// Reads up to `max` records of `topic` from `from` on; none when there is none yet.
    pub(super) async fn records(
        &self,
        topic: &'static str,
        from: i64,
        max: usize,
    ) -> Result<Vec<Stored>, TopicError> {
        let table = self.topic(topic)?.table;
        self.read(move |connection| read::records(connection, topic, table, from, max)).await
    }

    /// Waits until `topic` may hold a record at `from` or later.
    pub(super) async fn appended(&self, topic: &str, from: i64) -> Result<(), TopicError> {
        let found = self.topic(topic)?;
        if self.shared.writer.is_some() {
            let mut end = found.end.subscribe();
            return end.wait_for(|end| *end > from).await.map(|_| ()).map_err(|_| stopped());
        }
        while self.bounds(topic).await?.end <= from {
            tokio::time::sleep(BESIDE_POLL).await;
        }
        Ok(())
    }

    /// Waits until the log has failed for good and says why.
    pub(super) async fn failed(&self) -> TopicError {
        match &self.shared.writer {
            Some(writer) => writer.failed().await,
            None => std::future::pending().await,
        }
    }

    fn topic(&self, name: &str) -> Result<&Topic, TopicError> {
        self.shared.topics.get(name).ok_or_else(|| TopicError::UnknownTopic(name.to_owned()))
    }

    fn writer(&self) -> Result<&Writer, TopicError> {
        self.shared.writer.as_ref().ok_or_else(|| {
            TopicError::Locked("another process writes this log; it is open to read only".to_owned())
        })
    }

    /// Finds each output's table; refuses what is too large.
    fn checked(&self, outputs: Vec<Output>) -> Result<Vec<writer::Row>, TopicError> {
        let mut rows = Vec::with_capacity(outputs.len());
        for Output { topic, record } in outputs {
            let found = self.topic(topic)?;
            let headers = read::pack_headers(&record.headers);
            let bytes = record.key.len() + headers.len() + record.value.len();
            if bytes > MAX_RECORD_BYTES {
                return Err(TopicError::TooLarge { topic, bytes, limit: MAX_RECORD_BYTES });
            }
            rows.push(writer::Row {
                table: found.table,
                compacted: found.spec.compacted,
                key: record.key,
                headers,
                value: record.value,
            });
        }
        Ok(rows)
    }

    /// Runs a query on a thread of its own.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> Result<T, TopicError> + Send + 'static,
    ) -> Result<T, TopicError> {
        let shared = Arc::clone(&self.shared);
        let task = tokio::task::spawn_blocking(move || shared.readers.with(query));
        task.await.map_err(|error| TopicError::Unreadable(error.to_string()))?
    }
}

fn topics(
    connection: &rusqlite::Connection,
    specs: &[TopicSpec],
) -> Result<BTreeMap<&'static str, Topic>, TopicError> {
    let mut topics = BTreeMap::new();
    for spec in specs {
        let table = read::table(connection, spec.name)?;
        let end = read::bounds(connection, table)?.end;
        topics.insert(spec.name, Topic { table, spec: *spec, end: watch::Sender::new(end) });
    }
    Ok(topics)
}

fn stopped() -> TopicError {
    TopicError::Fatal("its writer has stopped".to_owned())
}
