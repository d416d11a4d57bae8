//! The atomic step on Kafka: one transaction that holds the outputs and the group's position.
//!
//! Outputs may be handed over before all of them are there: they travel while the rest is made.
//!
//! The calls of librdkafka block, so this runs on a thread that may. A time-out of the commit says
//! nothing of its fate: it is tried again, never aborted, and what stays unknown is settled when the
//! producer of the same name starts anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;

use super::client::Producer;
use super::produce::{Rows, enqueue};
use crate::topic::Outcome;
use crate::topic::fault::Fault;

/// How long one call may take.
const CALL: Duration = Duration::from_secs(5);
/// How long the position may take to be part of the transaction: a coordinator that has gone is
/// waited for in vain.
const POSITION: Duration = Duration::from_secs(3);
/// How long a commit is tried until its outcome is left unknown. Until it is tried, giving the
/// producer up is safe and sooner over than trying again: its successor aborts what it had begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often is looked whether the outputs are delivered.
const TICK: Duration = Duration::from_millis(1);

/// A transaction that outputs are handed to ahead of its step.
pub(super) struct Open {
    producer: Producer,
    /// Why it can only be given up.
    failed: Option<Remedy>,
}

/// A step to be taken.
pub(super) struct Step {
    pub(super) producer: Producer,
    /// The transaction that was begun for it.
    pub(super) open: Option<Open>,
    /// The group's member as it was when the partition was given to it: the broker refuses the
    /// step when that is over.
    pub(super) member: Arc<ConsumerGroupMetadata>,
    pub(super) outputs: Rows,
    pub(super) positions: TopicPartitionList,
    pub(super) fault: Option<Fault>,
}

/// How it ended, and whether the producer can take another.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) is_usable: bool,
}

impl Ended {
    const fn usable(outcome: Outcome) -> Self {
        Self {
            outcome,
            is_usable: true,
        }
    }

    const fn broken(outcome: Outcome) -> Self {
        Self {
            outcome,
            is_usable: false,
        }
    }
}

/// What an error of a transaction asks for.
enum Remedy {
    TryAgain,
    Abort(Outcome),
    NewProducer(Outcome),
}

/// Makes a producer ready for steps: what a former one of its name had begun is decided then.
pub(super) fn begin(producer: &Producer) -> Result<(), KafkaError> {
    let started = Instant::now();
    loop {
        match producer.init_transactions(CALL) {
            Err(error) if is_retriable(&error) && started.elapsed() < PATIENCE => {}
            result => return result,
        }
    }
}

impl Open {
    /// Begins a transaction.
    pub(super) fn begin(producer: Producer) -> Self {
        let begun = producer.begin_transaction();
        Self {
            producer,
            failed: begun.err().map(|error| remedy(&error)),
        }
    }

    /// Hands outputs over; once that has failed, the step can only be aborted. May block.
    pub(super) fn hand_over(&mut self, outputs: &Rows) {
        if self.failed.is_some() {
            return;
        }
        if let Err(error) = enqueue(&self.producer, outputs, Instant::now() + CALL) {
            let outcome = Outcome::Aborted(error.to_string());
            self.failed = Some(Remedy::Abort(outcome));
        }
    }

    /// Gives up what was handed over. Blocks.
    pub(super) fn abandon(self) -> Ended {
        let nobody = Outcome::Aborted("nobody has committed it".to_owned());
        end(&self.producer, self.failed.unwrap_or(Remedy::Abort(nobody)))
    }
}

impl Step {
    /// Takes it.
    pub(super) fn take(mut self) -> Ended {
        let started = Instant::now();
        let open = self.open.take();
        let is_open = open.is_some();
        if self.fault == Some(Fault::FenceStep) {
            return if is_open {
                self.end(Remedy::Abort(Outcome::Fenced))
            } else {
                Ended::usable(Outcome::Fenced)
            };
        }
        if let Some(remedy) = open.and_then(|open| open.failed) {
            return self.end(remedy);
        }
        if let Err(remedy) = self.fill(is_open, started + CALL) {
            return self.end(remedy);
        }
        match self.fault {
            Some(Fault::AbortStep) => {
                return self.end(Remedy::Abort(Outcome::Aborted("on request".to_owned())));
            }
            Some(Fault::UnknownStepLost) => {
                return self.end(Remedy::Abort(Outcome::Unknown("on request".to_owned())));
            }
            _ => {}
        }
        loop {
            match self.producer.commit_transaction(CALL) {
                Ok(()) if self.fault == Some(Fault::UnknownStepDone) => {
                    return Ended::usable(Outcome::Unknown("on request".to_owned()));
                }
                Ok(()) => return Ended::usable(Outcome::Committed),
                Err(error) => match remedy(&error) {
                    Remedy::TryAgain if started.elapsed() < PATIENCE => {}
                    Remedy::TryAgain => {
                        return Ended::broken(Outcome::Unknown(error.to_string()));
                    }
                    remedy => return self.end(remedy),
                },
            }
        }
    }

    /// Puts all that belongs together into a transaction, which may have been begun.
    fn fill(&self, is_open: bool, deadline: Instant) -> Result<(), Remedy> {
        if crate::seeded_bug("outputs-before-position") {
            // Whoever sleeps here wakes as a zombie with nothing begun.
            (0..20).for_each(|_| crate::seeded_bugs::dawdle());
        }
        if !is_open {
            let begun = self.producer.begin_transaction();
            begun.map_err(|error| remedy(&error))?;
        }
        let is_wrong = crate::seeded_bug("position-before-outputs");
        if is_wrong {
            self.send_positions()?;
            self.split()?;
        }
        enqueue(&self.producer, &self.outputs, deadline)
            .map_err(|error| Remedy::Abort(Outcome::Aborted(error.to_string())))?;
        if crate::seeded_bug("outputs-before-position") {
            self.split()?;
        }
        if !is_wrong {
            self.send_positions()?;
        }
        self.deliver(deadline)
    }

    /// Waits until the outputs are delivered or have failed. The commit does so, too, but looks only
    /// ten times a second.
    fn deliver(&self, deadline: Instant) -> Result<(), Remedy> {
        while self.producer.in_flight_count() > 0 {
            if Instant::now() > deadline {
                return Err(Remedy::TryAgain);
            }
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    fn send_positions(&self) -> Result<(), Remedy> {
        let (positions, member) = (&self.positions, &self.member);
        let sent = self
            .producer
            .send_offsets_to_transaction(positions, member, POSITION);
        sent.map_err(|error| remedy(&error))
    }

    /// A bug on purpose: what there is so far in a transaction of its own.
    fn split(&self) -> Result<(), Remedy> {
        let committed = self.producer.commit_transaction(CALL);
        committed.map_err(|error| remedy(&error))?;
        // A step takes a tenth of a second here, and a kill must fall between its two halves.
        (0..10).for_each(|_| crate::seeded_bugs::dawdle());
        let begun = self.producer.begin_transaction();
        begun.map_err(|error| remedy(&error))
    }

    fn end(&self, remedy: Remedy) -> Ended {
        end(&self.producer, remedy)
    }
}

fn end(producer: &Producer, remedy: Remedy) -> Ended {
    match remedy {
        Remedy::Abort(outcome) => match producer.abort_transaction(CALL) {
            Ok(()) => Ended::usable(outcome),
            // The next producer of the name aborts it.
            Err(_) => Ended::broken(outcome),
        },
        Remedy::NewProducer(outcome) => Ended::broken(outcome),
        Remedy::TryAgain => Ended::broken(Outcome::Aborted("it took too long".to_owned())),
    }
}

fn is_retriable(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_retriable())
}

fn remedy(error: &KafkaError) -> Remedy {
    let KafkaError::Transaction(inner) = error else {
        return Remedy::NewProducer(Outcome::Aborted(error.to_string()));
    };
    let outcome = match inner.code() {
        RDKafkaErrorCode::Fenced
        | RDKafkaErrorCode::ProducerFenced
        | RDKafkaErrorCode::InvalidProducerEpoch
        | RDKafkaErrorCode::FencedInstanceId
        | RDKafkaErrorCode::IllegalGeneration
        | RDKafkaErrorCode::UnknownMemberId => Outcome::Fenced,
        _ => Outcome::Aborted(inner.to_string()),
    };
    if inner.is_fatal() {
        Remedy::NewProducer(outcome)
    } else if inner.txn_requires_abort() {
        Remedy::Abort(outcome)
    } else if inner.is_retriable() {
        Remedy::TryAgain
    } else {
        Remedy::NewProducer(outcome)
    }
}
