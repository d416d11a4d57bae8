//! Reading a topic under a named position, and the atomic step.

use super::kafka::GroupConsumer;
use super::local::LocalConsumer;
use super::metrics::TopicMetrics;
use super::record::{Outcome, Output, Stored, TopicError};

/// Reads a topic under the position of its group. Assignment changes are served between steps:
/// [`Polled::Assigned`] comes before a partition's first batch and again whenever its position had
/// to be read anew, so that what was remembered beyond it can be dropped.
#[derive(Debug)]
pub struct Consumer {
    carried: Carried,
    group: String,
    metrics: TopicMetrics,
}

#[derive(Debug)]
pub(super) enum Carried {
    Local(LocalConsumer),
    Kafka(Box<GroupConsumer>),
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
    /// The group has nothing for us: others have every partition.
    Spare,
    /// Records, a batch for each partition that has some; at least one. They are one step.
    Batches(Vec<Batch>),
}

/// Records of one partition, to be committed in one step.
#[derive(Debug)]
pub struct Batch {
    /// The records, in order.
    pub records: Vec<Stored>,
    partition: i32,
    expected: i64,
    next: i64,
    assignment: u64,
}

impl Batch {
    /// `positions`: before and after it. `assignment` counts how often the group has given us
    /// partitions.
    pub(super) const fn new(
        records: Vec<Stored>,
        partition: i32,
        positions: (i64, i64),
        assignment: u64,
    ) -> Self {
        let (expected, next) = positions;
        Self {
            records,
            partition,
            expected,
            next,
            assignment,
        }
    }

    /// Returns the partition that the records stand on.
    pub const fn partition(&self) -> i32 {
        self.partition
    }

    /// Returns the position after this batch.
    pub const fn next(&self) -> i64 {
        self.next
    }

    /// Returns the position before this batch.
    pub(super) const fn expected(&self) -> i64 {
        self.expected
    }

    /// Returns the assignment in which this batch was read.
    pub(super) const fn assignment(&self) -> u64 {
        self.assignment
    }
}

impl Consumer {
    pub(super) fn new(carried: Carried, group: &str, metrics: TopicMetrics) -> Self {
        Self {
            carried,
            group: group.to_owned(),
            metrics,
        }
    }

    /// Waits for what comes next, at most `max` records of it. Only a commit advances the consumer:
    /// polled again without one, or after a future was dropped, it brings the same records.
    ///
    /// # Errors
    /// [`TopicError::Gap`] when retention has taken records that this group had to read;
    /// [`Consumer::skip_gap`] goes on after them.
    pub async fn poll(&mut self, max: usize) -> Result<Polled, TopicError> {
        match &mut self.carried {
            Carried::Local(consumer) => consumer.poll(max).await,
            Carried::Kafka(consumer) => consumer.poll(max).await,
        }
    }

    /// Hands outputs over while more of the step are being made, so that they are on their way already
    /// when it is committed. Nobody sees them before, and nobody ever does when the next call is a
    /// poll. May block for as long as a step may take.
    pub fn hand_over(&mut self, outputs: Vec<Output>) {
        match &mut self.carried {
            Carried::Local(consumer) => consumer.hand_over(outputs),
            Carried::Kafka(consumer) => consumer.hand_over(outputs),
        }
    }

    /// Makes `outputs`, those handed over before and the positions after `batches`, which one poll
    /// brought, durable together.
    /// On any outcome but [`Outcome::Committed`], and when the future is dropped, the next poll
    /// reads the positions anew.
    pub async fn commit(&mut self, batches: &[Batch], outputs: Vec<Output>) -> Outcome {
        let outcome = match &mut self.carried {
            Carried::Local(consumer) => consumer.commit(batches, outputs).await,
            Carried::Kafka(consumer) => consumer.commit(batches, outputs).await,
        };
        self.metrics.stepped(&self.group, &outcome);
        outcome
    }

    /// Goes on after the gap that [`Consumer::poll`] named last, at `earliest`; the next poll is
    /// [`Polled::Assigned`], since what is remembered has the gap too.
    pub async fn skip_gap(&mut self, earliest: i64) -> Outcome {
        match &mut self.carried {
            Carried::Local(consumer) => consumer.skip_gap(earliest).await,
            Carried::Kafka(consumer) => consumer.skip_gap(earliest).await,
        }
    }

    /// Has the position of every partition that is ours read anew: each is [`Polled::Assigned`]
    /// again.
    pub fn rewind(&mut self) {
        match &mut self.carried {
            Carried::Local(consumer) => consumer.rewind(),
            Carried::Kafka(consumer) => consumer.rewind(),
        }
    }
}
