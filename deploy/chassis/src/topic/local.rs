//! Local: the embedded log, one SQLite file with one partition a topic.
//!
//! WAL with synchronous FULL: a commit is an fsync. One writer thread commits many callers'
//! records together (group commit). One process holds the folder's lock; others may read beside
//! it. A failed fsync is fatal: what the kernel then holds is not known, so the process must end
//! and read again from disk. It is for one machine.

mod checkpoint;
mod consumer;
mod options;
mod read;
mod reader;
mod retention;
mod schema;
mod table;
mod view;
mod write;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(super) use consumer::LocalConsumer;
pub use options::LocalOptions;
use read::Readers;
pub(super) use reader::LocalReader;
use table::Topic;
use write::{Book, Row, Step};
use writer::{Done, Orders, Work, Writer};

use super::folder;
use super::record::{MAX_RECORD_BYTES, Outcome, Output, Place, TopicError};
use super::spec::TopicSpec;

/// The only partition of a topic on Local.
pub(super) const PARTITION: i32 = 0;

/// The embedded log. Clones share it; when the last one is dropped, the file is closed.
#[derive(Debug, Clone)]
pub(super) struct Local {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    topics: BTreeMap<&'static str, Arc<Topic>>,
    /// Before the writer, so that they are closed first and the writer leaves no WAL behind.
    readers: Readers,
    /// `None` when another process writes and we read beside it.
    writer: Option<Writer>,
    discard_appends: bool,
}

impl Local {
    /// Opens the log in `folder`, makes it when it is not there, and takes its lock.
    pub(super) fn open(folder: &Path, options: LocalOptions) -> Result<Self, TopicError> {
        let lock = folder::lock(folder)?;
        let topics = topics(&options.topics);
        let mut in_order: Vec<Arc<Topic>> = topics.values().cloned().collect();
        in_order.sort_by_key(|topic| topic.number);
        let connection = schema::create(&schema::file(folder), in_order.iter().map(Arc::as_ref))?;
        let book = Book::open(connection, in_order).map_err(|error| unopened(&error))?;
        let orders = Orders {
            faults: options.faults,
            max_bytes: options.max_bytes,
            _lock: lock,
        };
        let writer = Some(Writer::start(book, orders)?);
        let readers = Readers::new(schema::file(folder));
        Ok(Self {
            shared: Arc::new(Shared {
                topics,
                readers,
                writer,
                discard_appends: options.discard_appends,
            }),
        })
    }

    /// Opens the log in `folder` to read beside the process that writes it, now or later.
    pub(super) fn open_beside(folder: &Path, specs: &[TopicSpec]) -> Result<Self, TopicError> {
        let readers = Readers::new(schema::file(folder));
        readers.ask(|_| Ok(()))?;
        Ok(Self {
            shared: Arc::new(Shared {
                topics: topics(specs),
                readers,
                writer: None,
                discard_appends: false,
            }),
        })
    }

    /// Appends `outputs` together and returns when they are durable.
    pub(super) async fn append(&self, outputs: Vec<Output>) -> Result<Vec<Place>, TopicError> {
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.rows(outputs)?;
        if self.shared.discard_appends {
            let nowhere = Place {
                partition: PARTITION,
                offset: 0,
            };
            return Ok(vec![nowhere; rows.len()]);
        }
        match self.writer()?.ask(Work::Append(rows)).await {
            Done::Appended(places) => Ok(places),
            other => Err(other.refusal()),
        }
    }

    /// Commits outputs and the position of `group` together, which goes from the first of
    /// `positions` to the second.
    pub(super) async fn step(
        &self,
        group: &str,
        topic: &str,
        positions: (i64, i64),
        outputs: Vec<Output>,
    ) -> Outcome {
        let (expected, next) = positions;
        let prepared = self.topic(topic).and_then(|topic| {
            let (topic, rows) = (Arc::clone(topic), self.rows(outputs)?);
            let step = Step {
                group: group.to_owned(),
                topic,
                expected,
                next,
                rows,
            };
            Ok((step, self.writer()?))
        });
        let done = match prepared {
            Ok((step, writer)) => writer.ask(Work::Step(step)).await,
            Err(error) => Done::Refused(error),
        };
        match done {
            Done::Stepped(outcome) => outcome,
            other => match other.refusal() {
                TopicError::Fatal(reason) => Outcome::Fatal(reason),
                error => Outcome::Aborted(error.to_string()),
            },
        }
    }

    /// Returns the position of `group` after all that was asked of the writer before. A group that
    /// has none yet gets the start, and from then on retention waits for it.
    pub(super) async fn assign(&self, group: &str, topic: &str) -> Result<i64, TopicError> {
        let work = Work::Assign {
            group: group.to_owned(),
            topic: Arc::clone(self.topic(topic)?),
        };
        match self.writer()?.ask(work).await {
            Done::Assigned(position) => Ok(position),
            other => Err(other.refusal()),
        }
    }

    /// Waits until the log has failed for good and says why.
    pub(super) async fn failed(&self) -> TopicError {
        match &self.shared.writer {
            Some(writer) => writer.failed().await,
            None => std::future::pending().await,
        }
    }

    fn topic(&self, name: &str) -> Result<&Arc<Topic>, TopicError> {
        self.shared
            .topics
            .get(name)
            .ok_or_else(|| TopicError::UnknownTopic(name.to_owned()))
    }

    fn writer(&self) -> Result<&Writer, TopicError> {
        self.shared.writer.as_ref().ok_or_else(|| {
            TopicError::Locked(
                "another process writes this log; it is open to read only".to_owned(),
            )
        })
    }

    /// Finds each output's table; refuses what is too large.
    fn rows(&self, outputs: Vec<Output>) -> Result<Vec<Row>, TopicError> {
        let mut rows = Vec::with_capacity(outputs.len());
        for Output {
            topic: name,
            record,
        } in outputs
        {
            let topic = Arc::clone(self.topic(name)?);
            let headers = read::pack_headers(&record.headers);
            let bytes = record.key.len() + headers.len() + record.value.len();
            if bytes > MAX_RECORD_BYTES {
                return Err(TopicError::TooLarge {
                    topic: name,
                    bytes,
                    limit: MAX_RECORD_BYTES,
                });
            }
            rows.push(Row {
                topic,
                key: record.key,
                headers,
                value: record.value,
            });
        }
        Ok(rows)
    }
}

fn topics(specs: &[TopicSpec]) -> BTreeMap<&'static str, Arc<Topic>> {
    let mut topics = BTreeMap::new();
    for spec in specs {
        let number = topics.len();
        topics
            .entry(spec.name)
            .or_insert_with(|| Arc::new(Topic::new(*spec, number)));
    }
    topics
}

fn stopped() -> TopicError {
    TopicError::Fatal("its writer has stopped".to_owned())
}

fn unopened(error: &rusqlite::Error) -> TopicError {
    TopicError::Fatal(format!("cannot open the log: {error}"))
}

fn unreadable(error: &rusqlite::Error) -> TopicError {
    TopicError::Unreadable(error.to_string())
}
