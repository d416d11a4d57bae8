//! Brings the memory of a partition to the position from which it is ours: what it lacks stands on
//! the log.

use nightlatch_chassis::topic::{Log, TopicError};
use nightlatch_engine::State;
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, decode};
use tokio::task::block_in_place;

use crate::consume::{Trouble, now_ms};
use crate::judge::observe;
use crate::memory::{Additions, EMITTED_MS, Memory, Positions};

/// Records that are read at a time.
const READ: usize = 1000;

/// What is held of a partition that is ours.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) state: State,
    pub(crate) positions: Positions,
    /// Ids emitted since `positions.output` was last set.
    pub(crate) unnoted: usize,
}

/// Catches up with the log, from where the memory stands to `position`.
pub(crate) async fn catch_up(
    log: &Log,
    memory: &mut Memory,
    partition: i32,
    position: i64,
) -> Result<Partition, Trouble> {
    memory.belong_to(&log.id().await?.unwrap_or_default())?;
    if memory
        .positions(partition)?
        .is_some_and(|known| known.input > position)
    {
        tracing::warn!(
            partition,
            "the memory is ahead of the log and will be rebuilt"
        );
        memory.forget(partition)?;
    }
    let known = memory.positions(partition)?;
    let mut held = Partition {
        state: State::default(),
        positions: start(log, known, partition).await?,
        unnoted: 0,
    };
    block_in_place(|| memory.observations(partition, |seen| held.state.apply(seen)))?;
    learn_emitted(log, memory, partition, &mut held).await?;
    learn_observed(log, memory, (partition, position), &mut held).await?;
    held.positions.input = position;
    memory.keep(partition, held.positions, &Additions::default(), now_ms())?;
    Ok(held)
}

/// Learns the ids that were emitted after the memory was last written.
async fn learn_emitted(
    log: &Log,
    memory: &mut Memory,
    partition: i32,
    held: &mut Partition,
) -> Result<(), Trouble> {
    let end = end_of(log, RUNTIME_EVENTS, partition).await?;
    if held.positions.output >= end {
        return Ok(());
    }
    let mut reader = log.partition_reader(RUNTIME_EVENTS, partition, held.positions.output);
    let oldest = now_ms() - EMITTED_MS;
    while held.positions.output < end {
        let records = reader.read(READ).await?;
        let Some(last) = records.last() else { break };
        held.positions.output = last.offset + 1;
        block_in_place(|| {
            let recent = records
                .iter()
                .filter(|stored| stored.timestamp_ms >= oldest);
            let emitted = recent.filter_map(|stored| {
                let event = decode::<RuntimeEvent>(&stored.record.value).ok()?;
                Some((event.id.parse().ok()?, event.detected_at))
            });
            let additions = Additions {
                emitted: emitted.collect(),
                observations: Vec::new(),
            };
            memory.keep(partition, held.positions, &additions, now_ms())
        })?;
    }
    held.positions.output = end;
    Ok(())
}

/// Counts what was committed after the memory was last written.
async fn learn_observed(
    log: &Log,
    memory: &mut Memory,
    (partition, position): (i32, i64),
    held: &mut Partition,
) -> Result<(), Trouble> {
    if held.positions.input >= position {
        return Ok(());
    }
    let mut reader = log.partition_reader(OKTA_EVENTS, partition, held.positions.input);
    while held.positions.input < position {
        let mut records = reader.read(READ).await?;
        records.retain(|stored| stored.offset < position);
        let Some(last) = records.last() else { break };
        held.positions.input = last.offset + 1;
        block_in_place(|| {
            let additions = observe(&records, &mut held.state);
            memory.keep(partition, held.positions, &additions, now_ms())
        })?;
    }
    Ok(())
}

/// Returns where to catch up from: what is known, but not before what the topics still have.
async fn start(log: &Log, known: Option<Positions>, partition: i32) -> Result<Positions, Trouble> {
    let input = log.partition_bounds(OKTA_EVENTS, partition).await?.start;
    let output = log.partition_bounds(RUNTIME_EVENTS, partition).await?.start;
    let known = known.unwrap_or(Positions { input, output });
    Ok(Positions {
        input: known.input.max(input),
        output: known.output.max(output),
    })
}

/// Returns the next offset of a partition.
pub(crate) async fn end_of(log: &Log, topic: &str, partition: i32) -> Result<i64, TopicError> {
    Ok(log.partition_bounds(topic, partition).await?.end)
}
