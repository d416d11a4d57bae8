//! The transaction of a step: what is handed over to it, committed with it, or given up.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;
use rdkafka::topic_partition_list::Offset;
use tokio::task::spawn_blocking;

use super::GroupConsumer;
use crate::seeded_bugs::{step_aborts, step_unknowns};
use crate::topic::consumer::Batch;
use crate::topic::fault::Fault;
use crate::topic::kafka::client::{Context, Producer, discard};
use crate::topic::kafka::step::{self, Ended, Open, Step};
use crate::topic::kafka::{stored, unreadable};
use crate::topic::{Outcome, Output, TopicError};

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

impl GroupConsumer {
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
    pub(super) fn abandon(&mut self) {
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
    pub(super) async fn settle(&mut self) -> Option<Outcome> {
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

    /// Sees to it that there is a producer for steps. What a former one had begun is over then.
    pub(super) async fn begin(&mut self) -> Result<(), TopicError> {
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
}
