//! The log of topics, the one place that knows what a topic is made of.
//!
//! [`Log`] is an enum over what carries the topics; nothing above it can tell which. Today that is
//! Local, the embedded log: one SQLite file. What a topic promises:
//!
//! * [`Log::append`] returns only when the records are durable.
//! * [`Consumer`] reads a topic under a named position, and [`Consumer::commit`] makes outputs and
//!   position durable *together*: one atomic step, which ends in one of five [`Outcome`]s.
//! * [`Reader`] reads with the position kept by the caller.
//! * [`Cursors`] are the latest values of a compacted topic.
//! * Offsets grow but need not be dense. Record time is append time.

mod consumer;
mod cursors;
pub(crate) mod fold;
mod local;
mod metrics;
mod reader;
mod record;

use std::path::Path;
use std::time::Instant;

pub use consumer::{Batch, Consumer, Polled};
pub use cursors::Cursors;
pub use local::{Fault, Faults, LocalOptions, TopicSpec};
pub use metrics::TopicMetrics;
pub use reader::Reader;
pub use record::{
    Bounds, MAX_RECORD_BYTES, Outcome, Output, Place, Positions, Record, Stored, TopicError,
};

use local::Local;

/// What carries the topics. Clones share it.
#[derive(Debug, Clone)]
pub struct Log {
    carrier: Carrier,
    metrics: TopicMetrics,
}

#[derive(Debug, Clone)]
enum Carrier {
    Local(Local),
}

impl Log {
    /// Opens the embedded log in a data folder, makes it when it is not there, and takes the
    /// folder's lock.
    ///
    /// # Errors
    /// [`TopicError::Locked`] when another process has it; [`TopicError::Fatal`] when the file
    /// can't be opened.
    pub fn local(
        folder: &Path,
        options: LocalOptions,
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        Ok(Self {
            carrier: Carrier::Local(Local::open(folder, options)?),
            metrics,
        })
    }

    /// Says whether a process has the embedded log of a data folder open to write.
    pub fn local_is_open(folder: &Path) -> bool {
        Local::is_locked(folder)
    }

    /// Opens the embedded log of a data folder to read beside the process that writes it, or will:
    /// until there is a log, its topics are empty.
    pub fn local_beside(
        folder: &Path,
        topics: &[TopicSpec],
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        Ok(Self {
            carrier: Carrier::Local(Local::open_beside(folder, topics)?),
            metrics,
        })
    }

    /// Appends records, to one topic or several, and returns where when all are durable. When it
    /// fails, some may be there all the same (on Local: all or none).
    pub async fn append(&self, outputs: Vec<Output>) -> Result<Vec<Place>, TopicError> {
        let started = Instant::now();
        let topics: Vec<&'static str> = outputs.iter().map(|output| output.topic).collect();
        let result = match &self.carrier {
            Carrier::Local(local) => local.append(outputs).await,
        };
        self.metrics
            .appended(&topics, started.elapsed(), result.as_ref().err());
        result
    }

    /// Returns a reader of `topic` under the named position of `group`.
    pub fn consumer(&self, group: &str, topic: &'static str) -> Consumer {
        Consumer::new(self.clone(), group, topic)
    }

    /// Returns a reader of `topic` whose position the caller keeps.
    pub fn reader(&self, topic: &'static str, from: Positions) -> Reader {
        Reader::new(self.clone(), topic, from)
    }

    /// Reads a compacted topic to its end and follows it from then on.
    pub async fn cursors(&self, topic: &'static str) -> Result<Cursors, TopicError> {
        Cursors::open(self, topic).await
    }

    /// Returns the ends of each partition of `topic`.
    pub async fn bounds(&self, topic: &str) -> Result<Vec<Bounds>, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => Ok(vec![local.bounds(topic).await?]),
        }
    }

    /// Returns the position of `group`: the next offset it will read, for each partition.
    pub async fn position(&self, group: &str, topic: &str) -> Result<Positions, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => {
                let position = local.position(group, topic).await?;
                Ok(Positions::from([(local::PARTITION, position)]))
            }
        }
    }

    /// Returns what names this log for life, so that a position is not used on another; `None` when
    /// no process has made it yet.
    pub async fn id(&self) -> Result<Option<String>, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => local.id().await,
        }
    }

    /// Waits until the log has failed for good and says why: the process must end then.
    pub async fn failed(&self) -> TopicError {
        match &self.carrier {
            Carrier::Local(local) => local.failed().await,
        }
    }

    fn carried_by_local(&self) -> &Local {
        let Carrier::Local(local) = &self.carrier;
        local
    }
}
