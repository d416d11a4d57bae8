//! Appends, one wave a partition at a time.
//!
//! librdkafka's idempotent producer has one request a partition on the way, and while records wait
//! for its answer the broker's thread spins, a core for each broker. So records that come meanwhile
//! wait here; all that came go together in the next wave, as in a group commit.
//!
//! A lane on which records come all the time waits for a beat that it shares with the others. An idle
//! one does not wait, nor does one with much to send.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::producer::future_producer::DeliveryFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout_at;

use super::client::{Context, Producer, discard};
use super::produce::{Rows, send};
use crate::topic::metrics::TopicMetrics;
use crate::topic::{Place, Record, TopicError};

/// How much a lane holds at the most, in bytes; who brings more waits until there is room.
const LANE_BYTES: usize = 4 * 1024 * 1024;
/// What a record costs beside its key and value, about, in bytes.
const OVERHEAD: usize = 256;
/// Waited until a full producer is tried again, and how long in all.
const FULL: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(1);
/// How often busy lanes send, all of them together: a cluster's work is by the request, and those who copy
/// and read then fetch the waves of all partitions at once.
const BEAT: Duration = Duration::from_millis(30);
/// So many records are worth a request of their own, at once.
const MUCH: usize = 32;
/// As Kafka's own clients hash keys.
const SEED: u32 = 0x9747_b28c;

/// Appends records and says where they stand once they are durable.
pub(super) struct Appender {
    /// A lane for each partition of each topic, by its name on the cluster.
    lanes: BTreeMap<Arc<str>, Vec<Lane>>,
    metrics: TopicMetrics,
}

/// The way to a partition.
struct Lane {
    /// In bytes.
    room: Arc<Semaphore>,
    records: mpsc::UnboundedSender<Waiting>,
}

/// A record, and who waits for it.
struct Waiting {
    topic: Arc<str>,
    record: Record,
    reply: Reply,
}

/// Who waits for a record, and the room that it takes until then.
struct Reply {
    place: oneshot::Sender<Result<Place, TopicError>>,
    room: Room,
}

/// Room in a lane.
struct Room {
    bytes: usize,
    metrics: TopicMetrics,
    _permit: OwnedSemaphorePermit,
}

/// The producer of all lanes. A fatal error ends a producer's life, not ours: it gets a successor.
struct Source {
    config: ClientConfig,
    context: Context,
    producer: RwLock<Producer>,
    /// From here on waves' moments are counted.
    began: tokio::time::Instant,
}

impl Appender {
    /// Needs a runtime, on which the lanes live as long as the appender. `topics`: their names on
    /// the cluster, and how many partitions they have.
    pub(super) fn new(
        config: ClientConfig,
        topics: impl Iterator<Item = (Arc<str>, i32)>,
        metrics: TopicMetrics,
    ) -> Result<Self, KafkaError> {
        let context = Context::new("appender", metrics.clone());
        let producer = RwLock::new(config.create_with_context(context.clone())?);
        let source = Arc::new(Source {
            config,
            context,
            producer,
            began: tokio::time::Instant::now(),
        });
        let lane = |_| {
            let (records, waiting) = mpsc::unbounded_channel();
            tokio::spawn(serve(Arc::clone(&source), waiting));
            let room = Arc::new(Semaphore::new(LANE_BYTES));
            Lane { room, records }
        };
        let lanes = topics.map(|(name, partitions)| (name, (0..partitions).map(lane).collect()));
        Ok(Self {
            lanes: lanes.collect(),
            metrics,
        })
    }

    /// Appends records and returns where when all are durable.
    pub(super) async fn append(&self, rows: Rows) -> Result<Vec<Place>, TopicError> {
        let mut answers = Vec::with_capacity(rows.len());
        for (topic, record) in rows {
            let lane = self.lane(&topic, &record.key)?;
            let bytes = OVERHEAD + record.key.len() + record.value.len();
            let room = lane.room(bytes, &self.metrics).await?;
            let (place, answer) = oneshot::channel();
            let waiting = Waiting {
                topic,
                record,
                reply: Reply { place, room },
            };
            lane.records.send(waiting).map_err(not_durable)?;
            answers.push(answer);
        }
        if crate::seeded_bug("ack-before-durable") {
            let (partition, offset) = (0, 0);
            let places = vec![Place { partition, offset }; answers.len()];
            tokio::spawn(futures_util::future::join_all(answers));
            return Ok(places);
        }
        let mut places = Vec::with_capacity(answers.len());
        let mut failure = None;
        for answer in answers {
            match answer.await.map_err(not_durable).and_then(|place| place) {
                Ok(place) => places.push(place),
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(places), Err)
    }

    /// The lane of the partition that the producer will choose. Were it another one, as after
    /// partitions were added, nothing but the waiting would be out of place.
    fn lane(&self, topic: &str, key: &[u8]) -> Result<&Lane, TopicError> {
        let lanes = self.lanes.get(topic).map(Vec::as_slice).unwrap_or_default();
        let count = i32::try_from(lanes.len()).unwrap_or(i32::MAX);
        let lane = partition_of(key, count)
            .and_then(|lane| usize::try_from(lane).ok())
            .and_then(|lane| lanes.get(lane));
        lane.ok_or_else(|| not_durable(format!("{topic} has no partitions")))
    }
}

/// Returns the partition of a key among so many; of none, none.
pub(super) fn partition_of(key: &[u8], partitions: i32) -> Option<i32> {
    let hash = i32::try_from(murmur2::murmur2(key, SEED) & 0x7fff_ffff).unwrap_or_default();
    hash.checked_rem(partitions)
}

impl Lane {
    /// Waits for room.
    async fn room(&self, bytes: usize, metrics: &TopicMetrics) -> Result<Room, TopicError> {
        let permits = u32::try_from(bytes.min(LANE_BYTES)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.room).acquire_many_owned(permits).await;
        let permit = permit.map_err(not_durable)?;
        metrics.waits(bytes);
        Ok(Room {
            bytes,
            metrics: metrics.clone(),
            _permit: permit,
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.metrics.waits_no_more(self.bytes);
    }
}

impl Reply {
    fn send(self, place: Result<Place, TopicError>) {
        drop(self.room);
        // Nobody may wait for it any more.
        drop(self.place.send(place));
    }
}

/// Serves a lane until nobody can bring records any more.
async fn serve(source: Arc<Source>, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    let mut wave = Vec::new();
    let mut last = None;
    while waiting.recv_many(&mut wave, usize::MAX).await > 0 {
        let departure = source.next_wave(last);
        while wave.len() < MUCH {
            let more = waiting.recv_many(&mut wave, usize::MAX);
            if !matches!(timeout_at(departure, more).await, Ok(1..)) {
                break;
            }
        }
        last = Some(tokio::time::Instant::now());
        let producer = source.producer.read().clone();
        let mut sent = Vec::with_capacity(wave.len());
        for waiting in wave.drain(..) {
            source.hand_over(&producer, waiting, &mut sent).await;
        }
        source.settle(&producer, &mut sent).await;
    }
}

impl Source {
    /// Returns when the next wave of a lane leaves: at once, unless one has just left.
    fn next_wave(&self, last: Option<tokio::time::Instant>) -> tokio::time::Instant {
        let now = tokio::time::Instant::now();
        if last.is_none_or(|last| now - last >= BEAT) {
            return now;
        }
        let beats = (now - self.began).as_micros() / BEAT.as_micros() + 1;
        self.began + BEAT * u32::try_from(beats).unwrap_or(u32::MAX)
    }

    /// Hands a record to the producer, unless nobody waits for it any more.
    async fn hand_over(
        &self,
        producer: &Producer,
        waiting: Waiting,
        sent: &mut Vec<(DeliveryFuture, Reply)>,
    ) {
        if waiting.reply.place.is_closed() {
            return;
        }
        let mut result = send(producer, &waiting.topic, &waiting.record);
        if is_full(&result) {
            self.settle(producer, sent).await;
        }
        // What is delivered leaves the producer's queue a moment after it was told.
        let started = Instant::now();
        while is_full(&result) && started.elapsed() < PATIENCE {
            tokio::time::sleep(FULL).await;
            result = send(producer, &waiting.topic, &waiting.record);
        }
        match result {
            Ok(delivery) => sent.push((delivery, waiting.reply)),
            Err(error) => waiting.reply.send(Err(self.failed(producer, &error))),
        }
    }

    /// Waits until what was handed over is durable or has failed, and says so.
    async fn settle(&self, producer: &Producer, sent: &mut Vec<(DeliveryFuture, Reply)>) {
        for (delivery, reply) in sent.drain(..) {
            reply.send(match delivery.await {
                Ok(Ok(at)) => Ok(Place {
                    partition: at.partition,
                    offset: at.offset,
                }),
                Ok(Err((error, _))) => Err(self.failed(producer, &error)),
                Err(_) => Err(self.failed(producer, &KafkaError::Canceled)),
            });
        }
    }

    fn failed(&self, producer: &Producer, error: &KafkaError) -> TopicError {
        if producer.client().fatal_error().is_some() {
            let mut current = self.producer.write();
            if current.client().fatal_error().is_some() {
                match self.config.create_with_context(self.context.clone()) {
                    Ok(successor) => discard(Some(std::mem::replace(&mut *current, successor))),
                    Err(error) => tracing::error!(%error, "no new producer could be made"),
                }
            }
        }
        not_durable(error)
    }
}

fn is_full(result: &Result<DeliveryFuture, KafkaError>) -> bool {
    matches!(
        result,
        Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull))
    )
}

fn not_durable(problem: impl std::fmt::Display) -> TopicError {
    TopicError::NotDurable(problem.to_string())
}
