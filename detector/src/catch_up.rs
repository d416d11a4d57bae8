//! Brings the memory of a partition to the position from which it is ours: what it lacks stands on
//! the log.

use nightlatch_chassis::topic::{Log, Stored, TopicError};
use nightlatch_engine::State;
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS, cloud_event as ce};
use nightlatch_schemas::{RuntimeEvent, decode};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::consume::{Trouble, now_ms};
use crate::judge::observe;
use crate::memory::{Additions, EMITTED_MS, Memory, Positions};

/// Records that are read at a time.
const READ: usize = 1000;
/// Offsets whose ids are kept at a time.
const IDS: i64 = 20_000;

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
    if let Some(known) = memory.positions(partition)?
        && known.input > position
    {
        tracing::warn!(
            partition,
            known = known.input,
            position,
            "the group's position is behind what was judged: brokers have dropped it (they do, \
             offsets.retention.minutes after the last detector left), or the log was restored. What is \
             judged again may be emitted again, under the same id"
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
    let mut additions = Additions::default();
    let mut kept = held.positions.output;
    while held.positions.output < end {
        let records = reader.read(READ).await?;
        let last = records.last();
        held.positions.output = last.map_or(end, |last| last.offset + 1);
        let recent = records
            .iter()
            .filter(|stored| stored.timestamp_ms >= oldest);
        additions.emitted.extend(recent.filter_map(emitted));
        if held.positions.output - kept >= IDS || held.positions.output >= end {
            // Random ids one by one would touch a page of the file each.
            additions.emitted.sort_unstable();
            block_in_place(|| memory.keep(partition, held.positions, &additions, now_ms()))?;
            additions.emitted.clear();
            kept = held.positions.output;
        }
    }
    held.positions.output = end;
    Ok(())
}

/// The id that a record tells of, and when it was emitted. The header has it without reading the whole
/// event; a restored log may have lost the headers.
fn emitted(stored: &Stored) -> Option<(Uuid, i64)> {
    let named = |(name, _): &&(String, Vec<u8>)| name == ce::ID;
    if let Some((_, id)) = stored.record.headers.iter().find(named)
        && let Ok(id) = Uuid::try_parse_ascii(id)
    {
        return Some((id, stored.timestamp_ms));
    }
    let event = decode::<RuntimeEvent>(&stored.record.value).ok()?;
    Some((event.id.parse().ok()?, event.detected_at))
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
