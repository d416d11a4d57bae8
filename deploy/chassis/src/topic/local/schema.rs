//! The file: its folder's lock, its tables, how it is opened.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::TopicSpec;
use crate::topic::record::TopicError;

/// Marks the file as ours (SQLite's `application_id`): "NLLG".
const APPLICATION_ID: i32 = 0x4e4c_4c47;
/// The version of the tables (SQLite's `user_version`).
const VERSION: i32 = 1;
/// Pages of WAL after which it is copied into the file; keeps it at a few MiB.
const CHECKPOINT_PAGES: i32 = 512;
/// How much of the WAL's file stays on disk after a checkpoint, in bytes.
const WAL_BYTES: i64 = 8 * 1024 * 1024;

const TABLES: &str = "
    CREATE TABLE topic (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        start INTEGER NOT NULL DEFAULT 0,
        next INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE position (
        reader TEXT NOT NULL,
        topic INTEGER NOT NULL REFERENCES topic(id),
        next INTEGER NOT NULL,
        PRIMARY KEY (reader, topic)
    ) WITHOUT ROWID;";

/// Returns the path of the log's file in a data folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("log.db")
}

/// Takes the folder's lock, which the system frees when the process ends, however it ends.
pub(super) fn lock(folder: &Path) -> Result<File, TopicError> {
    let fatal = |what: &str, error: &std::io::Error| {
        TopicError::Fatal(format!("cannot {what} {}: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| fatal("make the data folder", &error))?;
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).read(true).write(true);
    let mut lock = options.open(&path).map_err(|error| fatal("open the lock in", &error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            return Err(TopicError::Locked(format!(
                "another process (pid {}) uses the data folder {}; stop it or set another data_dir",
                holder.trim(),
                folder.display(),
            )));
        }
        Err(TryLockError::Error(error)) => return Err(fatal("lock", &error)),
    }
    lock.set_len(0)
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
        .map_err(|error| fatal("write the lock in", &error))?;
    Ok(lock)
}

/// Opens the file for its one writer, makes tables and topics that are not there yet.
pub(super) fn create(path: &Path, topics: &[TopicSpec]) -> Result<Connection, TopicError> {
    prepare(path, topics).map_err(|error| {
        TopicError::Fatal(format!("cannot open the log {}: {error}", path.display()))
    })
}

fn prepare(path: &Path, topics: &[TopicSpec]) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(newer(version));
    }
    if version == 0 {
        // Both must stand before the first table.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.unchecked_transaction()?;
    if version == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    for topic in topics {
        create_topic(&transaction, topic.name)?;
    }
    transaction.commit()?;
    Ok(connection)
}

fn create_topic(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR IGNORE INTO topic (name) VALUES (?1)", [name])?;
    let id: i64 =
        connection.query_row("SELECT id FROM topic WHERE name = ?1", [name], |row| row.get(0))?;
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS record_{id} (
            id INTEGER PRIMARY KEY,
            timestamp INTEGER NOT NULL,
            key BLOB NOT NULL,
            headers BLOB NOT NULL,
            value BLOB NOT NULL
        )"
    ))
}

fn newer(version: i32) -> rusqlite::Error {
    let text = format!("it was made by a newer Nightlatch (file version {version})");
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB),
        Some(text),
    )
}

/// Opens the file to read.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, TopicError> {
    let unreadable = |error: rusqlite::Error| {
        TopicError::Unreadable(format!("cannot open the log {}: {error}", path.display()))
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unreadable)?;
    connection.busy_timeout(std::time::Duration::from_secs(2)).map_err(unreadable)?;
    connection.pragma_update(None, "cache_size", -1024).map_err(unreadable)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}
