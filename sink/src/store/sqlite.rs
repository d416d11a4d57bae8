//! Connections to the database file: one that writes, on a thread of its own, and a few that read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use nightlatch_schemas::decode;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use tokio::sync::{Semaphore, oneshot};

use super::StoreError;
use super::body::unpack;
use super::episode;
use super::row::search_text;

/// In order; the position of a file is its version. `PRAGMA user_version` says how many are done.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_feed.sql"),
    include_str!("../../migrations/0002_log.sql"),
    include_str!("../../migrations/0003_index.sql"),
    include_str!("../../migrations/0004_triage.sql"),
    include_str!("../../migrations/0005_episode.sql"),
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

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The connection that writes. Jobs run one after the other; it closes when the last clone goes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Opens the file, makes it when it is not there, and brings it up to date. Returns the number
    /// of events in it, too.
    pub(super) fn open(file: &Path) -> Result<(Self, u64), StoreError> {
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Holds for a new file only, and only when it is set first.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A power cut may take the last commits, rows and position together: they are read again.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        migrate(&mut connection)?;
        let rows =
            connection.query_row("SELECT count(*) FROM runtime_event", [], |row| row.get(0))?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let run = move || queue.into_iter().for_each(|job| job(&mut connection));
        std::thread::Builder::new()
            .name("sink-writer".to_owned())
            .spawn(run)
            .map_err(|error| StoreError::Thread(error.to_string()))?;
        Ok((Self { jobs }, rows))
    }

    /// Runs a job on the writer's thread. A caller that goes away does not stop it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more: fine.
            drop(reply.send(job(connection)));
        });
        self.jobs.send(job).map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }
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
        let end = Instant::now() + self.timeout;
        connection.progress_handler(STEPS_PER_LOOK, Some(move || Instant::now() > end))?;
        let transaction = connection.transaction()?;
        let result = query(&transaction);
        transaction.finish()?;
        self.idle.lock().push(connection);
        result
    }
}

fn open_to_read(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    if done > known {
        return Err(StoreError::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    if done < EMPTIES_INDEX {
        fill_index(&transaction)?;
    }
    if done < BRINGS_EPISODES {
        episode::fill(&transaction)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
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
        migrate(&mut connection).unwrap();
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
        migrate(&mut connection).unwrap();
    }
}
