//! How far a store is behind its topic.

use std::time::Duration;

use nightlatch_chassis::topic::{Log, Positions, TopicError};

/// What is yet to be read of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lag {
    /// Records by partition.
    pub(crate) records: Vec<(i32, i64)>,
    /// The age of the record that is read next; 0 when all is read.
    pub(crate) age: Duration,
}

/// Finds it for who has read up to `positions`.
pub(crate) async fn find(
    log: &Log,
    topic: &'static str,
    mut positions: Positions,
) -> Result<Lag, TopicError> {
    let bounds = log.bounds(topic).await?;
    let mut reader = log.reader(topic, positions.clone());
    let next = reader.read(1).await?;
    if next.is_empty() {
        // What stands behind the last record is nothing to read.
        positions.clone_from(reader.positions());
    }
    let unread = bounds.iter().map(|bounds| {
        let position = positions.get(&bounds.partition).copied();
        let position = position.unwrap_or(bounds.start);
        (bounds.partition, (bounds.end - position).max(0))
    });
    let now = jiff::Timestamp::now().as_millisecond();
    let age = next.first().map_or(0, |next| now - next.timestamp_ms);
    Ok(Lag {
        records: unread.collect(),
        age: Duration::from_millis(u64::try_from(age).unwrap_or_default()),
    })
}
