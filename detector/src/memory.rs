//! What the detector remembers on local disk: the ids it emitted and what the counters counted,
//! each with the position on the log that it belongs to.
//!
//! Written after a step is committed, so it is at most behind the log, never ahead; what is
//! missing is caught up from the log. So it need not survive a power cut: it can be rebuilt, and
//! what is damaged, of another version or of another log is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nightlatch_engine::Observation;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use uuid::Uuid;

/// How long an emitted id is remembered, in milliseconds: 7 days.
pub(crate) const EMITTED_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long an observation is remembered, in milliseconds: as long as the log keeps the event.
const OBSERVED_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// The version of the tables; another version's file is rebuilt.
const VERSION: i32 = 2;
/// How long another program that looks into the file is waited for.
const BUSY: Duration = Duration::from_millis(250);
/// Rows that one step forgets besides as many as twice what it adds: no step waits for it long, and
/// old rows go faster than new ones come.
const FORGET_ROWS: usize = 64;

const TABLES: &str = "
    CREATE TABLE log (id TEXT NOT NULL);
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
    path: PathBuf,
    connection: Connection,
}

impl Memory {
    /// Opens the file in a data folder; one that can't be used is made anew.
    pub(crate) fn open(data_dir: &Path) -> rusqlite::Result<Self> {
        let path = data_dir.join("detector.db");
        let connection = match prepare(&path) {
            Err(error) if is_damage(&error) => remake(&path, &error)?,
            opened => opened?,
        };
        Ok(Self { path, connection })
    }

    /// Makes the file anew when `error` says that it is damaged.
    pub(crate) fn mend(&mut self, error: &rusqlite::Error) -> rusqlite::Result<()> {
        if is_damage(error) {
            // Closes the damaged one first.
            self.connection = Connection::open_in_memory()?;
            self.connection = remake(&self.path, error)?;
        }
        Ok(())
    }

    /// Forgets everything that is not of the log with this id.
    pub(crate) fn belong_to(&mut self, log_id: &str) -> rusqlite::Result<()> {
        let known = self
            .connection
            .query_row("SELECT id FROM log", [], |row| row.get(0));
        let known: Option<String> = known.optional()?;
        if known.as_deref() == Some(log_id) {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for table in ["position", "emitted", "observation", "log"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        transaction.execute("INSERT INTO log VALUES (?1)", [log_id])?;
        transaction.commit()
    }

    /// Returns the positions that a partition's memory belongs to; `None` when there is none.
    pub(crate) fn positions(&self, partition: i32) -> rusqlite::Result<Option<Positions>> {
        self.connection
            .prepare_cached("SELECT input, output FROM position WHERE partition = ?1")?
            .query_row([partition], |row| {
                Ok(Positions {
                    input: row.get(0)?,
                    output: row.get(1)?,
                })
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
            .exists(params![
                partition,
                id.as_bytes().as_slice(),
                now_ms - EMITTED_MS
            ])
    }

    /// Keeps what a committed step added, and forgets a little of what is too old.
    pub(crate) fn keep(
        &mut self,
        partition: i32,
        positions: Positions,
        additions: &Additions,
        now_ms: i64,
    ) -> rusqlite::Result<()> {
        let added = additions.emitted.len() + additions.observations.len();
        let forget = i64::try_from(FORGET_ROWS + 2 * added).unwrap_or(i64::MAX);
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
            .execute(params![partition, now_ms - EMITTED_MS, forget])?;
        transaction
            .prepare_cached(
                "DELETE FROM observation WHERE partition = ?1 AND
                 (integration, counter, actor, uuid) IN
                 (SELECT integration, counter, actor, uuid FROM observation
                  WHERE partition = ?1 AND seen < ?2 LIMIT ?3)",
            )?
            .execute(params![partition, now_ms - OBSERVED_MS, forget])?;
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

/// Opens the file and makes its tables when it has none. One of another version is an error.
fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // SQLite as it is bundled would plan queries anew whenever something is bound to them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    } else if version != VERSION {
        return Err(rusqlite::Error::IntegralValueOutOfRange(
            0,
            i64::from(version),
        ));
    }
    Ok(connection)
}

/// Whether an error is the file's own fault. What the machine lacks (room, memory, a disk that can
/// be read) no new file would have either.
fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    !code.is_some_and(|code| {
        matches!(
            code,
            ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
        )
    })
}

fn remake(path: &Path, error: &rusqlite::Error) -> rusqlite::Result<Connection> {
    tracing::warn!(%error, "the detector's memory can't be used and will be rebuilt");
    for ending in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        // What is not there need not be removed; what stays is found damaged again.
        drop(fs::remove_file(file));
    }
    prepare(path)
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
