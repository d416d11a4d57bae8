//! The log of topics, the one place that knows what a topic is made of.
//!
//! [`Log`] is an enum over what carries the topics; nothing above it can tell which: Kafka, or
//! Local, the embedded log in one SQLite file. What a topic promises:
//!
//! * [`Log::append`] returns only when the records are durable.
//! * [`Consumer`] reads a topic under a named position, and [`Consumer::commit`] makes outputs and
//!   position durable *together*: one atomic step, which ends in one of five [`Outcome`]s.
//! * [`Reader`] reads with the position kept by the caller.
//! * [`Cursors`] are the latest values of a compacted topic.
//! * [`Membership`] shares work out among replicas by key.
//! * Offsets grow but need not be dense. Record time is append time. Records of one key stand on
//!   one partition, in order.

mod consumer;
mod cursors;
mod fault;
pub(crate) mod fold;
mod folder;
mod kafka;
mod local;
mod membership;
mod metrics;
mod reader;
mod record;
mod spec;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub use consumer::{Batch, Consumer, Polled};
pub use cursors::Cursors;
pub use fault::{Fault, Faults};
pub use kafka::KafkaConfig;
pub use kafka::layout;
pub use local::LocalOptions;
pub use membership::Membership;
pub use metrics::TopicMetrics;
pub use reader::Reader;
pub use record::{
    Bounds, MAX_RECORD_BYTES, Outcome, Output, Place, Positions, Record, Stored, TopicError,
};
pub use spec::TopicSpec;

use kafka::{GroupConsumer, Kafka, KafkaMembership, KafkaReader};
use local::{Local, LocalConsumer, LocalReader};

use crate::Size;
use crate::config::Config;

/// What carries the topics. Clones share it.
#[derive(Debug, Clone)]
pub struct Log {
    carrier: Carrier,
    metrics: TopicMetrics,
    /// On Kafka, what else the process keeps is in its data folder. Local locks that itself.
    _lock: Option<Arc<File>>,
}

#[derive(Debug, Clone)]
enum Carrier {
    Local(Local),
    Kafka(Kafka),
}

impl Log {
    /// Opens the log that the configuration names: Kafka when it has `kafka.brokers`, else the
    /// embedded one in the data folder.
    ///
    /// # Errors
    /// As [`Log::local`] and [`Log::kafka`], and when a setting is wrong.
    pub async fn open(
        config: &Config,
        topics: &[TopicSpec],
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        if let Some(kafka) = KafkaConfig::from_config(config).map_err(misconfigured)? {
            let lock = folder::lock(&config.data_dir())?;
            let kafka = kafka.named_after(&config.data_dir())?;
            let log = Self::kafka(kafka, topics, Faults::default(), metrics).await?;
            return Ok(Self {
                _lock: Some(Arc::new(lock)),
                ..log
            });
        }
        let max_size: Size = config.section("topic.max_size").map_err(misconfigured)?;
        let options = LocalOptions {
            topics: topics.to_vec(),
            max_bytes: Some(max_size.bytes()),
            ..LocalOptions::default()
        };
        Self::local(&config.data_dir(), options, metrics)
    }

    /// As [`Log::open`], to read beside the process that writes: the data folder stays as it is.
    pub async fn open_beside(
        config: &Config,
        topics: &[TopicSpec],
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        match KafkaConfig::from_config(config).map_err(misconfigured)? {
            Some(kafka) => Self::kafka(kafka, topics, Faults::default(), metrics).await,
            None => Self::local_beside(&config.data_dir(), topics, metrics),
        }
    }

    /// Opens the topics on a cluster.
    ///
    /// # Errors
    /// [`TopicError::Fatal`] when no broker answers for half a minute, and when a topic is not
    /// there or has another number of partitions.
    pub async fn kafka(
        config: KafkaConfig,
        topics: &[TopicSpec],
        faults: Faults,
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        let kafka = Kafka::open(config, topics, faults, metrics.clone()).await?;
        Ok(Self {
            carrier: Carrier::Kafka(kafka),
            metrics,
            _lock: None,
        })
    }

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
            _lock: None,
        })
    }

    /// Says whether a process uses a data folder, whatever its topics are on.
    pub fn folder_is_held(folder: &Path) -> bool {
        folder::is_locked(folder)
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
            _lock: None,
        })
    }

    /// Appends records, to one topic or several, and returns where when all are durable. When it
    /// fails, some may be there all the same (on Local: all or none).
    pub async fn append(&self, outputs: Vec<Output>) -> Result<Vec<Place>, TopicError> {
        let topics = outputs.iter().map(|output| output.topic).collect();
        let watch = self.metrics.appending(topics);
        let result = match &self.carrier {
            Carrier::Local(local) => local.append(outputs).await,
            Carrier::Kafka(kafka) => kafka.append(outputs).await,
        };
        watch.end(result.as_ref().err());
        result
    }

    /// Returns a reader of `topic` under the named position of `group`.
    pub fn consumer(&self, group: &str, topic: &'static str) -> Consumer {
        let metrics = self.metrics.clone();
        let carried = match &self.carrier {
            Carrier::Local(local) => {
                let consumer = LocalConsumer::new(local.clone(), metrics.clone(), group, topic);
                consumer::Carried::Local(consumer)
            }
            Carrier::Kafka(kafka) => {
                let consumer = GroupConsumer::new(kafka.clone(), group, topic);
                consumer::Carried::Kafka(Box::new(consumer))
            }
        };
        Consumer::new(carried, group, metrics)
    }

    /// Joins a group whose members share the partitions of `topic` out and read nothing.
    ///
    /// # Errors
    /// When there is no such topic.
    pub fn membership(&self, group: &str, topic: &'static str) -> Result<Membership, TopicError> {
        let carried = match &self.carrier {
            Carrier::Local(_) => membership::Carried::Local,
            Carrier::Kafka(kafka) => {
                let membership = KafkaMembership::join(kafka.clone(), group, topic)?;
                membership::Carried::Kafka(membership)
            }
        };
        Ok(Membership::new(carried))
    }

    /// Returns a reader of `topic` whose position the caller keeps.
    pub fn reader(&self, topic: &'static str, from: Positions) -> Reader {
        self.reader_of(topic, None, from)
    }

    /// Returns a reader of one partition of `topic`, from an offset on.
    pub fn partition_reader(&self, topic: &'static str, partition: i32, from: i64) -> Reader {
        self.reader_of(topic, Some(partition), Positions::from([(partition, from)]))
    }

    fn reader_of(&self, topic: &'static str, partition: Option<i32>, from: Positions) -> Reader {
        Reader::new(match &self.carrier {
            Carrier::Local(local) => {
                reader::Carried::Local(LocalReader::new(local.clone(), topic, from))
            }
            Carrier::Kafka(kafka) => {
                let reader = KafkaReader::new(kafka.clone(), topic, partition, from);
                reader::Carried::Kafka(Box::new(reader))
            }
        })
    }

    /// Returns the record at an offset of `topic`; none when there is none, any more or yet.
    pub async fn record(
        &self,
        topic: &'static str,
        partition: i32,
        offset: i64,
    ) -> Result<Option<Stored>, TopicError> {
        let all = self.bounds(topic).await?;
        let is_there = |bounds: &Bounds| {
            bounds.partition == partition && (bounds.start..bounds.end).contains(&offset)
        };
        if !all.iter().any(is_there) {
            return Ok(None);
        }
        let mut reader = self.partition_reader(topic, partition, offset);
        match reader.read(1).await {
            Err(TopicError::Gap { .. }) => Ok(None),
            read => Ok(read?.into_iter().find(|stored| stored.offset == offset)),
        }
    }

    /// Reads a compacted topic to its end and follows it from then on.
    pub async fn cursors(&self, topic: &'static str) -> Result<Cursors, TopicError> {
        Cursors::open(self, topic).await
    }

    /// Returns the ends of each partition of `topic`.
    pub async fn bounds(&self, topic: &str) -> Result<Vec<Bounds>, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => Ok(vec![local.bounds(topic).await?]),
            Carrier::Kafka(kafka) => kafka.bounds(topic).await,
        }
    }

    /// Returns the ends of one partition of `topic`.
    pub async fn partition_bounds(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<Bounds, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => local.bounds(topic).await,
            Carrier::Kafka(kafka) => kafka.partition_bounds(topic, partition).await,
        }
    }

    /// Returns the position of `group`: the next offset it will read, for each partition.
    pub async fn position(&self, group: &str, topic: &str) -> Result<Positions, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => {
                let position = local.position(group, topic).await?;
                Ok(Positions::from([(local::PARTITION, position)]))
            }
            Carrier::Kafka(kafka) => kafka.position(group, topic).await,
        }
    }

    /// Returns the name of this replica, which stays when it is started anew. The embedded log has
    /// one alone.
    pub fn replica(&self) -> &str {
        match &self.carrier {
            Carrier::Local(_) => "local",
            Carrier::Kafka(kafka) => &kafka.config().instance,
        }
    }

    /// Returns what names this log for life, so that a position is not used on another; `None` when
    /// no process has made it yet.
    pub async fn id(&self) -> Result<Option<String>, TopicError> {
        match &self.carrier {
            Carrier::Local(local) => local.id().await,
            Carrier::Kafka(kafka) => Ok(Some(kafka.id())),
        }
    }

    /// Waits until the log has failed for good and says why: the process must end then.
    pub async fn failed(&self) -> TopicError {
        match &self.carrier {
            Carrier::Local(local) => local.failed().await,
            Carrier::Kafka(kafka) => kafka.failed().await,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn misconfigured(errors: crate::config::ConfigErrors) -> TopicError {
    TopicError::Fatal(errors.to_string())
}
