//! The loop: read a batch, judge it, commit its outputs and the position in one atomic step.
//!
//! What was remembered while judging is kept only when the step is Committed. On anything else, and
//! when the memory or the log fails for a moment, all that is held is dropped, the position read
//! again and the batch judged anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Batch, Consumer, Log, Outcome, Output, Polled, TopicError};
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use tokio::sync::watch;
use tokio::task::block_in_place;

use crate::catch_up::{Partition, catch_up, end_of};
use crate::judge::{Judge, Judged};
use crate::memory::Memory;
use crate::metrics::DetectorMetrics;
use crate::policy::in_force::InForce;
use crate::service::{DetectorError, GROUP};

/// Waited after the first trouble; each further one in a row doubles it, up to the last.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long a step should take at the most: while one is taken, no rebalance is served and nothing
/// of it is seen.
const LONG: Duration = Duration::from_millis(500);
/// How small the largest step becomes when steps fail or take long.
const LEAST_STEP: usize = 50;
/// Ids that are emitted before the memory notes again from where on it would have to learn them.
const NOTE_EVERY: usize = 1000;

/// The detector's loop with all it holds.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) log: Log,
    pub(crate) rules: watch::Receiver<Option<Arc<InForce>>>,
    pub(crate) memory: Memory,
    pub(crate) metrics: DetectorMetrics,
    pub(crate) latch: Latch,
    pub(crate) max_step: usize,
    /// How many events the next step judges at the most.
    pub(crate) step_size: usize,
    /// What is held of the partitions that are ours.
    pub(crate) partitions: BTreeMap<i32, Partition>,
    /// The last gap that was met in each partition: what was wanted, and the earliest there was.
    pub(crate) gaps: BTreeMap<i32, (i64, i64)>,
}

/// What stops the loop, mostly for a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The memory on local disk.
    #[error("the memory on local disk: {0}")]
    Memory(#[from] rusqlite::Error),
    /// The log could not be read.
    #[error("{0}")]
    Topic(#[from] TopicError),
    /// A step did not commit.
    #[error("a step ended as {}", .0.name())]
    Step(Outcome),
    /// A batch of a partition whose state is not held.
    #[error("partition {0} is not held")]
    NotHeld(i32),
}

impl Loop {
    /// Runs until the stop begins or the log fails for good.
    pub(crate) async fn run(mut self, shutdown: Shutdown) -> Result<(), DetectorError> {
        let mut consumer = self.log.consumer(GROUP, OKTA_EVENTS);
        let mut pause = PAUSE;
        loop {
            let polled = tokio::select! {
                biased;
                () = shutdown.begun() => return Ok(()),
                polled = consumer.poll(self.step_size) => polled,
            };
            let Some(rules) = self.rules_now(&shutdown).await else {
                return Ok(());
            };
            match self.serve(&mut consumer, polled, &rules, &shutdown).await {
                Ok(()) => {
                    pause = PAUSE;
                    self.latch.ready();
                }
                Err(trouble) => {
                    self.recover(trouble)?;
                    consumer.rewind();
                    tokio::select! {
                        () = shutdown.begun() => return Ok(()),
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Returns the rules in force, as soon as there are some: without any, events must wait. None
    /// when the stop begins.
    async fn rules_now(&mut self, shutdown: &Shutdown) -> Option<Arc<InForce>> {
        tokio::select! {
            biased;
            () = shutdown.begun() => None,
            rules = self.rules.wait_for(Option::is_some) => rules.ok()?.clone(),
        }
    }

    async fn serve(
        &mut self,
        consumer: &mut Consumer,
        polled: Result<Polled, TopicError>,
        rules: &InForce,
        shutdown: &Shutdown,
    ) -> Result<(), Trouble> {
        match polled {
            Ok(Polled::Assigned {
                partition,
                position,
            }) => {
                // The whole log may have to be read: a stop does not wait for that.
                tokio::select! {
                    () = shutdown.begun() => {}
                    held = catch_up(&self.log, &mut self.memory, partition, position) => {
                        self.partitions.insert(partition, held?);
                    }
                }
                Ok(())
            }
            Ok(Polled::Revoked { partition }) => {
                self.partitions.remove(&partition);
                Ok(())
            }
            // Ready to take over from those who have them.
            Ok(Polled::Spare) => Ok(()),
            Ok(Polled::Batches(batches)) => self.step(consumer, &batches, rules).await,
            Err(TopicError::Gap {
                partition,
                wanted,
                earliest,
                ..
            }) => {
                self.partitions.remove(&partition);
                self.go_on_after(consumer, partition, (wanted, earliest))
                    .await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Goes on where the partition begins now; what stood before is gone.
    async fn go_on_after(
        &mut self,
        consumer: &mut Consumer,
        partition: i32,
        (wanted, earliest): (i64, i64),
    ) -> Result<(), Trouble> {
        tracing::error!(partition, wanted, earliest, "events were lost unread");
        match consumer.skip_gap(earliest).await {
            Outcome::Committed => {}
            outcome => return Err(Trouble::Step(outcome)),
        }
        self.gaps.insert(partition, (wanted, earliest));
        let gaps = self.gaps.iter().map(|(partition, (wanted, earliest))| {
            format!("{wanted} to {earliest} of {OKTA_EVENTS}/{partition}")
        });
        let gaps = gaps.collect::<Vec<_>>().join(", ");
        self.latch.note(format!("events were lost unread: {gaps}"));
        self.metrics.lost(earliest.abs_diff(wanted));
        Ok(())
    }

    async fn step(
        &mut self,
        consumer: &mut Consumer,
        batches: &[Batch],
        rules: &InForce,
    ) -> Result<(), Trouble> {
        let started = Instant::now();
        let mut outputs = Vec::new();
        let mut taken = Vec::with_capacity(batches.len());
        for batch in batches {
            // Judging is work: the thread's other tasks go elsewhere meanwhile.
            let mut hand_over = |outputs| consumer.hand_over(outputs);
            let mut judged = block_in_place(|| self.judge(batch, rules, &mut hand_over))?;
            outputs.append(&mut judged.outputs);
            let noted = self.end_to_note(batch.partition()).await?;
            if nightlatch_chassis::seeded_bug("remember-across-abort") {
                let held = held(&mut self.partitions, batch.partition())?;
                let (memory, positions) = (&mut self.memory, held.positions);
                memory.keep(batch.partition(), positions, &judged.additions, now_ms())?;
            }
            taken.push((batch, judged, noted));
        }
        match consumer.commit(batches, outputs).await {
            Outcome::Committed => {}
            outcome => {
                self.resize(self.step_size / 4);
                return Err(Trouble::Step(outcome));
            }
        }
        match started.elapsed() {
            elapsed if elapsed > LONG => self.resize(self.step_size / 2),
            elapsed if elapsed < LONG / 2 => self.resize(self.step_size * 2),
            _ => {}
        }
        for (batch, judged, noted) in taken {
            judged.count(&self.metrics, now_ms());
            block_in_place(|| self.keep(batch, &judged, noted))?;
        }
        Ok(())
    }

    fn resize(&mut self, step_size: usize) {
        self.step_size = step_size.clamp(LEAST_STEP.min(self.max_step), self.max_step);
    }

    fn judge<'r>(
        &mut self,
        batch: &Batch,
        rules: &'r InForce,
        hand_over: &mut dyn FnMut(Vec<Output>),
    ) -> Result<Judged<'r>, Trouble> {
        let partition = batch.partition();
        let held = held(&mut self.partitions, partition)?;
        let (memory, now_ms) = (&self.memory, now_ms());
        let judge = Judge {
            rules,
            memory,
            partition,
            now_ms,
        };
        Ok(judge.judge(&batch.records, &mut held.state, hand_over)?)
    }

    /// Returns from where on the memory would have to learn ids, when it is time to note that.
    /// If this step commits, nobody else has stepped since the one before: all that stands on the
    /// topic until here is remembered.
    async fn end_to_note(&mut self, partition: i32) -> Result<Option<i64>, Trouble> {
        if held(&mut self.partitions, partition)?.unnoted < NOTE_EVERY {
            return Ok(None);
        }
        Ok(Some(end_of(&self.log, RUNTIME_EVENTS, partition).await?))
    }

    /// Remembers a committed step.
    fn keep(
        &mut self,
        batch: &Batch,
        judged: &Judged<'_>,
        noted: Option<i64>,
    ) -> Result<(), Trouble> {
        let partition = batch.partition();
        let held = held(&mut self.partitions, partition)?;
        held.positions.input = batch.next();
        if let Some(end) = noted {
            held.positions.output = end;
            held.unnoted = 0;
        }
        held.unnoted += judged.additions.emitted.len();
        self.memory
            .keep(partition, held.positions, &judged.additions, now_ms())?;
        Ok(())
    }

    /// Drops all that is held, to begin anew at the position on the log. The error is the end.
    fn recover(&mut self, trouble: Trouble) -> Result<(), DetectorError> {
        self.partitions.clear();
        tracing::warn!(%trouble, "judging begins anew at the position on the log");
        self.latch.not_ready(trouble.to_string());
        match trouble {
            Trouble::Topic(TopicError::Fatal(reason)) | Trouble::Step(Outcome::Fatal(reason)) => {
                return Err(DetectorError::Log(reason));
            }
            Trouble::Memory(error) => {
                if let Err(error) = self.memory.mend(&error) {
                    tracing::error!(%error, "the detector's memory can't be made anew yet");
                }
            }
            Trouble::Topic(_) | Trouble::Step(_) | Trouble::NotHeld(_) => {}
        }
        Ok(())
    }
}

fn held(
    partitions: &mut BTreeMap<i32, Partition>,
    partition: i32,
) -> Result<&mut Partition, Trouble> {
    partitions
        .get_mut(&partition)
        .ok_or(Trouble::NotHeld(partition))
}

/// Returns the time now in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
