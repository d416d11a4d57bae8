//! What may go from the file, a little at a time so that no write waits for it.

use rusqlite::{Connection, OptionalExtension, params};

use super::{LocalOptions, TopicSpec};

/// Records that one step takes from one topic at the most.
const STEP_ROWS: i64 = 256;
/// Pages that one step gives back to the disk at the most.
const STEP_PAGES: i64 = 64;

/// Takes a few of the records that are too old, or too many, and gives their pages back. Returns
/// whether there may be more to take.
pub(super) fn step(
    connection: &Connection,
    options: &LocalOptions,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    let mut more = false;
    let over = match options.max_bytes {
        Some(max) => used_bytes(connection)? > i64::try_from(max).unwrap_or(i64::MAX),
        None => false,
    };
    for spec in &options.topics {
        let Some(retention) = spec.retention else { continue };
        let age = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
        let before = if over { i64::MAX } else { now_ms.saturating_sub(age) };
        more |= trim(connection, spec, before)? == STEP_ROWS;
    }
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    // A few free pages are soon used again.
    if free > 4 * STEP_PAGES {
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
        more = true;
    }
    Ok(more)
}

/// Takes the first records of a topic that are older than `before`, but none that a group has yet
/// to read. Returns how many it took.
fn trim(connection: &Connection, spec: &TopicSpec, before: i64) -> rusqlite::Result<i64> {
    let topic = connection
        .prepare_cached(
            "SELECT id, start, min(next, coalesce(
                 (SELECT min(next) FROM position WHERE position.topic = topic.id), next))
             FROM topic WHERE name = ?1",
        )?
        .query_row([spec.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((table, start, read)) = topic else { return Ok(0) };
    let (table, start, read): (i64, i64, i64) = (table, start, read);
    let last: Option<i64> = connection
        .prepare_cached(&format!(
            "SELECT max(id) FROM (SELECT id, timestamp FROM record_{table}
             WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT {STEP_ROWS}) WHERE timestamp < ?3"
        ))?
        .query_row(params![start, read, before], |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    let transaction = connection.unchecked_transaction()?;
    transaction
        .prepare_cached(&format!("DELETE FROM record_{table} WHERE id <= ?1"))?
        .execute([last])?;
    transaction
        .prepare_cached("UPDATE topic SET start = ?2 WHERE id = ?1")?
        .execute([table, last + 1])?;
    transaction.commit()?;
    Ok(last + 1 - start)
}

fn used_bytes(connection: &Connection) -> rusqlite::Result<i64> {
    let number = |name: &str| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    Ok((number("page_count")? - number("freelist_count")?) * number("page_size")?)
}
