//! Reading as a member of a group, a step at a time.
//!
//! The group gives a partition to one member at a time. Nothing of a partition is fetched before
//! its position is known, and no step spans a change of the assignment: changes are served while
//! the member polls, which is between steps, and a batch is committed as the member that it was
//! given to, or not at all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use tokio::task::spawn_blocking;

use super::client::{Change, Changes, Context, Fetcher, Producer, discard};
use super::member::{Failed, Member, Partition, Search};
use super::step::{self, Ended, Open, Step};
use super::{Kafka, stored, unreadable};
use crate::seeded_bugs::{step_aborts, step_unknowns};
use crate::topic::consumer::{Batch, Polled};
use crate::topic::fault::Fault;
use crate::topic::{Outcome, Output, TopicError};

/// How much is kept at hand of all partitions together, in bytes.
const MAX_FETCHED_BYTES: usize = 32 * 1024 * 1024;
/// Steps begin so long one after the other while events trickle in: each is a handful of requests to
/// several brokers and as many records that end the transaction, whatever it holds.
const BEAT: Duration = Duration::from_millis(40);
/// So many records are worth a step at once.
const MUCH: usize = 500;
/// So often within so long a member may be fenced until it is sure to have a namesake.
const FENCED_AT_MOST: usize = 3;
const NAMESAKES: Duration = Duration::from_secs(30);
/// Bugs on purpose that split a step between its outputs and its position, take it twice, or wait
/// before it: they need all outputs at its end.
const KEEPS_BACK: [&str; 4] = [
    "fresh-group-metadata",
    "position-before-outputs",
    "outputs-before-position",
    "unknown-is-aborted",
];
/// Of the bug that polls with batches in hand: for a moment, or until a change is over.
const RIDE_OUT_TICK: Duration = Duration::from_millis(10);
const RIDE_OUT_TICKS: u32 = 500;

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
            let batches = member.batches(max.max(1));
            if !batches.is_empty() {
                let count: usize = batches.iter().map(|batch| batch.records.len()).sum();
                let beat = if count < MUCH { BEAT } else { Duration::ZERO };
                self.next_step = tokio::time::Instant::now() + beat;
                self.measure();
                return Ok(Polled::Batches(batches));
            }
            self.receive(max).await?;
        }
    }

    /// Hands outputs to the transaction of the step that is being made. May block.
    pub(in crate::topic) fn hand_over(&mut self, outputs: Vec<Output>) {
        if KEEPS_BACK.iter().any(|bug| crate::seeded_bug(bug)) {
            self.ahead.extend(outputs);
            return;
        }
        let rows = self.kafka.rows(outputs);
        let producer = self
            .member
            .as_mut()
            .map(|member| (member.producer.clone(), member));
        if let (Ok(rows), Some((Some(producer), member))) = (&rows, producer) {
            let open = member.open.get_or_insert_with(|| Open::begin(producer));
            open.hand_over(rows);
        } else {
            self.is_incomplete = true;
        }
    }

    /// Gives up what was handed over and not committed.
    fn abandon(&mut self) {
        self.ahead.clear();
        self.is_incomplete = false;
        let Some(member) = &mut self.member else {
            return;
        };
        if let Some(open) = member.open.take() {
            let deadline = tokio::time::Instant::now() + self.kafka.config().longest_step();
            member.step = Some((deadline, spawn_blocking(move || open.abandon())));
        }
    }

    /// Commits outputs and the positions after `batches` in one transaction.
    pub(in crate::topic) async fn commit(
        &mut self,
        batches: &[Batch],
        mut outputs: Vec<Output>,
    ) -> Outcome {
        if std::mem::take(&mut self.is_incomplete) {
            return Outcome::Aborted("there was no producer to hand outputs to".to_owned());
        }
        if !self.ahead.is_empty() {
            outputs = self.ahead.drain(..).chain(outputs).collect();
        }
        let again = crate::seeded_bug("unknown-is-aborted").then(|| outputs.clone());
        if crate::seeded_bug("fresh-group-metadata") {
            self.ride_out().await;
        }
        match self.prepare(batches, outputs) {
            Ok(step) => {
                let Some(member) = &mut self.member else {
                    return Outcome::Fenced;
                };
                let deadline = tokio::time::Instant::now() + self.kafka.config().longest_step();
                member.step = Some((deadline, spawn_blocking(move || step.take())));
            }
            Err(outcome) => return outcome,
        }
        let outcome = self.settle().await.unwrap_or(Outcome::Fenced);
        if let (Some(outputs), Outcome::Unknown(_)) = (again, &outcome) {
            return Box::pin(self.commit(batches, outputs)).await;
        }
        if outcome == Outcome::Committed
            && let Some(member) = &mut self.member
        {
            for batch in batches {
                if let Some(held) = member.partitions.get_mut(&batch.partition()) {
                    held.position = Some(batch.next());
                    // Who is at the end is told so once, which may have been before this step.
                    if held.fetched.is_empty() && member.changes.is_read(batch) {
                        held.age = Duration::ZERO;
                    }
                }
            }
            self.measure();
        }
        outcome
    }

    /// A bug on purpose: goes on polling with batches in hand, over a change of the assignment.
    async fn ride_out(&mut self) {
        let Some(member) = &mut self.member else {
            return;
        };
        for tick in 0..RIDE_OUT_TICKS {
            while let Some(came) = member.client.recv().now_or_never() {
                if let Ok(message) = came {
                    member.keep(stored(&message));
                }
            }
            if tick >= RIDE_OUT_TICKS / 40 && !member.changes.is_revoked() {
                return;
            }
            tokio::time::sleep(RIDE_OUT_TICK).await;
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

    /// Makes a step of batches. Until it is committed, their positions are not known.
    fn prepare(&mut self, batches: &[Batch], outputs: Vec<Output>) -> Result<Step, Outcome> {
        self.steps += 1;
        let comes =
            |every: Option<u64>| every.is_some_and(|every| self.steps.is_multiple_of(every));
        let fault = self.kafka.shared.faults.next_for_step();
        let fault = fault.or(comes(step_aborts()).then_some(Fault::AbortStep));
        let fault = fault.or(comes(step_unknowns()).then_some(Fault::UnknownStepDone));
        if fault == Some(Fault::FatalStep) {
            return Err(Outcome::Fatal(self.kafka.fail("on request").to_string()));
        }
        let refused = |error: TopicError| Outcome::Aborted(error.to_string());
        let name = self.kafka.name(self.topic).map_err(refused)?;
        let outputs = self.kafka.rows(outputs).map_err(refused)?;
        let Some(member) = &mut self.member else {
            return Err(Outcome::Fenced);
        };
        let mut positions = TopicPartitionList::new();
        for batch in batches {
            member.give_back(batch)?;
            let next = Offset::Offset(batch.next());
            let added = positions.add_partition_offset(&name, batch.partition(), next);
            added.map_err(|error| Outcome::Aborted(error.to_string()))?;
        }
        let metadata = if crate::seeded_bug("fresh-group-metadata") {
            member.client.group_metadata().map(Arc::new)
        } else {
            member.metadata.clone()
        };
        let (Some(metadata), Some(producer)) = (metadata, member.producer.clone()) else {
            return Err(Outcome::Aborted("there is no producer".to_owned()));
        };
        Ok(Step {
            open: member.open.take(),
            producer,
            member: metadata,
            outputs,
            positions,
            fault,
        })
    }

    /// Waits for the step that is being taken, if there is one.
    async fn settle(&mut self) -> Option<Outcome> {
        let member = self.member.as_mut()?;
        let (deadline, step) = member.step.as_mut()?;
        let unknown = |reason: String| Ended {
            outcome: Outcome::Unknown(reason),
            is_usable: false,
        };
        let ended = if let Ok(ended) = tokio::time::timeout_at(*deadline, step).await {
            ended.unwrap_or_else(|error| unknown(error.to_string()))
        } else {
            // librdkafka can lose a call when the brokers change. The thread keeps the producer; the
            // next one of its name decides what it has begun.
            tracing::error!("librdkafka does not end a step; another producer takes over");
            unknown("no answer".to_owned())
        };
        member.step = None;
        if !ended.is_usable {
            discard(member.producer.take());
        }
        Some(ended.outcome)
    }

    /// Joins the group.
    fn join(&mut self) -> Result<(), TopicError> {
        let topic = self.kafka.name(self.topic)?;
        if self.member.is_some() {
            return Ok(());
        }
        let changes = Arc::new(Changes::default());
        let context = Context::member(self.kafka.metrics().clone(), Arc::clone(&changes));
        let config = self.kafka.config().group(&self.group);
        let client: Fetcher = config.create_with_context(context).map_err(unreadable)?;
        client.subscribe(&[&topic]).map_err(unreadable)?;
        self.member = Some(Member {
            client: Arc::new(client),
            changes,
            assignment: 0,
            metadata: None,
            is_fetching: false,
            partitions: BTreeMap::new(),
            last: -1,
            gap: -1,
            to_tell: VecDeque::new(),
            producer: None,
            beginning: None,
            finding: None,
            open: None,
            step: None,
        });
        Ok(())
    }

    /// Takes in what the group has decided.
    fn serve_change(&mut self) -> Result<(), TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(());
        };
        if let Some((code, reason)) = member.client.client().fatal_error() {
            return Err(self.thrown_out(code, &reason));
        }
        while let Some(change) = member.changes.next() {
            let gone = std::mem::take(&mut member.partitions);
            for partition in gone.into_keys() {
                self.kafka
                    .metrics()
                    .unread(&self.group, self.topic, partition, 0);
                member.to_tell.push_back(Polled::Revoked { partition });
            }
            member.metadata = None;
            member.is_fetching = false;
            if let Change::Assigned(partitions) = change {
                let metadata = member.client.group_metadata();
                // A membership that is over has no generation: what it commits nobody checks.
                if !member.client.assignment_lost() {
                    member.metadata = metadata.map(Arc::new);
                    member.assignment += 1;
                    let new = partitions
                        .into_iter()
                        .map(|number| (number, Partition::default()));
                    member.partitions = new.collect();
                    if member.partitions.is_empty() {
                        member.to_tell.push_back(Polled::Spare);
                    }
                }
            }
            member.changes.served();
        }
        Ok(())
    }

    /// Ends a membership that was declared over. A member is taken for fenced, too, when its session
    /// has run out, or when a broker died while it joined; so another membership begins. Who is
    /// fenced again and again has a namesake, who lives.
    fn thrown_out(&mut self, code: RDKafkaErrorCode, reason: &str) -> TopicError {
        if code != RDKafkaErrorCode::FencedInstanceId {
            return self.kafka.fail(reason);
        }
        self.fenced.push_back(Instant::now());
        self.fenced.retain(|at| at.elapsed() < NAMESAKES);
        if self.fenced.len() > FENCED_AT_MOST {
            let instance = &self.kafka.config().instance;
            return self.kafka.fail(&format!(
                "another process has taken over under the name {instance} (kafka.instance)"
            ));
        }
        self.leave();
        TopicError::Unreadable(format!("the membership of the group is over: {reason}"))
    }

    /// Gives the membership up, so that the next poll begins another.
    fn leave(&mut self) {
        discard(self.member.take());
    }

    /// Takes batches back that were given out and never committed.
    fn take_back(&mut self) {
        let partitions = self
            .member
            .iter_mut()
            .flat_map(|member| member.partitions.values_mut());
        for partition in partitions {
            if partition.out.take().is_some() {
                partition.position = None;
            }
        }
    }

    /// Sees to it that there is a producer for steps. What a former one had begun is over then.
    async fn begin(&mut self) -> Result<(), TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(());
        };
        if member.producer.is_some() || member.partitions.is_empty() {
            return Ok(());
        }
        let beginning = member.beginning.get_or_insert_with(|| {
            let config = self.kafka.config().stepper(&self.group);
            let context = Context::new("stepper", self.kafka.metrics().clone());
            spawn_blocking(move || {
                let producer: Producer = config.create_with_context(context)?;
                step::begin(&producer).map(|()| producer)
            })
        });
        let begun = beginning.await;
        member.beginning = None;
        member.producer = Some(begun.map_err(unreadable)?.map_err(unreadable)?);
        Ok(())
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

    /// Waits for what comes next, and takes what has come with it.
    async fn receive(&mut self, max: usize) -> Result<(), TopicError> {
        let Some(member) = &mut self.member else {
            return Ok(());
        };
        let client = Arc::clone(&member.client);
        let enough = max.saturating_mul(member.partitions.len().max(1));
        let mut came = tokio::select! {
            biased;
            () = member.changes.arrived.notified() => {
                self.measure();
                return Ok(());
            }
            came = client.recv() => Some(came),
        };
        let (mut count, mut bytes) = (0, 0);
        while let Some(event) = came {
            match event {
                Ok(message) => bytes += member.keep(stored(&message)),
                Err(KafkaError::PartitionEOF(number)) => member.at_end(number),
                Err(error) => {
                    self.tell(&error)?;
                    break;
                }
            }
            count += 1;
            let is_enough = count >= enough || bytes >= MAX_FETCHED_BYTES;
            came = if is_enough {
                None
            } else {
                client.recv().now_or_never()
            };
        }
        self.measure();
        Ok(())
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
