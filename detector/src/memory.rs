//! What the detector remembers on local disk: the ids it emitted and what the counters counted,
//! each with the position on the log that it belongs to.
//!
//! Written after a step is committed, so it is at most behind the log, never ahead; what is
//! missing is caught up from the log. So it need not survive a power cut: it can be rebuilt.

use std::path::Path;

use nightlatch_engine::Observation;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// How long an emitted id is remembered, in milliseconds: 7 days.
pub(crate) const EMITTED_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long an observation is remembered, in milliseconds: as long as the log keeps the event.
const OBSERVED_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// The version of the tables; another version's file is rebuilt.
const VERSION: i32 = 1;
/// Rows that one step forgets at the most, so that no step waits for it.
const FORGET_ROWS: i64 = 64;

const TABLES: &str = "
    CREATE TABLE position (
        partition INTEGER PRIMARY KEY, input INTEGER NOT NULL, output INTEGER NOT NULL
    );
    CREATE TABLE emitted (
        partition INTEGER NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (partition, id)
    ) WITHOUT ROWID;
    CREATE INDEX emitted_at ON emitted (partition, at);
    CREATE TABLE observation (
        partition INTEGER NOT NULL, integration TEXT NOT NULL, counter TEXT NOT NULL,
        actor TEXT NOT NULL, uuid TEXT NOT NULL, published INTEGER NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (partition, integration, counter, actor, uuid)
    ) WITHOUT ROWID;
    CREATE INDEX observation_seen ON observation (partition, seen);";

/// The positions that a partition's memory belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Positions {
    /// The next offset of `okta.events` that the counters have not seen.
    pub(crate) input: i64,
    /// The next offset of `okta.runtime-events` whose id is not known.
    pub(crate) output: i64,
}

/// What one step adds.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    pub(crate) emitted: Vec<(Uuid, i64)>,
    pub(crate) observations: Vec<Observation>,
}

/// The memory's file.
#[derive(Debug)]
pub(crate) struct Memory {
    connection: Connection,
}

impl Memory {
    /// Opens the file in a data folder; one that is damaged or of another version is made anew.
    pub(crate) fn open(data_dir: &Path) -> rusqlite::Result<Self> {
        let path = data_dir.join("detector.db");
        match Self::prepare(&path) {
            Ok(memory) => Ok(memory),
            Err(error) => {
                tracing::warn!(%error, "the detector's memory is unreadable and will be rebuilt");
                for ending in ["", "-wal", "-shm"] {
                    // What is not there need not be removed.
                    drop(std::fs::remove_file(data_dir.join(format!("detector.db{ending}"))));
                }
                Self::prepare(&path)
            }
        }
    }

    fn prepare(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -2048)?;
        connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
        let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            connection.execute_batch(TABLES)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        } else if version != VERSION {
            return Err(rusqlite::Error::InvalidQuery);
        }
        Ok(Self { connection })
    }

    /// Returns the positions that a partition's memory belongs to; `None` when there is none.
    pub(crate) fn positions(&self, partition: i32) -> rusqlite::Result<Option<Positions>> {
        self.connection
            .prepare_cached("SELECT input, output FROM position WHERE partition = ?1")?
            .query_row([partition], |row| {
                Ok(Positions { input: row.get(0)?, output: row.get(1)? })
            })
            .optional()
    }

    /// Calls `each` with every observation of a partition.
    pub(crate) fn observations(
        &self,
        partition: i32,
        mut each: impl FnMut(&Observation),
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT integration, counter, actor, uuid, published, seen FROM observation
             WHERE partition = ?1 ORDER BY seen",
        )?;
        let mut rows = statement.query([partition])?;
        while let Some(row) = rows.next()? {
            each(&Observation {
                integration: row.get(0)?,
                counter: row.get(1)?,
                actor: row.get(2)?,
                uuid: row.get(3)?,
                published_ms: row.get(4)?,
                seen_ms: row.get(5)?,
            });
        }
        Ok(())
    }

    /// Says whether an id was emitted in the last 7 days.
    pub(crate) fn has_emitted(
        &self,
        partition: i32,
        id: &Uuid,
        now_ms: i64,
    ) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM emitted WHERE partition = ?1 AND id = ?2 AND at >= ?3")?
            .exists(params![partition, id.as_bytes().as_slice(), now_ms - EMITTED_MS])
    }

    /// Keeps what a committed step added, and forgets a little of what is too old.
    pub(crate) fn keep(
        &mut self,
        partition: i32,
        positions: Positions,
        additions: &Additions,
        now_ms: i64,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        add(&transaction, partition, additions)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO position VALUES (?1, ?2, ?3)")?
            .execute(params![partition, positions.input, positions.output])?;
        transaction
            .prepare_cached(
                "DELETE FROM emitted WHERE partition = ?1 AND id IN
                 (SELECT id FROM emitted WHERE partition = ?1 AND at < ?2 LIMIT ?3)",
            )?
            .execute(params![partition, now_ms - EMITTED_MS, FORGET_ROWS])?;
        transaction
            .prepare_cached(
                "DELETE FROM observation WHERE partition = ?1 AND
                 (integration, counter, actor, uuid) IN
                 (SELECT integration, counter, actor, uuid FROM observation
                  WHERE partition = ?1 AND seen < ?2 LIMIT ?3)",
            )?
            .execute(params![partition, now_ms - OBSERVED_MS, FORGET_ROWS])?;
        transaction.commit()
    }

    /// Forgets a partition, to be rebuilt.
    pub(crate) fn forget(&mut self, partition: i32) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for table in ["position", "emitted", "observation"] {
            let delete = format!("DELETE FROM {table} WHERE partition = ?1");
            transaction.execute(&delete, [partition])?;
        }
        transaction.commit()
    }
}

fn add(connection: &Connection, partition: i32, additions: &Additions) -> rusqlite::Result<()> {
    let mut emitted =
        connection.prepare_cached("INSERT OR REPLACE INTO emitted VALUES (?1, ?2, ?3)")?;
    for (id, at) in &additions.emitted {
        emitted.execute(params![partition, id.as_bytes().as_slice(), at])?;
    }
    let mut observation = connection
        .prepare_cached("INSERT OR IGNORE INTO observation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for seen in &additions.observations {
        observation.execute(params![
            partition,
            seen.integration,
            seen.counter,
            seen.actor,
            seen.uuid,
            seen.published_ms,
            seen.seen_ms,
        ])?;
    }
    Ok(())
}
