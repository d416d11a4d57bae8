//! Queries of the file, and the connections that ask them.

use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use super::table::Topic;
use super::view::Chunk;
use super::{PARTITION, schema, unreadable};
use crate::topic::record::{Bounds, Record, Stored, TopicError};

/// How much one read returns at the most, in bytes: memory must not follow the size of a backlog.
const MAX_CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Connections that are kept for the next query.
const MAX_IDLE: usize = 4;

/// Connections that read, opened as they are needed and used again.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Asks on one snapshot of the file; `None` when no writer has made it yet.
    pub(super) fn ask<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, TopicError>,
    ) -> Result<Option<T>, TopicError> {
        let idle = self.idle.lock().pop();
        let opened = match idle {
            Some(connection) => Some(connection),
            None => schema::open_to_read(&self.path)?,
        };
        let Some(connection) = opened else {
            return Ok(None);
        };
        let snapshot = connection
            .unchecked_transaction()
            .map_err(|error| unreadable(&error))?;
        let result = query(&snapshot);
        snapshot.commit().map_err(|error| unreadable(&error))?;
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
        result.map(Some)
    }
}

/// Returns what names the log for life.
pub(super) fn id(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT id FROM log", [], |row| row.get(0))
}

/// Returns the ends of a topic; of one that its writer does not know, those of an empty one.
pub(super) fn bounds(connection: &Connection, topic: &Topic) -> rusqlite::Result<Bounds> {
    if !is_known(connection, topic)? {
        return Ok(Bounds {
            partition: PARTITION,
            start: 0,
            end: 0,
        });
    }
    connection
        .prepare_cached(&topic.sql.bounds)?
        .query_row([topic.spec.name], |row| {
            let start: i64 = row.get(0)?;
            let last: Option<i64> = row.get(1)?;
            // With no record left, `start` alone knows that offsets are not used again.
            let end = last.map_or(start, |last| start.max(last + 1));
            Ok(Bounds {
                partition: PARTITION,
                start,
                end,
            })
        })
}

fn is_known(connection: &Connection, topic: &Topic) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM topic WHERE name = ?1")?
        .exists([topic.spec.name])
}

/// Returns the record time of a topic's last record, if it has one.
pub(super) fn last_time(connection: &Connection, topic: &Topic) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(&topic.sql.last_time, [], |row| row.get(0))
        .optional()
}

/// Returns the position that a group has stored.
pub(super) fn position(
    connection: &Connection,
    group: &str,
    topic: &Topic,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT next FROM position WHERE reader = ?1 AND topic = ?2")?
        .query_row(params![group, topic.spec.name], |row| row.get(0))
        .optional()
}

/// Returns up to `max` records from `from` on (`None`: from the start).
pub(super) fn chunk(
    connection: &Connection,
    topic: &Topic,
    from: Option<i64>,
    max: usize,
) -> Result<Chunk, TopicError> {
    let name = topic.spec.name;
    let Bounds { start, end, .. } =
        bounds(connection, topic).map_err(|error| unreadable(&error))?;
    let from = from.unwrap_or(start);
    if from < start {
        let (wanted, earliest) = (from, start);
        return Err(TopicError::Gap {
            topic: name,
            partition: PARTITION,
            wanted,
            earliest,
        });
    }
    if from > end {
        return Err(TopicError::Beyond {
            topic: name,
            partition: PARTITION,
            wanted: from,
            end,
        });
    }
    if from == end {
        return Ok(Chunk {
            records: Vec::new(),
            end,
        });
    }
    let records = select(connection, topic, from, max).map_err(|error| unreadable(&error))?;
    Ok(Chunk { records, end })
}

fn select(
    connection: &Connection,
    topic: &Topic,
    from: i64,
    max: usize,
) -> rusqlite::Result<Vec<Stored>> {
    let mut statement = connection.prepare_cached(&topic.sql.select)?;
    let mut rows = statement.query([from])?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while records.len() < max && bytes < MAX_CHUNK_BYTES {
        let Some(row) = rows.next()? else { break };
        let headers = unpack_headers(row.get_ref(3)?.as_blob()?);
        let record = Record {
            key: row.get(2)?,
            headers,
            value: row.get(4)?,
        };
        bytes += record.key.len() + record.value.len();
        let timestamp_ms = row.get(1)?;
        records.push(Stored {
            partition: PARTITION,
            offset: row.get(0)?,
            timestamp_ms,
            record,
        });
    }
    Ok(records)
}

/// Writes headers as length, name, length, value, …; lengths are 4 bytes big endian.
pub(super) fn pack_headers(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let size = headers
        .iter()
        .map(|(name, value)| 8 + name.len() + value.len())
        .sum();
    let mut packed = Vec::with_capacity(size);
    for (name, value) in headers {
        for part in [name.as_bytes(), value] {
            // What does not fit is refused by the record's limit.
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
