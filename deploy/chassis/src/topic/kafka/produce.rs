//! Handing records to a producer, and waiting until they are durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureRecord, Producer as _};

use super::client::{Context, Producer};
use crate::topic::{Place, Record, TopicError};

/// Waited until a full queue is tried again.
const FULL: Duration = Duration::from_millis(2);

/// Records with the names that their topics have on the cluster.
pub(super) type Rows = Vec<(Arc<str>, Record)>;

/// The producer of appends. A fatal error ends a producer's life, not ours: it gets a successor.
pub(super) struct Appender {
    config: ClientConfig,
    context: Context,
    producer: RwLock<Producer>,
}

impl Appender {
    pub(super) fn new(config: ClientConfig, context: Context) -> Result<Self, KafkaError> {
        let producer = RwLock::new(config.create_with_context(context.clone())?);
        Ok(Self {
            config,
            context,
            producer,
        })
    }

    /// Appends records and returns where when all are durable.
    pub(super) async fn append(&self, rows: &Rows) -> Result<Vec<Place>, TopicError> {
        let producer = self.producer.read().clone();
        let mut sent = Vec::with_capacity(rows.len());
        for (topic, record) in rows {
            sent.push(
                send(&producer, topic, record).map_err(|error| self.failed(&producer, &error))?,
            );
        }
        if crate::seeded_bug("ack-before-durable") {
            return Ok(vec![
                Place {
                    partition: 0,
                    offset: 0
                };
                rows.len()
            ]);
        }
        let mut places = Vec::with_capacity(sent.len());
        let mut failure = None;
        for delivery in sent {
            match delivery.await {
                Ok(Ok(at)) => places.push(Place {
                    partition: at.partition,
                    offset: at.offset,
                }),
                Ok(Err((error, _))) => failure = Some(error),
                Err(_) => failure = Some(KafkaError::Canceled),
            }
        }
        match failure {
            None => Ok(places),
            Some(error) => Err(self.failed(&producer, &error)),
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
        TopicError::NotDurable(error.to_string())
    }
}

/// Hands records to a producer, which may have to make room first.
pub(super) fn enqueue(
    producer: &Producer,
    rows: &Rows,
    deadline: Instant,
) -> Result<(), KafkaError> {
    for (topic, record) in rows {
        loop {
            match send(producer, topic, record) {
                // The commit of the transaction waits for the delivery.
                Ok(_) => break,
                Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull))
                    if Instant::now() < deadline =>
                {
                    std::thread::sleep(FULL);
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn send(producer: &Producer, topic: &str, record: &Record) -> Result<DeliveryFuture, KafkaError> {
    let mut message = FutureRecord::<[u8], [u8]>::to(topic).key(&record.key);
    // No value at all is what compaction takes for a tombstone.
    if !record.value.is_empty() {
        message = message.payload(&record.value);
    }
    if !record.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(record.headers.len());
        let headers = record
            .headers
            .iter()
            .fold(headers, |headers, (key, value)| {
                headers.insert(Header {
                    key,
                    value: Some(value),
                })
            });
        message = message.headers(headers);
    }
    producer.send_result(message).map_err(|(error, _)| error)
}
