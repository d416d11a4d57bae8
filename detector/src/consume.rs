//! The loop: read a batch, judge it, commit its outputs and the position in one atomic step.
//!
//! What was remembered while judging is kept only when the step is Committed. On anything else the
//! partition's state is dropped, its position read again and the batch judged anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{
    Batch, Consumer, Log, Outcome, Polled, Positions as TopicPositions, TopicError,
};
use nightlatch_engine::{Ruleset, State};
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, decode};

use crate::judge::{Judge, Judged, observe};
use crate::memory::{Additions, EMITTED_MS, Memory, Positions};
use crate::metrics::DetectorMetrics;
use crate::service::{DetectorError, GROUP};

/// Records that catching up reads at a time.
const CATCH_UP: usize = 1000;
/// Waited after a step that did not commit, so that a broken log is not hammered.
const PAUSE: Duration = Duration::from_millis(100);

/// The detector's loop with all it holds.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) log: Log,
    pub(crate) rules: Arc<ArcSwap<Ruleset>>,
    pub(crate) memory: Memory,
    pub(crate) metrics: DetectorMetrics,
    pub(crate) latch: Latch,
    pub(crate) max_step: usize,
    pub(crate) partitions: BTreeMap<i32, Partition>,
}

/// What is held of a partition that is ours.
#[derive(Debug)]
pub(crate) struct Partition {
    state: State,
    positions: Positions,
}

impl Loop {
    /// Runs until the stop begins or the log fails.
    pub(crate) async fn run(mut self, shutdown: Shutdown) -> Result<(), DetectorError> {
        let mut consumer = self.log.consumer(GROUP, OKTA_EVENTS);
        loop {
            let polled = tokio::select! {
                biased;
                () = shutdown.begun() => return Ok(()),
                polled = consumer.poll(self.max_step) => polled,
            };
            match polled {
                Ok(Polled::Assigned { partition, position }) => {
                    self.catch_up(partition, position).await?;
                    self.latch.ready();
                }
                Ok(Polled::Revoked { partition }) => drop(self.partitions.remove(&partition)),
                Ok(Polled::Batch(batch)) => self.step(&mut consumer, &batch).await?,
                Err(TopicError::Gap { topic, partition, wanted, earliest }) => {
                    tracing::error!(topic, partition, wanted, earliest, "events were lost unread");
                    self.latch.note(format!("events {wanted} to {earliest} were lost unread"));
                    drop(consumer.skip_gap(earliest).await);
                }
                Err(TopicError::Fatal(reason)) => return Err(DetectorError::Log(reason)),
                Err(error) => {
                    tracing::error!(%error, "the events can't be read");
                    self.latch.not_ready(error.to_string());
                    tokio::time::sleep(PAUSE).await;
                    self.latch.ready();
                }
            }
        }
    }

    async fn step(&mut self, consumer: &mut Consumer, batch: &Batch) -> Result<(), DetectorError> {
        // Judging is work: the thread's other tasks go elsewhere meanwhile.
        let mut judged = tokio::task::block_in_place(|| self.judge(batch))?;
        let outputs = std::mem::take(&mut judged.outputs);
        if nightlatch_chassis::seeded_bug("remember-across-abort") {
            self.remember(batch.partition(), &judged.additions)?;
        }
        match consumer.commit(batch, outputs).await {
            Outcome::Committed => {
                judged.count(&self.metrics);
                tokio::task::block_in_place(|| self.keep(batch, &judged))
            }
            Outcome::Fatal(reason) => Err(DetectorError::Log(reason)),
            outcome => {
                tracing::warn!(?outcome, "a step did not commit and is judged anew");
                // The next poll assigns the partition again, at its true position.
                self.partitions.remove(&batch.partition());
                tokio::time::sleep(PAUSE).await;
                Ok(())
            }
        }
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judged, DetectorError> {
        let partition = batch.partition();
        let Some(held) = self.partitions.get_mut(&partition) else {
            return Err(DetectorError::Log(format!("partition {partition} is not ours")));
        };
        let ruleset = self.rules.load();
        let judge =
            Judge { ruleset: &ruleset, memory: &self.memory, partition, now_ms: now_ms() };
        Ok(judge.judge(&batch.records, &mut held.state)?)
    }

    fn keep(&mut self, batch: &Batch, judged: &Judged) -> Result<(), DetectorError> {
        let partition = batch.partition();
        if let Some(held) = self.partitions.get_mut(&partition) {
            held.positions.input = batch.next();
        }
        self.remember(partition, &judged.additions)
    }

    fn remember(&mut self, partition: i32, additions: &Additions) -> Result<(), DetectorError> {
        if let Some(held) = self.partitions.get(&partition) {
            self.memory.keep(partition, held.positions, additions, now_ms())?;
        }
        Ok(())
    }

    /// Brings a partition's memory to the position from which it is ours.
    async fn catch_up(&mut self, partition: i32, position: i64) -> Result<(), DetectorError> {
        let known = self.memory.positions(partition)?;
        let known = match known {
            Some(known) if known.input <= position => Some(known),
            Some(_) => {
                tracing::warn!(partition, "the memory is ahead of the log and will be rebuilt");
                self.memory.forget(partition)?;
                None
            }
            None => None,
        };
        let mut state = State::default();
        self.memory.observations(partition, |observation| state.apply(observation))?;
        let mut held = Partition { state, positions: start(&self.log, partition, known).await? };
        self.learn_emitted(partition, &mut held).await?;
        self.learn_observed(partition, position, &mut held).await?;
        held.positions.input = position;
        self.memory.keep(partition, held.positions, &Additions::default(), now_ms())?;
        self.partitions.insert(partition, held);
        Ok(())
    }

    /// Learns the ids that were emitted after the memory was last written.
    async fn learn_emitted(
        &mut self,
        partition: i32,
        held: &mut Partition,
    ) -> Result<(), DetectorError> {
        let (_, end) = bounds(&self.log, RUNTIME_EVENTS, partition).await?;
        let from = TopicPositions::from([(partition, held.positions.output)]);
        let mut reader = self.log.reader(RUNTIME_EVENTS, from);
        let oldest = now_ms() - EMITTED_MS;
        while held.positions.output < end {
            let records = reader.read(CATCH_UP).await?;
            let Some(last) = records.last() else { break };
            held.positions.output = last.offset + 1;
            let recent = records.iter().filter(|stored| stored.timestamp_ms >= oldest);
            let emitted = recent.filter_map(|stored| {
                let event = decode::<RuntimeEvent>(&stored.record.value).ok()?;
                Some((event.id.parse().ok()?, event.detected_at))
            });
            let additions = Additions { emitted: emitted.collect(), observations: Vec::new() };
            self.memory.keep(partition, held.positions, &additions, now_ms())?;
        }
        held.positions.output = end;
        Ok(())
    }

    /// Counts what was committed after the memory was last written.
    async fn learn_observed(
        &mut self,
        partition: i32,
        position: i64,
        held: &mut Partition,
    ) -> Result<(), DetectorError> {
        let from = TopicPositions::from([(partition, held.positions.input)]);
        let mut reader = self.log.reader(OKTA_EVENTS, from);
        while held.positions.input < position {
            let mut records = reader.read(CATCH_UP).await?;
            records.retain(|stored| stored.offset < position);
            let Some(last) = records.last() else { break };
            held.positions.input = last.offset + 1;
            let additions = observe(&records, &mut held.state);
            self.memory.keep(partition, held.positions, &additions, now_ms())?;
        }
        Ok(())
    }

}

/// Returns where to catch up from: what is known, but not before what the topics still have.
async fn start(
    log: &Log,
    partition: i32,
    known: Option<Positions>,
) -> Result<Positions, DetectorError> {
    let known = known.unwrap_or(Positions { input: 0, output: 0 });
    let (input, _) = bounds(log, OKTA_EVENTS, partition).await?;
    let (output, _) = bounds(log, RUNTIME_EVENTS, partition).await?;
    Ok(Positions { input: known.input.max(input), output: known.output.max(output) })
}

/// Returns the first and the next offset of a partition.
async fn bounds(log: &Log, topic: &str, partition: i32) -> Result<(i64, i64), DetectorError> {
    let bounds = log.bounds(topic).await?;
    let found = bounds.iter().find(|bounds| bounds.partition == partition);
    Ok(found.map_or((0, 0), |bounds| (bounds.start, bounds.end)))
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
