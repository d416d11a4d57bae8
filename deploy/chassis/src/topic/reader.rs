//! Reading a topic with the position kept by the caller.

use super::Log;
use super::local::PARTITION;
use super::record::{Positions, Stored, TopicError};

/// Reads a topic from given positions on.
#[derive(Debug)]
pub struct Reader {
    log: Log,
    topic: &'static str,
    positions: Positions,
}

impl Reader {
    pub(super) const fn new(log: Log, topic: &'static str, positions: Positions) -> Self {
        Self {
            log,
            topic,
            positions,
        }
    }

    /// Returns the next records, at least one and at most `max`, in the order of their partition;
    /// waits until there is one. A future that is dropped has not advanced the reader.
    ///
    /// # Errors
    /// [`TopicError::Gap`] when retention has taken records that were not read; `seek` past it.
    /// [`TopicError::Beyond`] when the position was made on another log.
    pub async fn next(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        loop {
            let records = self.read(max).await?;
            if !records.is_empty() {
                return Ok(records);
            }
            let end = self.positions.get(&PARTITION).copied().unwrap_or_default();
            self.log.carried_by_local().grown(self.topic, end).await?;
        }
    }

    /// Returns the records that are there now, at most `max`; none at the end, where the positions
    /// are the topic's ends then.
    pub async fn read(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        let from = self.positions.get(&PARTITION).copied();
        let chunk = self
            .log
            .carried_by_local()
            .chunk(self.topic, from, max.max(1))
            .await?;
        let next = chunk
            .records
            .last()
            .map_or(chunk.end, |last| last.offset + 1);
        self.positions.insert(PARTITION, next);
        Ok(chunk.records)
    }

    /// Returns the next offset to read of each partition that has been read or named.
    pub const fn positions(&self) -> &Positions {
        &self.positions
    }

    /// Goes to other positions.
    pub fn seek(&mut self, positions: Positions) {
        self.positions = positions;
    }
}
