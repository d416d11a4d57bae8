//! Handing records to a producer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use rdkafka::producer::future_producer::DeliveryFuture;

use super::client::Producer;
use crate::topic::Record;

/// Waited until a full queue is tried again.
const FULL: Duration = Duration::from_millis(2);

/// Records with the names that their topics have on the cluster.
pub(super) type Rows = Vec<(Arc<str>, Record)>;

/// Hands records to a producer, which may have to make room first.
pub(super) fn enqueue(
    producer: &Producer,
    rows: &Rows,
    deadline: Instant,
) -> Result<(), KafkaError> {
    for (topic, record) in rows {
        loop {
            match send(producer, topic, record) {
                // The step waits for all deliveries together.
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

/// Hands a record to a producer.
pub(super) fn send(
    producer: &Producer,
    topic: &str,
    record: &Record,
) -> Result<DeliveryFuture, KafkaError> {
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
