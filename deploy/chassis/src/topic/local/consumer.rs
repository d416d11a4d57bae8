//! Reading the one partition of a topic under the position of a group.

use std::time::Duration;

use super::{Local, PARTITION};
use crate::topic::consumer::{Batch, Polled};
use crate::topic::metrics::TopicMetrics;
use crate::topic::record::{Outcome, Output, TopicError};

/// A reader of a topic under the position of its group.
#[derive(Debug)]
pub(in crate::topic) struct LocalConsumer {
    local: Local,
    metrics: TopicMetrics,
    group: String,
    topic: &'static str,
    /// The next offset to read; `None`: the position is to be read (anew).
    position: Option<i64>,
    /// Handed over ahead of a commit.
    ahead: Vec<Output>,
}

impl LocalConsumer {
    pub(in crate::topic) fn new(
        local: Local,
        metrics: TopicMetrics,
        group: &str,
        topic: &'static str,
    ) -> Self {
        let group = group.to_owned();
        Self {
            local,
            metrics,
            group,
            topic,
            position: None,
            ahead: Vec::new(),
        }
    }

    pub(in crate::topic) async fn poll(&mut self, max: usize) -> Result<Polled, TopicError> {
        self.ahead.clear();
        let Some(expected) = self.position else {
            let position = self.local.assign(&self.group, self.topic).await?;
            self.position = Some(position);
            return Ok(Polled::Assigned {
                partition: PARTITION,
                position,
            });
        };
        loop {
            let chunk = self
                .local
                .chunk(self.topic, Some(expected), max.max(1))
                .await?;
            if let (Some(first), Some(last)) = (chunk.records.first(), chunk.records.last()) {
                let positions = (expected, last.offset + 1);
                self.measure(chunk.end - expected, first.age());
                let batch = Batch::new(chunk.records, PARTITION, positions, 0);
                return Ok(Polled::Batches(vec![batch]));
            }
            self.measure(0, Duration::ZERO);
            self.local.grown(self.topic, chunk.end).await?;
        }
    }

    pub(in crate::topic) fn hand_over(&mut self, mut outputs: Vec<Output>) {
        self.ahead.append(&mut outputs);
    }

    pub(in crate::topic) async fn commit(
        &mut self,
        batches: &[Batch],
        mut outputs: Vec<Output>,
    ) -> Outcome {
        let mut all = std::mem::take(&mut self.ahead);
        all.append(&mut outputs);
        let Some(batch) = batches.first() else {
            return Outcome::Committed;
        };
        // Taken before the first await: a future that is dropped leaves a step that nobody knows.
        self.position = None;
        let positions = (batch.expected(), batch.next());
        let outcome = self
            .local
            .step(&self.group, self.topic, positions, all)
            .await;
        self.position = (outcome == Outcome::Committed).then_some(batch.next());
        outcome
    }

    pub(in crate::topic) async fn skip_gap(&mut self, earliest: i64) -> Outcome {
        let Some(expected) = self.position else {
            return Outcome::Fenced;
        };
        let gap = Batch::new(Vec::new(), PARTITION, (expected, earliest), 0);
        let outcome = self.commit(&[gap], Vec::new()).await;
        self.position = None;
        outcome
    }

    pub(in crate::topic) const fn rewind(&mut self) {
        self.position = None;
    }

    fn measure(&self, unread: i64, age: Duration) {
        self.metrics
            .unread(&self.group, self.topic, PARTITION, unread);
        self.metrics.age(&self.group, self.topic, age);
    }
}
