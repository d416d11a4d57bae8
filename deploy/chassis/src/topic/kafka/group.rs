//! Reading as a member of a group, a step at a time.
//!
//! The group gives a partition to one member at a time. Nothing of a partition is fetched before
//! its position is known, and no step spans a change of the assignment: changes are served while
//! the member polls, which is between steps, and a batch is committed as the member that it was
//! given to, or not at all.

mod assignment;
mod transaction;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use tokio::task::spawn_blocking;

use super::member::{Failed, Member, Search};
use super::{Kafka, stored, unreadable};
use crate::topic::consumer::{Batch, Polled};
use crate::topic::{Outcome, Output, TopicError};

/// How much is kept at hand of all partitions together, in bytes.
const MAX_FETCHED_BYTES: usize = 32 * 1024 * 1024;
/// Steps begin so long one after the other while events trickle in: each is a handful of requests to
/// several brokers and as many records that end the transaction, whatever it holds.
const BEAT: Duration = Duration::from_millis(40);
/// So many records are worth a step at once.
const MUCH: usize = 500;

/// A reader of a topic under the position of its group.
pub(in crate::topic) struct GroupConsumer {
    kafka: Kafka,
    group: String,
    topic: &'static str,
    member: Option<Member>,
    /// When the group took another process of our name for us.
    fenced: VecDeque<Instant>,
    /// When the next step may begin.
    next_step: tokio::time::Instant,
    /// Steps so far.
    steps: u64,
    /// Outputs that a bug on purpose keeps back until their commit.
    ahead: Vec<Output>,
    /// Whether outputs could not be handed over, so that their step must not be committed.
    is_incomplete: bool,
}

impl GroupConsumer {
    pub(in crate::topic) fn new(kafka: Kafka, group: &str, topic: &'static str) -> Self {
        Self {
            kafka,
            group: group.to_owned(),
            topic,
            member: None,
            fenced: VecDeque::new(),
            next_step: tokio::time::Instant::now(),
            steps: 0,
            ahead: Vec::new(),
            is_incomplete: false,
        }
    }

    pub(in crate::topic) async fn poll(&mut self, max: usize) -> Result<Polled, TopicError> {
        tokio::time::sleep_until(self.next_step).await;
        loop {
            self.kafka.alive()?;
            self.join()?;
            self.settle().await;
            self.abandon();
            self.settle().await;
            self.serve_change()?;
            self.take_back();
            self.begin().await?;
            self.find_positions().await?;
            let Some(member) = &mut self.member else {
                continue;
            };
            if let Some(told) = member.to_tell.pop_front() {
                return Ok(told);
            }
            if let Some(gap) = member.gap(self.topic) {
                return Err(gap);
            }
            self.take_more(max.max(1))?;
            let Some(member) = &mut self.member else {
                continue;
            };
            if member.is_unsettled() {
                continue;
            }
            let batches = member.batches(max.max(1));
            if !batches.is_empty() {
                let count: usize = batches.iter().map(|batch| batch.records.len()).sum();
                if count < MUCH.min(max) {
                    self.next_step = tokio::time::Instant::now() + BEAT;
                }
                self.measure();
                return Ok(Polled::Batches(batches));
            }
            self.receive().await?;
        }
    }

    /// Goes on after the gap that was told last.
    pub(in crate::topic) async fn skip_gap(&mut self, earliest: i64) -> Outcome {
        let Some(member) = &mut self.member else {
            return Outcome::Fenced;
        };
        let number = member.gap;
        let Some(partition) = member.partitions.get_mut(&number) else {
            return Outcome::Fenced;
        };
        let Some((wanted, _)) = partition.gap.take() else {
            return Outcome::Fenced;
        };
        partition.out = Some((wanted, earliest));
        let gap = Batch::new(Vec::new(), number, (wanted, earliest), member.assignment);
        let outcome = self.commit(&[gap], Vec::new()).await;
        self.rewind();
        outcome
    }

    /// Has every position read anew.
    pub(in crate::topic) fn rewind(&mut self) {
        let partitions = self
            .member
            .iter_mut()
            .flat_map(|member| member.partitions.values_mut());
        partitions.for_each(|partition| partition.position = None);
    }

    /// Reads the positions that are not known, and begins to fetch from them.
    async fn find_positions(&mut self) -> Result<(), TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(());
        };
        if member.finding.is_none() {
            let unknown = member
                .partitions
                .iter()
                .filter(|(_, held)| held.position.is_none());
            let partitions: Vec<i32> = unknown.map(|(number, _)| *number).collect();
            if partitions.is_empty() {
                return Ok(());
            }
            let search = Search {
                kafka: self.kafka.clone(),
                client: Arc::clone(&member.client),
                topic: self.topic,
                partitions,
                is_new: !std::mem::replace(&mut member.is_fetching, true),
            };
            let assignment = member.assignment;
            let run = spawn_blocking(move || search.run());
            member.finding = Some((assignment, run));
        }
        let Some((assignment, finding)) = &mut member.finding else {
            return Ok(());
        };
        let found = finding.await.map_err(unreadable);
        let is_current = *assignment == member.assignment;
        member.finding = None;
        match found? {
            Ok(found) if is_current => member.found(found),
            Ok(_) => {}
            Err(Failed { error, is_fetching }) => {
                match is_fetching {
                    Some(is_fetching) if is_current => member.is_fetching = is_fetching,
                    Some(_) => {}
                    None => self.leave(),
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes what has come already, as much as a step of `max` records may want and no more: a step of what
    /// another has left over would cost as much as a full one.
    fn take_more(&mut self, max: usize) -> Result<(), TopicError> {
        let Some(member) = &self.member else {
            return Ok(());
        };
        let client = Arc::clone(&member.client);
        let (mut count, mut bytes) = (member.fetched(), 0);
        while count < max
            && bytes < MAX_FETCHED_BYTES
            && let Some(came) = client.recv().now_or_never()
        {
            count += 1;
            bytes += self.take(came)?;
        }
        Ok(())
    }

    /// Waits for what comes next.
    async fn receive(&mut self) -> Result<(), TopicError> {
        let Some(member) = &self.member else {
            return Ok(());
        };
        let client = Arc::clone(&member.client);
        tokio::select! {
            biased;
            () = member.changes.arrived.notified() => {}
            came = client.recv() => {
                self.take(came)?;
            }
        }
        self.measure();
        Ok(())
    }

    /// Takes what has come; returns its size in bytes.
    fn take(&mut self, came: Result<BorrowedMessage<'_>, KafkaError>) -> Result<usize, TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(0);
        };
        match came {
            Ok(message) => return Ok(member.keep(stored(&message))),
            Err(KafkaError::PartitionEOF(number)) => member.at_end(number),
            Err(error) => self.tell(&error)?,
        }
        Ok(0)
    }

    /// Tells what has to be told; what librdkafka deals with itself has not.
    fn tell(&mut self, error: &KafkaError) -> Result<(), TopicError> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.rewind();
                Ok(())
            }
            Some(
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::InvalidSessionTimeout,
            ) => Err(unreadable(error)),
            _ => {
                tracing::debug!(%error, group = self.group, "fetching goes on");
                Ok(())
            }
        }
    }

    /// Says how far behind we are.
    fn measure(&self) {
        let Some(member) = &self.member else { return };
        let metrics = self.kafka.metrics();
        for (number, partition) in &member.partitions {
            if let (Some(position), Some(end)) = (partition.position, member.changes.end(*number)) {
                metrics.unread(&self.group, self.topic, *number, (end - position).max(0));
            }
        }
        let ages = member.partitions.values().map(|partition| partition.age);
        metrics.age(&self.group, self.topic, ages.max().unwrap_or_default());
    }
}

impl std::fmt::Debug for GroupConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupConsumer")
            .field("group", &self.group)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
