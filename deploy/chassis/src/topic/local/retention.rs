//! What may go from the file, a little at a time so that no write waits for it.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::table::Topic;

/// Records that one step takes at the most.
const STEP_ROWS: i64 = 512;
/// Bytes of values after which a step takes no more.
const STEP_BYTES: i64 = 2 * 1024 * 1024;
/// Pages that one step gives back to the disk at the most.
const STEP_PAGES: i64 = 64;
/// Free pages that are kept at the least: what comes next needs them.
const KEPT_PAGES: i64 = 1024;
/// How long a tombstone stays when its topic does not say, so that who follows it sees it.
const TOMBSTONE: Duration = Duration::from_hours(24);

/// Takes a few of the records that are too old, or too many, and gives their pages back. Returns
/// whether there may be more to take.
pub(super) fn step(
    connection: &Connection,
    topics: &[Arc<Topic>],
    max_bytes: Option<u64>,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    let mut more = false;
    for topic in topics {
        let older = |age: Duration| now_ms.saturating_sub_unsigned(millis(age));
        more |= match (topic.spec.compacted, topic.spec.retention) {
            (true, age) => bury(connection, topic, older(age.unwrap_or(TOMBSTONE)))?,
            (false, Some(age)) => trim(connection, topic, older(age))?,
            (false, None) => false,
        };
    }
    if let Some(max) = max_bytes
        && used_bytes(connection)? > i64::try_from(max).unwrap_or(i64::MAX)
        && let Some(topic) = oldest(connection, topics)?
    {
        more |= trim(connection, topic, i64::MAX)?;
    }
    Ok(give_back(connection)? || more)
}

/// Takes the first records of a topic that are older than `before`, but none that a group has yet
/// to read. Returns whether there may be more.
fn trim(connection: &Connection, topic: &Topic, before: i64) -> rusqlite::Result<bool> {
    let Reach {
        last: Some(last),
        more,
    } = reach(connection, topic, before)?
    else {
        return Ok(false);
    };
    let transaction = connection.unchecked_transaction()?;
    transaction
        .prepare_cached(&topic.sql.delete)?
        .execute([last])?;
    transaction
        .prepare_cached("UPDATE topic SET start = ?2 WHERE name = ?1")?
        .execute(params![topic.spec.name, last + 1])?;
    transaction.commit()?;
    Ok(more)
}

/// How far one step goes.
#[derive(Default)]
struct Reach {
    last: Option<i64>,
    more: bool,
}

fn reach(connection: &Connection, topic: &Topic, before: i64) -> rusqlite::Result<Reach> {
    let mut statement = connection.prepare_cached(&topic.sql.first)?;
    let mut rows = statement.query([read_by_all(connection, topic)?])?;
    let mut reach = Reach::default();
    let (mut count, mut bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        let (id, time, size): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if time >= before {
            break;
        }
        reach.last = Some(id);
        (count, bytes) = (count + 1, bytes + size);
        if count == STEP_ROWS || bytes > STEP_BYTES {
            reach.more = true;
            break;
        }
    }
    Ok(reach)
}

/// Takes old tombstones of a compacted topic, never its last record: that one tells the end.
fn bury(connection: &Connection, topic: &Topic, before: i64) -> rusqlite::Result<bool> {
    let taken = connection
        .prepare_cached(&topic.sql.bury)?
        .execute(params![before, STEP_ROWS])?;
    Ok(i64::try_from(taken).unwrap_or(i64::MAX) >= STEP_ROWS)
}

/// Returns the topic whose first record is the oldest of all that may go.
fn oldest<'a>(
    connection: &Connection,
    topics: &'a [Arc<Topic>],
) -> rusqlite::Result<Option<&'a Topic>> {
    let mut oldest = None;
    let may_go = |topic: &&Arc<Topic>| topic.spec.retention.is_some() && !topic.spec.compacted;
    for topic in topics.iter().filter(may_go) {
        let time = connection
            .prepare_cached(&topic.sql.first)?
            .query_row([read_by_all(connection, topic)?], |row| {
                row.get::<_, i64>(1)
            })
            .optional()?;
        if let Some(time) = time
            && oldest.is_none_or(|(earliest, _)| time < earliest)
        {
            oldest = Some((time, topic.as_ref()));
        }
    }
    Ok(oldest.map(|(_, topic)| topic))
}

/// Returns the offset below which every group has read.
fn read_by_all(connection: &Connection, topic: &Topic) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(min(next), ?2) FROM position WHERE topic = ?1")?
        .query_row(params![topic.spec.name, i64::MAX], |row| row.get(0))
}

/// Gives free pages back to the disk when there are so many that new records will not soon fill
/// them: each one given back may cost the move of another.
fn give_back(connection: &Connection) -> rusqlite::Result<bool> {
    let (pages, free) = (
        number(connection, "page_count")?,
        number(connection, "freelist_count")?,
    );
    if free <= KEPT_PAGES.max(pages / 4) {
        return Ok(false);
    }
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
    let mut rows = statement.query([])?;
    // Each row is a page given back.
    while rows.next()?.is_some() {}
    Ok(true)
}

fn used_bytes(connection: &Connection) -> rusqlite::Result<i64> {
    let pages = number(connection, "page_count")? - number(connection, "freelist_count")?;
    Ok(pages * number(connection, "page_size")?)
}

fn number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn millis(age: Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}
