//! Queries of the file, and the connections that ask them.

use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use super::{PARTITION, schema};
use crate::topic::record::{Bounds, Record, Stored, TopicError};

/// How much one read returns at the most, in bytes: memory must not follow the size of a backlog.
const MAX_BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Connections that read, opened as they are needed and used again.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn with<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, TopicError>,
    ) -> Result<T, TopicError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::open_to_read(&self.path)?,
        };
        let result = query(&connection);
        self.idle.lock().push(connection);
        result
    }
}

pub(super) fn unreadable(error: &rusqlite::Error) -> TopicError {
    TopicError::Unreadable(error.to_string())
}

/// Returns the number of a topic's table.
pub(super) fn table(connection: &Connection, topic: &str) -> Result<i64, TopicError> {
    let found = connection
        .query_row("SELECT id FROM topic WHERE name = ?1", [topic], |row| row.get(0))
        .optional();
    found
        .map_err(|error| unreadable(&error))?
        .ok_or_else(|| TopicError::UnknownTopic(topic.to_owned()))
}

pub(super) fn bounds(connection: &Connection, table: i64) -> Result<Bounds, TopicError> {
    let query = "SELECT start, next FROM topic WHERE id = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Bounds { partition: PARTITION, start: row.get(0)?, end: row.get(1)? })
    };
    connection
        .prepare_cached(query)
        .and_then(|mut statement| statement.query_row([table], row))
        .map_err(|error| unreadable(&error))
}

/// Returns the record time of a topic's last record, 0 when it is empty.
pub(super) fn latest_timestamp(connection: &Connection, table: i64) -> Result<i64, TopicError> {
    let query = format!("SELECT timestamp FROM record_{table} ORDER BY id DESC LIMIT 1");
    let latest = connection.query_row(&query, [], |row| row.get(0)).optional();
    Ok(latest.map_err(|error| unreadable(&error))?.unwrap_or(0))
}

pub(super) fn position(
    connection: &Connection,
    group: &str,
    table: i64,
) -> Result<Option<i64>, TopicError> {
    connection
        .prepare_cached("SELECT next FROM position WHERE reader = ?1 AND topic = ?2")
        .and_then(|mut found| found.query_row(params![group, table], |row| row.get(0)).optional())
        .map_err(|error| unreadable(&error))
}

pub(super) fn records(
    connection: &Connection,
    topic: &'static str,
    table: i64,
    from: i64,
    max: usize,
) -> Result<Vec<Stored>, TopicError> {
    // One snapshot, or retention could pass between the two queries and make a gap unseen.
    let snapshot = connection.unchecked_transaction().map_err(|error| unreadable(&error))?;
    let Bounds { start, .. } = bounds(&snapshot, table)?;
    if from < start {
        return Err(TopicError::Gap { topic, partition: PARTITION, wanted: from, earliest: start });
    }
    select(&snapshot, table, from, max).map_err(|error| unreadable(&error))
}

fn select(
    connection: &Connection,
    table: i64,
    from: i64,
    max: usize,
) -> rusqlite::Result<Vec<Stored>> {
    let query = format!(
        "SELECT id, timestamp, key, headers, value FROM record_{table} WHERE id >= ?1 ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query([from])?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while records.len() < max && bytes < MAX_BATCH_BYTES {
        let Some(row) = rows.next()? else { break };
        let headers = unpack_headers(row.get_ref(3)?.as_blob()?);
        let record = Record { key: row.get(2)?, headers, value: row.get(4)? };
        bytes += record.value.len();
        let timestamp_ms = row.get(1)?;
        records.push(Stored { partition: PARTITION, offset: row.get(0)?, timestamp_ms, record });
    }
    Ok(records)
}

/// Writes headers as length, name, length, value, …; lengths are 4 bytes big endian.
pub(super) fn pack_headers(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in headers {
        for part in [name.as_bytes(), value] {
            packed.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            packed.extend_from_slice(part);
        }
    }
    packed
}

fn unpack_headers(mut packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (take(&mut packed), take(&mut packed)) {
        headers.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
    }
    headers
}

fn take<'a>(packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = packed.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (part, rest) = rest.split_at_checked(length)?;
    *packed = rest;
    Some(part)
}
