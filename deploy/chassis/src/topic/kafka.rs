//! Kafka: topics on a cluster, by librdkafka.
//!
//! What a topic promises rests on these: producers are idempotent and wait for all replicas; a
//! group's step is one transaction that holds outputs and position, under the member's generation
//! as it was when the partition was given to it; readers read what is committed. A gap is an error
//! and never skipped. Names on the cluster have the configured prefix.

mod append;
mod client;
mod config;
mod group;
pub mod layout;
mod member;
mod membership;
mod produce;
mod reader;
mod step;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message, Timestamp};
use rdkafka::topic_partition_list::Offset;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

pub use config::KafkaConfig;
pub(super) use group::GroupConsumer;
pub(super) use membership::KafkaMembership;
pub(super) use reader::KafkaReader;

use super::fault::{Fault, Faults};
use super::metrics::TopicMetrics;
use super::record::{
    Bounds, MAX_RECORD_BYTES, Output, Place, Positions, Record, Stored, TopicError,
};
use super::spec::TopicSpec;
use append::Appender;
use client::{Context, Fetcher, Inspector};
use produce::Rows;

/// How long a question to the cluster may take.
const CALL: Duration = Duration::from_secs(5);
/// How long one try of a question about a partition may take: a leader that has gone is waited for in
/// vain.
const ASK: Duration = Duration::from_secs(1);
/// Waited until a question about a partition without a leader is asked again.
const MOVING: Duration = Duration::from_millis(50);

/// A cluster with our topics on it. Clones share it.
#[derive(Clone)]
pub(super) struct Kafka {
    shared: Arc<Shared>,
}

struct Shared {
    config: KafkaConfig,
    cluster: String,
    topics: BTreeMap<&'static str, Topic>,
    appender: Appender,
    inspector: Arc<Inspector>,
    /// Sees of steps only those that are decided.
    observer: Inspector,
    /// Who asks for the positions of a group, by its name.
    groups: Mutex<BTreeMap<String, Arc<Fetcher>>>,
    faults: Faults,
    failure: watch::Sender<Option<String>>,
    metrics: TopicMetrics,
}

/// A topic as the cluster has it.
#[derive(Debug)]
struct Topic {
    name: Arc<str>,
    partitions: i32,
}

impl Kafka {
    /// Connects, and sees to it that the topics are there.
    pub(super) async fn open(
        config: KafkaConfig,
        specs: &[TopicSpec],
        faults: Faults,
        metrics: TopicMetrics,
    ) -> Result<Self, TopicError> {
        let context = |role| Context::new(role, metrics.clone());
        let inspector: Inspector = config
            .inspector()
            .create_with_context(context("inspector"))
            .map_err(unusable)?;
        let inspector = Arc::new(inspector);
        let observer = config.observer().create_with_context(context("inspector"));
        let observer = observer.map_err(unusable)?;
        let (cluster, found) = layout::find_made(&inspector, &config, specs).await?;
        let mut topics = BTreeMap::new();
        for spec in specs {
            let name: Arc<str> = config.named(spec.name).into();
            let partitions = layout::expect(&found, &name, spec)?;
            topics.insert(spec.name, Topic { name, partitions });
        }
        let made = topics.values();
        let made = made.map(|topic| (Arc::clone(&topic.name), topic.partitions));
        let appender = Appender::new(config.appender(), made, metrics.clone());
        let appender = appender.map_err(unusable)?;
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                cluster,
                topics,
                appender,
                inspector,
                observer,
                groups: Mutex::default(),
                faults,
                failure: watch::Sender::new(None),
                metrics,
            }),
        })
    }

    pub(super) async fn append(&self, outputs: Vec<Output>) -> Result<Vec<Place>, TopicError> {
        self.alive()?;
        let rows = self.rows(outputs)?;
        match self.shared.faults.next_for_append() {
            Some(Fault::HangAppend) => std::future::pending().await,
            Some(_) => Err(TopicError::NotDurable("on request".to_owned())),
            None => self.shared.appender.append(rows).await,
        }
    }

    pub(super) async fn bounds(&self, topic: &str) -> Result<Vec<Bounds>, TopicError> {
        self.bounds_of(topic, self.partitions(topic)).await
    }

    pub(super) async fn partition_bounds(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<Bounds, TopicError> {
        self.alive()?;
        let (name, kafka) = (self.name(topic)?, self.clone());
        let ask = move || kafka.bounds_now(&name, partition);
        spawn_blocking(ask).await.map_err(unreadable)?
    }

    /// Returns the ends of partitions; what steps have written that are still open stands before
    /// the end.
    async fn bounds_of(
        &self,
        topic: &str,
        partitions: Vec<i32>,
    ) -> Result<Vec<Bounds>, TopicError> {
        self.alive()?;
        let (name, kafka) = (self.name(topic)?, self.clone());
        let ask = move || {
            let partitions = partitions.into_iter();
            partitions
                .map(|partition| kafka.bounds_now(&name, partition))
                .collect()
        };
        spawn_blocking(ask).await.map_err(unreadable)?
    }

    /// Returns the ends of a partition. Blocks.
    fn bounds_now(&self, topic: &str, partition: i32) -> Result<Bounds, TopicError> {
        let (start, end) = watermarks(&self.shared.inspector, topic, partition)?;
        Ok(Bounds {
            partition,
            start,
            end,
        })
    }

    /// Returns the offset before which every step of a partition is decided. Blocks.
    fn stable_end(&self, topic: &str, partition: i32) -> Result<i64, TopicError> {
        watermarks(&self.shared.observer, topic, partition).map(|(_, stable)| stable)
    }

    pub(super) async fn position(&self, group: &str, topic: &str) -> Result<Positions, TopicError> {
        self.alive()?;
        let (name, partitions) = (self.name(topic)?, self.partitions(topic));
        let client = self.asking_for(group)?;
        let ask = move || committed(&client, &name, &partitions);
        spawn_blocking(ask).await.map_err(unreadable)?
    }

    /// Returns the cluster's own id, with our prefix on it.
    pub(super) fn id(&self) -> String {
        format!(
            "{}/{}",
            self.shared.cluster, self.shared.config.topic_prefix
        )
    }

    pub(super) async fn failed(&self) -> TopicError {
        let mut failure = self.shared.failure.subscribe();
        match failure
            .wait_for(Option::is_some)
            .await
            .map(|reason| reason.clone())
        {
            Ok(reason) => TopicError::Fatal(reason.unwrap_or_default()),
            Err(_) => std::future::pending().await,
        }
    }

    /// Ends the use of the log: the process must end then.
    fn fail(&self, reason: &str) -> TopicError {
        self.shared.failure.send_replace(Some(reason.to_owned()));
        TopicError::Fatal(reason.to_owned())
    }

    fn alive(&self) -> Result<(), TopicError> {
        match self.shared.failure.borrow().clone() {
            None => Ok(()),
            Some(reason) => Err(TopicError::Fatal(reason)),
        }
    }

    pub(super) fn config(&self) -> &KafkaConfig {
        &self.shared.config
    }

    fn metrics(&self) -> &TopicMetrics {
        &self.shared.metrics
    }

    fn topic(&self, name: &str) -> Result<&Topic, TopicError> {
        let topic = self.shared.topics.get(name);
        topic.ok_or_else(|| TopicError::UnknownTopic(name.to_owned()))
    }

    /// Returns the name of a topic on the cluster.
    fn name(&self, topic: &str) -> Result<Arc<str>, TopicError> {
        Ok(Arc::clone(&self.topic(topic)?.name))
    }

    /// Returns the partitions of a topic; of an unknown one, none.
    fn partitions(&self, topic: &str) -> Vec<i32> {
        self.topic(topic)
            .map_or_else(|_| Vec::new(), |topic| (0..topic.partitions).collect())
    }

    /// Finds the names on the cluster; refuses what is too large.
    fn rows(&self, outputs: Vec<Output>) -> Result<Rows, TopicError> {
        let mut rows = Vec::with_capacity(outputs.len());
        for Output { topic, record } in outputs {
            let name = self.name(topic)?;
            let headers = record.headers.iter();
            let headers: usize = headers.map(|(key, value)| key.len() + value.len()).sum();
            let bytes = record.key.len() + headers + record.value.len();
            if bytes > MAX_RECORD_BYTES {
                let limit = MAX_RECORD_BYTES;
                return Err(TopicError::TooLarge {
                    topic,
                    bytes,
                    limit,
                });
            }
            rows.push((name, record));
        }
        Ok(rows)
    }

    fn asking_for(&self, group: &str) -> Result<Arc<Fetcher>, TopicError> {
        let mut groups = self.shared.groups.lock();
        if let Some(client) = groups.get(group) {
            return Ok(Arc::clone(client));
        }
        let mut config = self.shared.config.reader();
        config.set("group.id", self.shared.config.named(group));
        let context = Context::new("inspector", self.shared.metrics.clone());
        let client: Fetcher = config.create_with_context(context).map_err(unreadable)?;
        let client = Arc::new(client);
        groups.insert(group.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka")
            .field("cluster", &self.shared.cluster)
            .field("topics", &self.shared.topics)
            .finish_non_exhaustive()
    }
}

/// Asks for the ends of a partition. While librdkafka learns who leads it now, it says that there is
/// no such partition, or no leader, or nothing at all, and a new leader may not know its end yet: asked again,
/// it finds out.
fn watermarks(client: &Inspector, topic: &str, partition: i32) -> Result<(i64, i64), TopicError> {
    let started = Instant::now();
    loop {
        match client.fetch_watermarks(topic, partition, ASK) {
            Err(error) if is_moving(&error) && started.elapsed() < CALL * 2 => {
                if let Err(error) = client.fetch_metadata(Some(topic), ASK) {
                    tracing::debug!(%error, topic, "nobody says who leads the partitions");
                }
                std::thread::sleep(MOVING);
            }
            asked => return asked.map_err(unreadable),
        }
    }
}

fn is_moving(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::DestroyBroker
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::ReplicaNotAvailable
                | RDKafkaErrorCode::OffsetNotAvailable
                | RDKafkaErrorCode::FencedLeaderEpoch
                | RDKafkaErrorCode::UnknownLeaderEpoch
        )
    )
}

/// Asks for the positions that a group has committed, once every step of it is decided.
fn committed(client: &Fetcher, topic: &str, partitions: &[i32]) -> Result<Positions, TopicError> {
    let mut wanted = TopicPartitionList::new();
    for partition in partitions {
        wanted.add_partition(topic, *partition);
    }
    let found = client
        .committed_offsets(wanted, CALL * 4)
        .map_err(unreadable)?;
    let mut positions = Positions::new();
    for element in found.elements() {
        element.error().map_err(unreadable)?;
        if let Offset::Offset(position) = element.offset() {
            positions.insert(element.partition(), position);
        }
    }
    Ok(positions)
}

/// Returns where to read a partition; `None` means from its start.
fn position_within(
    topic: &'static str,
    wanted: Option<i64>,
    bounds: Bounds,
) -> Result<i64, TopicError> {
    let Bounds {
        partition,
        start,
        end,
    } = bounds;
    let wanted = wanted.unwrap_or(start);
    if wanted < start {
        let earliest = start;
        return Err(TopicError::Gap {
            topic,
            partition,
            wanted,
            earliest,
        });
    }
    if wanted > end {
        return Err(TopicError::Beyond {
            topic,
            partition,
            wanted,
            end,
        });
    }
    Ok(wanted)
}

/// Begins to fetch partitions from positions. It blocks, and is for a client that fetches nothing:
/// librdkafka 2.12 ends the process when a partition that it has just stopped is stopped again.
fn assign(client: &Fetcher, topic: &str, positions: &Positions) -> Result<(), KafkaError> {
    let mut assignment = TopicPartitionList::new();
    for (partition, position) in positions {
        assignment.add_partition_offset(topic, *partition, Offset::Offset(*position))?;
    }
    client.assign(&assignment)
}

/// Goes on fetching partitions from other positions. Blocks.
fn seek(client: &Fetcher, topic: &str, positions: &Positions) -> Result<(), KafkaError> {
    for (partition, position) in positions {
        client.seek(topic, *partition, Offset::Offset(*position), CALL)?;
    }
    Ok(())
}

fn stored(message: &BorrowedMessage<'_>) -> Stored {
    let bytes = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
    let headers = message
        .headers()
        .into_iter()
        .flat_map(|headers| headers.iter());
    let headers = headers.map(|header| (header.key.to_owned(), bytes(header.value)));
    let timestamp_ms = match message.timestamp() {
        Timestamp::NotAvailable => 0,
        Timestamp::CreateTime(time) | Timestamp::LogAppendTime(time) => time,
    };
    Stored {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms,
        record: Record {
            headers: headers.collect(),
            key: bytes(message.key()),
            value: bytes(message.payload()),
        },
    }
}

fn unreadable(error: impl fmt::Display) -> TopicError {
    TopicError::Unreadable(error.to_string())
}

fn unusable(error: impl fmt::Display) -> TopicError {
    TopicError::Fatal(error.to_string())
}
