//! Reading the one partition of a topic from a position on.

use super::{Local, PARTITION};
use crate::topic::record::{Positions, Stored, TopicError};

/// Reads a topic.
#[derive(Debug)]
pub(in crate::topic) struct LocalReader {
    local: Local,
    topic: &'static str,
    positions: Positions,
    has_more: bool,
}

impl LocalReader {
    pub(in crate::topic) const fn new(
        local: Local,
        topic: &'static str,
        positions: Positions,
    ) -> Self {
        Self {
            local,
            topic,
            positions,
            has_more: false,
        }
    }

    pub(in crate::topic) async fn next(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        loop {
            let records = self.read(max).await?;
            if !records.is_empty() {
                return Ok(records);
            }
            let end = self.positions.get(&PARTITION).copied().unwrap_or_default();
            self.local.grown(self.topic, end).await?;
        }
    }

    pub(in crate::topic) async fn read(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        let from = self.positions.get(&PARTITION).copied();
        let chunk = self.local.chunk(self.topic, from, max.max(1)).await?;
        let next = chunk
            .records
            .last()
            .map_or(chunk.end, |last| last.offset + 1);
        self.has_more = next < chunk.end;
        self.positions.insert(PARTITION, next);
        Ok(chunk.records)
    }

    pub(in crate::topic) const fn has_more(&self) -> bool {
        self.has_more
    }

    pub(in crate::topic) const fn positions(&self) -> &Positions {
        &self.positions
    }

    pub(in crate::topic) fn seek(&mut self, positions: Positions) {
        self.positions = positions;
    }
}
