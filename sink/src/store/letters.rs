//! Records on their way to the dead letters. They wait in the store, written together with the
//! position, so that a crash neither loses nor doubles a letter.

use nightlatch_chassis::topic::{Positions, Stored};
use nightlatch_schemas::topics::dead_letter::MAX_BYTES;
use rusqlite::{Connection, Transaction, params};

use super::StoreError;
use super::body::unpack;
use super::row::{Refused, Row};

/// How much of a record's key is kept, in bytes. Ours are UUIDs.
const MAX_KEY_BYTES: usize = 64 * 1024;

/// A record that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// Why, a sentence.
    pub(crate) problem: String,
    pub(crate) key: Vec<u8>,
    /// The first of the value.
    pub(crate) value: Vec<u8>,
    /// How long the value was, in bytes.
    pub(crate) size: usize,
    /// Where the dead letters ended before it could have been written there.
    pub(crate) looked_from: Positions,
}

impl Letter {
    /// Makes a letter of a refused record.
    pub(crate) fn new(refused: Refused, looked_from: Positions) -> Self {
        let Stored {
            partition,
            offset,
            record,
            ..
        } = refused.record;
        let (mut key, mut value) = (record.key, record.value);
        let size = value.len();
        key.truncate(MAX_KEY_BYTES);
        value.truncate(MAX_BYTES);
        Self {
            partition,
            offset,
            problem: refused.problem,
            key,
            value,
            size,
            looked_from,
        }
    }

    /// Makes a letter of a row that finds no place in its millisecond.
    pub(super) fn crowded_out(row: &Row) -> Result<Self, StoreError> {
        let mut value = unpack(&row.body)?;
        let size = value.len();
        value.truncate(MAX_BYTES);
        Ok(Self {
            partition: row.arrival.partition,
            offset: row.arrival.offset,
            problem: "too many runtime events occurred in its millisecond".to_owned(),
            key: row.event.integration.clone().into_bytes(),
            value,
            size,
            looked_from: Positions::new(),
        })
    }
}

/// Keeps a letter until it is written.
pub(crate) fn keep(transaction: &Transaction<'_>, letter: &Letter) -> Result<(), StoreError> {
    let looked_from = serde_json::to_string(&letter.looked_from)?;
    transaction
        .prepare_cached("INSERT OR IGNORE INTO dead_letter VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            letter.partition,
            letter.offset,
            letter.problem,
            letter.key,
            letter.value,
            i64::try_from(letter.size).unwrap_or(i64::MAX),
            looked_from,
        ])?;
    Ok(())
}

/// Returns the letters that wait, in the order of their records.
pub(crate) fn waiting(connection: &Connection) -> Result<Vec<Letter>, StoreError> {
    let mut letters = connection.prepare_cached(
        "SELECT topic_partition, topic_offset, reason, key, value, size, looked_from
         FROM dead_letter ORDER BY topic_partition, topic_offset LIMIT 16",
    )?;
    let letters = letters.query_and_then([], |row| {
        let size: i64 = row.get(5)?;
        let looked_from: String = row.get(6)?;
        Ok(Letter {
            partition: row.get(0)?,
            offset: row.get(1)?,
            problem: row.get(2)?,
            key: row.get(3)?,
            value: row.get(4)?,
            size: usize::try_from(size).unwrap_or_default(),
            looked_from: serde_json::from_str(&looked_from)?,
        })
    })?;
    letters.collect()
}

/// Forgets the letters of these records: they are written.
pub(crate) fn forget(
    connection: &mut Connection,
    written: &[(i32, i64)],
) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    for (partition, offset) in written {
        transaction
            .prepare_cached(
                "DELETE FROM dead_letter WHERE topic_partition = ?1 AND topic_offset = ?2",
            )?
            .execute(params![partition, offset])?;
    }
    transaction.commit()?;
    Ok(())
}
