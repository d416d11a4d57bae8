//! Reading a topic under a named position, and the atomic step.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Log;
use super::local::PARTITION;
use super::record::{Outcome, Output, Stored, TopicError};

/// Reads a topic under the position of its group. Assignment changes are served between steps:
/// [`Polled::Assigned`] comes before a partition's first batch and again whenever its position had
/// to be read anew, so that what was remembered beyond it can be dropped.
#[derive(Debug)]
pub struct Consumer {
    log: Log,
    group: String,
    topic: &'static str,
    /// The next offset to read; `None`: the position is to be read (anew).
    position: Option<i64>,
}

/// What a poll brings.
#[derive(Debug)]
pub enum Polled {
    /// A partition is ours, from this position on. Drop what is remembered of it and load the
    /// state that belongs to the position before polling again.
    Assigned {
        /// The partition.
        partition: i32,
        /// The next offset that will be read.
        position: i64,
    },
    /// A partition is no longer ours.
    Revoked {
        /// The partition.
        partition: i32,
    },
    /// Records of one partition, in order; at least one.
    Batch(Batch),
}

/// Records of one partition, to be committed as one step.
#[derive(Debug)]
pub struct Batch {
    /// The records, in order.
    pub records: Vec<Stored>,
    partition: i32,
    expected: i64,
    next: i64,
}

impl Batch {
    /// Returns the partition that the records stand on.
    pub const fn partition(&self) -> i32 {
        self.partition
    }

    /// Returns the position after this batch.
    pub const fn next(&self) -> i64 {
        self.next
    }
}

impl Consumer {
    pub(super) fn new(log: Log, group: &str, topic: &'static str) -> Self {
        Self {
            log,
            group: group.to_owned(),
            topic,
            position: None,
        }
    }

    /// Waits for what comes next, at most `max` records of it. Only a commit advances the consumer:
    /// polled again without one, or after a future was dropped, it brings the same records.
    ///
    /// # Errors
    /// [`TopicError::Gap`] when retention has taken records that this group had to read;
    /// [`Consumer::skip_gap`] goes on after them.
    pub async fn poll(&mut self, max: usize) -> Result<Polled, TopicError> {
        let local = self.log.carried_by_local();
        let Some(expected) = self.position else {
            let position = local.assign(&self.group, self.topic).await?;
            self.position = Some(position);
            return Ok(Polled::Assigned {
                partition: PARTITION,
                position,
            });
        };
        loop {
            let chunk = local.chunk(self.topic, Some(expected), max.max(1)).await?;
            if let (Some(first), Some(last)) = (chunk.records.first(), chunk.records.last()) {
                let (unread, age, next) = (chunk.end - expected, age(first), last.offset + 1);
                self.log
                    .metrics
                    .lag(&self.group, self.topic, PARTITION, unread, age);
                let records = chunk.records;
                return Ok(Polled::Batch(Batch {
                    records,
                    partition: PARTITION,
                    expected,
                    next,
                }));
            }
            self.log
                .metrics
                .lag(&self.group, self.topic, PARTITION, 0, Duration::ZERO);
            local.grown(self.topic, chunk.end).await?;
        }
    }

    /// Makes `outputs` and the position after `batch` durable together. On any outcome but
    /// [`Outcome::Committed`], and when the future is dropped, the next poll reads the position
    /// anew.
    pub async fn commit(&mut self, batch: &Batch, outputs: Vec<Output>) -> Outcome {
        let local = self.log.carried_by_local();
        // Taken before the first await: a future that is dropped leaves a step that nobody knows.
        self.position = None;
        let positions = (batch.expected, batch.next);
        let outcome = local
            .step(&self.group, self.topic, positions, outputs)
            .await;
        self.position = (outcome == Outcome::Committed).then_some(batch.next);
        self.log.metrics.stepped(&self.group, &outcome);
        outcome
    }

    /// Goes on after a gap that [`Consumer::poll`] named, at `earliest`; the next poll is
    /// [`Polled::Assigned`], since what is remembered has the gap too.
    pub async fn skip_gap(&mut self, earliest: i64) -> Outcome {
        let Some(expected) = self.position else {
            return Outcome::Fenced;
        };
        let gap = Batch {
            records: Vec::new(),
            partition: PARTITION,
            expected,
            next: earliest,
        };
        let outcome = self.commit(&gap, Vec::new()).await;
        self.position = None;
        outcome
    }
}

/// Returns how long ago a record was appended.
fn age(record: &Stored) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.saturating_sub(Duration::from_millis(
        u64::try_from(record.timestamp_ms).unwrap_or(0),
    ))
}
