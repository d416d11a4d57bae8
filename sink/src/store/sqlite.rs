//! Connections to the database file: one that writes, on a thread of its own, and a few that read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nightlatch_schemas::decode;
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use tokio::sync::Semaphore;

use super::StoreError;
use super::body::unpack;
use super::episode;
use super::row::search_text;
use super::worker::Worker;

/// In order; the position of a file is its version. `PRAGMA user_version` says how many are done.
const MIGRATIONS: [&str; 6] = [
    include_str!("../../migrations/0001_feed.sql"),
    include_str!("../../migrations/0002_log.sql"),
    include_str!("../../migrations/0003_index.sql"),
    include_str!("../../migrations/0004_triage.sql"),
    include_str!("../../migrations/0005_episode.sql"),
    include_str!("../../migrations/0006_merge.sql"),
];
/// The last of them that empties the index of words: it is filled anew from the records.
const EMPTIES_INDEX: usize = 3;
/// The one that brings episodes in.
const BRINGS_EPISODES: usize = 5;
/// Pages that a connection keeps in memory, in KiB.
const CACHE_KIB: i64 = 2048;
/// How long a connection waits for another process' write (there should be none).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The write-ahead log is cut back to this after a burst.
const JOURNAL_BYTES: i64 = 16 * 1024 * 1024;
/// A query looks at the clock each so many steps of SQLite's machine.
const STEPS_PER_LOOK: i32 = 20_000;

/// The connection that writes, on a thread of its own.
pub(super) type Writer = Worker<Connection>;

/// How a database is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// In order; the position of each is the version that it makes.
    pub(crate) migrations: &'static [&'static str],
    /// What is left to do when a file had only the first so many of them.
    pub(crate) and_then: fn(&Connection, usize) -> Result<(), StoreError>,
    /// `NORMAL`: a power cut may take the last commits; `FULL`: it takes none.
    pub(crate) synchronous: &'static str,
    /// Memory for pages.
    pub(crate) cache_kib: i64,
}

/// How the feed is written.
const FEED: Settings = Settings {
    migrations: &MIGRATIONS,
    and_then: fill,
    // A power cut may take the last commits, rows and position together: they are read again.
    synchronous: "NORMAL",
    cache_kib: CACHE_KIB,
};

/// Opens the feed's file, makes it when it is not there, and brings it up to date. Returns the
/// number of events in it, too.
pub(super) fn open_feed(file: &Path) -> Result<(Writer, u64), StoreError> {
    let connection = open_to_write(file, FEED)?;
    let rows = connection.query_row("SELECT count(*) FROM runtime_event", [], |row| row.get(0))?;
    Ok((Writer::start("sink-writer", connection)?, rows))
}

/// Opens a file, makes it when it is not there, and brings it up to date.
pub(crate) fn open_to_write(file: &Path, settings: Settings) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(file)?;
    plan_once(&connection)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Holds for a new file only, and only when it is set first.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", settings.synchronous)?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    connection.pragma_update(None, "cache_size", -settings.cache_kib)?;
    migrate(&mut connection, file, settings)?;
    Ok(connection)
}

/// The connections that read. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    file: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl Readers {
    pub(super) fn new(file: PathBuf, count: usize, timeout: Duration) -> Self {
        let places = Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            file,
            idle: Arc::default(),
            places,
            timeout,
        }
    }

    /// Runs a query in a transaction of its own (it sees one moment of the store) on a thread
    /// where it may block.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| StoreError::Stopped)?;
        let readers = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let result = readers.query(query);
            drop(place);
            result
        });
        task.await.map_err(|_| StoreError::Stopped)?
    }

    fn query<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_to_read(&self.file)?,
        };
        give_up_at(&mut connection, Instant::now() + self.timeout)?;
        let transaction = connection.transaction()?;
        let result = query(&transaction);
        transaction.finish()?;
        self.idle.lock().push(connection);
        result
    }
}

/// Has queries of a connection given up at `end`.
pub(crate) fn give_up_at(connection: &mut Connection, end: Instant) -> Result<(), StoreError> {
    Ok(connection.progress_handler(STEPS_PER_LOOK, Some(move || Instant::now() > end))?)
}

/// Opens a file for queries.
pub(crate) fn open_to_read(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    plan_once(&connection)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// A plan stays whatever is bound to it. Else SQLite as it is bundled plans each comparison with a bound value
/// anew whenever it is run, in the hope of statistics that we do not keep.
fn plan_once(connection: &Connection) -> rusqlite::Result<bool> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
}

fn migrate(connection: &mut Connection, file: &Path, settings: Settings) -> Result<(), StoreError> {
    let Settings {
        migrations,
        and_then,
        ..
    } = settings;
    let known = migrations.len();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    if done > known {
        return Err(StoreError::Newer {
            file: file.to_owned(),
            found,
            known,
        });
    }
    for migration in migrations.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    and_then(&transaction, done)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Fills what migrations have emptied or brought.
fn fill(connection: &Connection, done: usize) -> Result<(), StoreError> {
    if done < EMPTIES_INDEX {
        fill_index(connection)?;
    }
    if done < BRINGS_EPISODES {
        episode::fill(connection)?;
    }
    Ok(())
}

fn fill_index(connection: &Connection) -> Result<(), StoreError> {
    let mut records = connection.prepare("SELECT key, body FROM record ORDER BY key")?;
    let mut index =
        connection.prepare("INSERT INTO search (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let value = unpack(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
        let text = search_text(&decode(&value)?);
        index.execute(params![key, text.words, text.parts])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use nightlatch_schemas::{RuntimeEvent, encode};
    use serde_json::json;

    use super::super::body::pack;
    use super::*;

    fn event() -> RuntimeEvent {
        let event = json!({
            "id": "5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22",
            "integration": "i", "org": "acme.okta.com", "source": "okta",
            "occurred_at": 1, "received_at": 2, "detected_at": 3,
            "policy": {"id": "p", "name": "P", "kind": "managed", "version": "0"},
            "rule": {"name": "R", "version": "0", "tags": ["mfa"], "priority": "Notice", "attack": []},
            "ruleset_version": "0", "severity": 4, "severity_label": "Medium",
            "output": "reset", "fields": {}, "dedup_key": "R", "actor": {"login": "Ann@acme.com"},
            "targets": [], "client": null, "outcome": null, "event": null, "group_key": null,
            "window": null, "count": null, "evidence": [], "test": false, "staged": false,
            "late": false, "labels": {},
        });
        serde_json::from_value(event).unwrap()
    }

    /// Returns a store as the first release of the feed left it, with one event.
    fn old_store() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..2] {
            connection.execute_batch(migration).unwrap();
        }
        connection.pragma_update(None, "user_version", 2).unwrap();
        let insert = "INSERT INTO runtime_event VALUES (
            1048576, zeroblob(16), 1, 3, 3, 0, 0, 'i', 'acme.okta.com', 'p', 'P', 'R', 4, NULL,
            NULL, 'ann@acme.com', NULL, NULL, NULL, 'R')";
        connection.execute(insert, []).unwrap();
        let record = "INSERT INTO record VALUES (1048576, ?1)";
        let body = pack(&encode(&event()).unwrap());
        connection.execute(record, [body]).unwrap();
        connection
    }

    #[test]
    fn a_store_of_an_earlier_version_is_indexed_anew_and_its_events_are_open() {
        let mut connection = old_store();
        migrate(&mut connection, Path::new("feed.db"), FEED).unwrap();
        for term in ["reset", "\u{E001}gmfa", "\u{E001}aann@acme.com"] {
            let found: i64 = connection
                .query_row(
                    "SELECT count(*) FROM search WHERE search MATCH ?1",
                    [format!("\"{term}\"")],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(found, 1, "{term}");
        }
        let status: i64 = connection
            .query_row("SELECT status FROM runtime_event", [], |row| row.get(0))
            .unwrap();
        assert_eq!(status, 0);
        let first_key: i64 = connection
            .query_row("SELECT first_key FROM runtime_event", [], |row| row.get(0))
            .unwrap();
        assert_eq!(first_key, 1_048_576);
        migrate(&mut connection, Path::new("feed.db"), FEED).unwrap();
    }
}
