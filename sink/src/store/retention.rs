//! What is too old, or too much, goes: the events that arrived first, a few at a time, so that
//! writes never wait long; then the disk space is given back, as slowly.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::StoreError;

/// Events deleted in one step.
const STEP_EVENTS: usize = 200;
/// Pages given back to the file system in one step.
const STEP_PAGES: i64 = 250;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Events that arrived earlier go, milliseconds since 1970.
    pub(crate) since: i64,
    /// More bytes than this, and the events that arrived first go.
    pub(crate) max_bytes: u64,
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Events deleted.
    pub(crate) deleted: usize,
    /// Whether there is more to do.
    pub(crate) has_more: bool,
}

/// Takes one small step.
pub(super) fn step(connection: &mut Connection, keep: Keep) -> Result<Step, StoreError> {
    let deleted = delete(connection, keep)?;
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free > 0 {
        give_back(connection)?;
    }
    let has_more = deleted > 0 || free > STEP_PAGES;
    Ok(Step { deleted, has_more })
}

fn delete(connection: &mut Connection, keep: Keep) -> Result<usize, StoreError> {
    let is_too_large = used_bytes(connection)? > keep.max_bytes;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let since = if is_too_large { i64::MAX } else { keep.since };
    let Some(partition) = first_arrival(&transaction, since)? else {
        return Ok(0);
    };
    let keys = first_keys(&transaction, partition, since)?;
    for key in &keys {
        for delete in [
            "DELETE FROM triage_event
             WHERE event = (SELECT id FROM runtime_event WHERE key = ?1)",
            "DELETE FROM runtime_event WHERE key = ?1",
            "DELETE FROM record WHERE key = ?1",
            "DELETE FROM search WHERE rowid = ?1",
        ] {
            transaction.prepare_cached(delete)?.execute([key])?;
        }
    }
    transaction.commit()?;
    Ok(keys.len())
}

/// Returns the keys of the first events of a partition, as far as they arrived before `since`.
fn first_keys(connection: &Connection, partition: i32, since: i64) -> Result<Vec<i64>, StoreError> {
    let mut first = connection.prepare_cached(
        "SELECT key, arrived_at FROM runtime_event WHERE topic_partition = ?1
         ORDER BY topic_offset LIMIT ?2",
    )?;
    let mut rows = first.query(params![partition, STEP_EVENTS])?;
    let mut keys = Vec::with_capacity(STEP_EVENTS);
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? >= since {
            break;
        }
        keys.push(row.get(0)?);
    }
    Ok(keys)
}

/// Returns the partition whose first event arrived before all others, if it did before `since`.
fn first_arrival(connection: &Connection, since: i64) -> Result<Option<i32>, StoreError> {
    let mut first = connection.prepare_cached(
        "SELECT topic_partition FROM (
             SELECT p.topic_partition,
                    (SELECT e.arrived_at FROM runtime_event e
                     WHERE e.topic_partition = p.topic_partition
                     ORDER BY e.topic_offset LIMIT 1) AS arrived_at
             FROM position p)
         WHERE arrived_at < ?1 ORDER BY arrived_at LIMIT 1",
    )?;
    Ok(first.query_row([since], |row| row.get(0)).optional()?)
}

fn give_back(connection: &Connection) -> Result<(), StoreError> {
    // Each row of the answer is a page moved.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
    let mut rows = vacuum.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Returns the size of what the file holds, free pages left out.
fn used_bytes(connection: &Connection) -> Result<u64, StoreError> {
    let pages = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let used = pages("PRAGMA page_count")? - pages("PRAGMA freelist_count")?;
    Ok(u64::try_from(used * pages("PRAGMA page_size")?).unwrap_or_default())
}
