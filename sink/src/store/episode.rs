//! Episodes: repeats of one dedup key in one org within an hour of the first. An event finds its
//! episode when it is written, and stays in it, so that rows which stand for an episode keep their
//! place while pages of them are read.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::StoreError;
use crate::list::{keys, time};

/// How long after (or, of what arrives late, before) its first event an episode takes events in, in
/// milliseconds.
const LENGTH: i64 = 60 * 60 * 1000;
/// Namespace of the names of episodes.
const NAMES: Uuid = Uuid::from_u128(0x8f0f_5a35_6a0c_5d1c_9a4b_5d0c_77aa_10c2);

/// Returns the key of the first event of the episode that an event with this key belongs to.
pub(super) fn first_key(
    connection: &Connection,
    integration: &str,
    dedup_key: &str,
    key: i64,
) -> Result<i64, StoreError> {
    for sql in [
        "SELECT first_key FROM runtime_event
         WHERE dedup_key = ?1 AND key < ?3 AND integration = ?2 ORDER BY key DESC LIMIT 1",
        "SELECT first_key FROM runtime_event
         WHERE dedup_key = ?1 AND key > ?3 AND integration = ?2 ORDER BY key LIMIT 1",
    ] {
        let neighbour: Option<i64> = connection
            .prepare_cached(sql)?
            .query_row(params![dedup_key, integration, key], |row| row.get(0))
            .optional()?;
        if let Some(first) = neighbour.filter(|first| is_near(*first, key)) {
            return Ok(first);
        }
    }
    Ok(key)
}

fn is_near(first: i64, key: i64) -> bool {
    time(first).abs_diff(time(key)) < LENGTH.unsigned_abs()
}

/// Finds the episodes of all events that are here.
pub(super) fn fill(connection: &Connection) -> Result<(), StoreError> {
    let mut all =
        connection.prepare("SELECT key, integration, dedup_key FROM runtime_event ORDER BY key")?;
    let mut update =
        connection.prepare("UPDATE runtime_event SET first_key = ?2 WHERE key = ?1")?;
    let mut firsts = std::collections::HashMap::new();
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let what: (String, String) = (row.get(1)?, row.get(2)?);
        let first = firsts.entry(what).or_insert(key);
        if !is_near(*first, key) {
            *first = key;
        }
        update.execute([key, *first])?;
    }
    Ok(())
}

/// Returns the name of an episode: the same in every sink that has taken its events in the same
/// order. The columns are integration, dedup key and first key, from `at` on.
pub(super) fn name(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    let (integration, dedup_key): (String, String) = (row.get(at)?, row.get(at + 1)?);
    let first: i64 = row.get(at + 2)?;
    let text = format!("{integration}\n{dedup_key}\n{}", time(first));
    Ok(Uuid::new_v5(&NAMES, text.as_bytes()))
}

/// Returns the smallest key that an event of the episode of this first event can have: one that came
/// late may have occurred before it.
pub(super) fn earliest(first_key: i64) -> i64 {
    keys(time(first_key).saturating_sub(LENGTH)).0
}

/// Returns the largest key that an event can have which is in an episode with one of this time.
pub(super) fn latest(occurred_at: i64) -> i64 {
    keys(occurred_at.saturating_add(2 * LENGTH)).1
}
