//! What a member of a group holds: its partitions, what was fetched of them, and the producer of its
//! steps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{Consumer as _, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use tokio::task::JoinHandle;

use super::client::{Changes, Fetcher, Producer};
use super::step::{Ended, Open};
use super::{Kafka, assign, committed, position_within, seek, unreadable};
use crate::topic::consumer::{Batch, Polled};
use crate::topic::{Outcome, Stored, TopicError};

/// Our membership.
pub(super) struct Member {
    pub(super) client: Arc<Fetcher>,
    pub(super) changes: Arc<Changes>,
    /// Counts assignments: a batch belongs to the one in which it was read.
    pub(super) assignment: u64,
    /// The member as it was when the partitions were given to it.
    pub(super) metadata: Option<Arc<ConsumerGroupMetadata>>,
    /// Whether the client was told to fetch what this assignment has given us.
    pub(super) is_fetching: bool,
    pub(super) partitions: BTreeMap<i32, Partition>,
    /// The one that the last batch was of: the next one is the first of the next step.
    pub(super) last: i32,
    /// The one whose gap was told last.
    pub(super) gap: i32,
    pub(super) to_tell: VecDeque<Polled>,
    pub(super) producer: Option<Producer>,
    pub(super) beginning: Option<JoinHandle<Result<Producer, KafkaError>>>,
    /// The search for positions, and the assignment that it is for.
    pub(super) finding: Option<(u64, Finding)>,
    /// What was handed over ahead of the next step.
    pub(super) open: Option<Open>,
    /// The step that is being taken, or given up, and until when its end is waited for.
    pub(super) step: Option<(tokio::time::Instant, JoinHandle<Ended>)>,
}

pub(super) type Finding = JoinHandle<Result<Vec<Found>, Failed>>;

/// Why positions were not found.
pub(super) struct Failed {
    pub(super) error: TopicError,
    /// What the client fetches now, `None`: nobody knows.
    pub(super) is_fetching: Option<bool>,
}

/// Where a partition is to be read.
pub(super) struct Found {
    pub(super) partition: i32,
    pub(super) position: i64,
    pub(super) gap: Option<(i64, i64)>,
}

/// The search for where partitions are to be read. It goes on when nobody waits for it any more.
pub(super) struct Search {
    pub(super) kafka: Kafka,
    pub(super) client: Arc<Fetcher>,
    pub(super) topic: &'static str,
    pub(super) partitions: Vec<i32>,
    /// Whether the client fetches nothing yet.
    pub(super) is_new: bool,
}

/// A partition that is ours.
#[derive(Debug, Default)]
pub(super) struct Partition {
    /// The next offset to read; `None`: to be read (anew).
    pub(super) position: Option<i64>,
    /// The position that was wanted and the earliest there is, while records between are gone.
    pub(super) gap: Option<(i64, i64)>,
    pub(super) fetched: VecDeque<Stored>,
    /// The batch of it that was given out and not committed: from where to where.
    pub(super) out: Option<(i64, i64)>,
    /// How old the record was that was read last; zero at the end.
    pub(super) age: Duration,
}

impl Search {
    /// Finds the positions and has the client fetch from them. Blocks.
    pub(super) fn run(self) -> Result<Vec<Found>, Failed> {
        let found = self.find().map_err(|error| Failed {
            error,
            is_fetching: Some(!self.is_new),
        })?;
        // Behind a gap nothing is kept until it is passed over.
        let from = found.iter().map(|found| match found.gap {
            Some((_, earliest)) => (found.partition, earliest),
            None => (found.partition, found.position),
        });
        let begin = if self.is_new { assign } else { seek };
        let name = self.kafka.name(self.topic).map_err(lost)?;
        begin(&self.client, &name, &from.collect()).map_err(|error| lost(unreadable(error)))?;
        Ok(found)
    }

    fn find(&self) -> Result<Vec<Found>, TopicError> {
        let name = self.kafka.name(self.topic)?;
        let positions = committed(&self.client, &name, &self.partitions)?;
        let mut found = Vec::with_capacity(self.partitions.len());
        for partition in self.partitions.iter().copied() {
            let bounds = self.kafka.bounds_now(&name, partition)?;
            let wanted = positions.get(&partition).copied();
            let (position, gap) = match position_within(self.topic, wanted, bounds) {
                Ok(position) => (position, None),
                Err(TopicError::Gap {
                    wanted, earliest, ..
                }) => (wanted, Some((wanted, earliest))),
                Err(error) => return Err(error),
            };
            found.push(Found {
                partition,
                position,
                gap,
            });
        }
        Ok(found)
    }
}

const fn lost(error: TopicError) -> Failed {
    Failed {
        error,
        is_fetching: None,
    }
}

impl Member {
    /// Takes in where partitions are to be read.
    pub(super) fn found(&mut self, found: Vec<Found>) {
        for Found {
            partition,
            position,
            gap,
        } in found
        {
            if let Some(held) = self.partitions.get_mut(&partition) {
                held.position = Some(position);
                held.gap = gap;
                held.fetched.clear();
                self.to_tell.push_back(Polled::Assigned {
                    partition,
                    position,
                });
            }
        }
    }

    /// Keeps a record until its batch; returns its size in bytes.
    pub(super) fn keep(&mut self, record: Stored) -> usize {
        let bytes = record.record.key.len() + record.record.value.len();
        if let Some(partition) = self.partitions.get_mut(&record.partition)
            && partition
                .position
                .is_some_and(|position| position <= record.offset)
        {
            partition.fetched.push_back(record);
        }
        bytes
    }

    /// Whether a change is to be served, or a position to be found, before anything is given out.
    pub(super) fn is_unsettled(&self) -> bool {
        let mut partitions = self.partitions.values();
        self.changes.next().is_some() || partitions.any(|partition| partition.position.is_none())
    }

    /// Returns how many records are kept.
    pub(super) fn fetched(&self) -> usize {
        let partitions = self.partitions.values();
        partitions.map(|partition| partition.fetched.len()).sum()
    }

    pub(super) fn at_end(&mut self, number: i32) {
        if let Some(partition) = self.partitions.get_mut(&number)
            && partition.fetched.is_empty()
        {
            partition.age = Duration::ZERO;
        }
    }

    /// Returns a gap that has to be passed over.
    pub(super) fn gap(&mut self, topic: &'static str) -> Option<TopicError> {
        let gaps = self.partitions.iter();
        let mut gaps = gaps.filter_map(|(number, held)| Some((*number, held.gap?)));
        let (partition, (wanted, earliest)) = gaps.next()?;
        self.gap = partition;
        Some(TopicError::Gap {
            topic,
            partition,
            wanted,
            earliest,
        })
    }

    /// Gives out the next records of all partitions, beginning with the one whose turn it is.
    pub(super) fn batches(&mut self, max: usize) -> Vec<Batch> {
        let after = self.partitions.range(self.last.saturating_add(1)..);
        let turns = after.chain(self.partitions.range(..=self.last));
        let turns: Vec<i32> = turns.map(|(number, _)| *number).collect();
        let mut room = max;
        let mut batches = Vec::new();
        for number in turns {
            if let Some(batch) = self.batch(number, room) {
                room -= batch.records.len();
                self.last = number;
                batches.push(batch);
            }
        }
        batches
    }

    fn batch(&mut self, number: i32, max: usize) -> Option<Batch> {
        let held = self.partitions.get_mut(&number)?;
        let expected = held.position?;
        let count = held.fetched.len().min(max);
        let records: Vec<Stored> = held.fetched.drain(..count).collect();
        let next = records.last()?.offset + 1;
        held.age = records.first()?.age();
        held.out = Some((expected, next));
        Some(Batch::new(
            records,
            number,
            (expected, next),
            self.assignment,
        ))
    }

    /// Takes note that a batch is to be committed. It must be the one that is out, of this assignment.
    pub(super) fn give_back(&mut self, batch: &Batch) -> Result<(), Outcome> {
        let is_unchecked = crate::seeded_bug("fresh-group-metadata");
        let is_twice = crate::seeded_bug("unknown-is-aborted");
        if let Some(held) = self.partitions.get_mut(&batch.partition()) {
            held.position = None;
            let out = held.out.take();
            if out != Some((batch.expected(), batch.next())) && !is_unchecked && !is_twice {
                return Err(Outcome::Fenced);
            }
        } else if !is_unchecked {
            return Err(Outcome::Fenced);
        }
        if self.assignment == batch.assignment() || is_unchecked {
            Ok(())
        } else {
            Err(Outcome::Fenced)
        }
    }
}

impl Drop for Member {
    /// Closing waits until every partition is let go of, and from here on nobody serves changes.
    fn drop(&mut self) {
        self.changes.close();
        if let Err(error) = self.client.unassign() {
            tracing::debug!(%error, "partitions could not be let go of");
        }
    }
}
