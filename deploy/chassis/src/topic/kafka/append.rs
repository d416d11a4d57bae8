//! Appends, one wave a partition at a time.
//!
//! librdkafka's idempotent producer has one request a partition on the way, and while another waits
//! for its answer the broker's thread spins, a core for each broker. So records that come meanwhile
//! wait here; all that came go together in the next wave, as in a group commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::producer::future_producer::DeliveryFuture;
use tokio::sync::{mpsc, oneshot};

use super::client::{Context, Producer};
use super::produce::{Rows, send};
use crate::topic::{Place, Record, TopicError};

/// Records that may wait for the next wave of a partition; who brings more waits until it has gone.
const WAITING: usize = 1000;
/// As Kafka's own clients hash keys.
const SEED: u32 = 0x9747_b28c;

/// Appends records and says where they stand once they are durable.
pub(super) struct Appender {
    /// A lane for each partition of each topic, by its name on the cluster.
    lanes: BTreeMap<Arc<str>, Vec<mpsc::Sender<Waiting>>>,
}

/// A record, and who waits for it.
struct Waiting {
    topic: Arc<str>,
    record: Record,
    reply: oneshot::Sender<Result<Place, TopicError>>,
}

/// A record that was handed over, and who waits for it.
type Sent = (DeliveryFuture, oneshot::Sender<Result<Place, TopicError>>);

/// The producer of all lanes. A fatal error ends a producer's life, not ours: it gets a successor.
struct Source {
    config: ClientConfig,
    context: Context,
    producer: RwLock<Producer>,
}

impl Appender {
    /// Needs a runtime, on which the lanes live as long as the appender.
    pub(super) fn new(
        config: ClientConfig,
        context: Context,
        topics: impl Iterator<Item = (Arc<str>, i32)>,
    ) -> Result<Self, KafkaError> {
        let producer = RwLock::new(config.create_with_context(context.clone())?);
        let source = Arc::new(Source {
            config,
            context,
            producer,
        });
        let lane = |_| {
            let (lane, waiting) = mpsc::channel(WAITING);
            tokio::spawn(serve(Arc::clone(&source), waiting));
            lane
        };
        let lanes = topics.map(|(name, partitions)| (name, (0..partitions).map(lane).collect()));
        Ok(Self {
            lanes: lanes.collect(),
        })
    }

    /// Appends records and returns where when all are durable.
    pub(super) async fn append(&self, rows: Rows) -> Result<Vec<Place>, TopicError> {
        let mut replies = Vec::with_capacity(rows.len());
        for (topic, record) in rows {
            let lane = self.lane(&topic, &record.key)?;
            let (reply, answer) = oneshot::channel();
            let waiting = Waiting {
                topic,
                record,
                reply,
            };
            lane.send(waiting).await.map_err(not_durable)?;
            replies.push(answer);
        }
        if crate::seeded_bug("ack-before-durable") {
            let places = vec![
                Place {
                    partition: 0,
                    offset: 0
                };
                replies.len()
            ];
            tokio::spawn(futures_util::future::join_all(replies));
            return Ok(places);
        }
        let mut places = Vec::with_capacity(replies.len());
        let mut failure = None;
        for answer in replies {
            match answer.await.map_err(not_durable).and_then(|place| place) {
                Ok(place) => places.push(place),
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(places), Err)
    }

    /// The lane of the partition that the producer will choose. Were it another one, as after
    /// partitions were added, nothing but the waiting would be out of place.
    fn lane(&self, topic: &str, key: &[u8]) -> Result<&mpsc::Sender<Waiting>, TopicError> {
        let lanes = self.lanes.get(topic).map(Vec::as_slice).unwrap_or_default();
        let hash = usize::try_from(murmur2::murmur2(key, SEED) & 0x7fff_ffff).unwrap_or_default();
        let lane = hash
            .checked_rem(lanes.len())
            .and_then(|lane| lanes.get(lane));
        lane.ok_or_else(|| not_durable(format!("{topic} has no partitions")))
    }
}

/// Serves a lane until nobody can bring records any more.
async fn serve(source: Arc<Source>, mut waiting: mpsc::Receiver<Waiting>) {
    let mut wave = Vec::new();
    while waiting.recv_many(&mut wave, WAITING).await > 0 {
        let producer = source.producer.read().clone();
        let mut sent = Vec::with_capacity(wave.len());
        for waiting in wave.drain(..) {
            source.hand_over(&producer, waiting, &mut sent).await;
        }
        source.settle(&producer, &mut sent).await;
    }
}

impl Source {
    /// Hands a record to the producer, unless nobody waits for it any more.
    async fn hand_over(&self, producer: &Producer, waiting: Waiting, sent: &mut Vec<Sent>) {
        if waiting.reply.is_closed() {
            return;
        }
        let mut result = send(producer, &waiting.topic, &waiting.record);
        if is_full(&result) && !sent.is_empty() {
            self.settle(producer, sent).await;
            result = send(producer, &waiting.topic, &waiting.record);
        }
        match result {
            Ok(delivery) => sent.push((delivery, waiting.reply)),
            Err(error) => drop(waiting.reply.send(Err(self.failed(producer, &error)))),
        }
    }

    /// Waits until what was handed over is durable or has failed, and says so.
    async fn settle(&self, producer: &Producer, sent: &mut Vec<Sent>) {
        for (delivery, reply) in sent.drain(..) {
            let place = match delivery.await {
                Ok(Ok(at)) => Ok(Place {
                    partition: at.partition,
                    offset: at.offset,
                }),
                Ok(Err((error, _))) => Err(self.failed(producer, &error)),
                Err(_) => Err(self.failed(producer, &KafkaError::Canceled)),
            };
            // Nobody may wait for it any more.
            drop(reply.send(place));
        }
    }

    fn failed(&self, producer: &Producer, error: &KafkaError) -> TopicError {
        if producer.client().fatal_error().is_some() {
            let mut current = self.producer.write();
            if current.client().fatal_error().is_some() {
                match self.config.create_with_context(self.context.clone()) {
                    Ok(successor) => *current = successor,
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
