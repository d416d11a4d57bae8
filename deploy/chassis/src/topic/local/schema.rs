//! The file: its tables, how it is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::table::Topic;
use super::unreadable;
use crate::topic::record::TopicError;

/// Marks the file as ours (SQLite's `application_id`): "NLLG".
const APPLICATION_ID: i32 = 0x4e4c_4c47;
/// The version of the tables (SQLite's `user_version`).
const VERSION: i32 = 1;
/// How much of the WAL's file stays on disk once it starts anew, in bytes.
const WAL_BYTES: i64 = 8 * 1024 * 1024;
/// How long a query waits while the file is opened or closed elsewhere.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// A record's `id` is its offset. A topic's next offset is not stored, since the last record tells
/// it; `start` does when there is none.
const TABLES: &str = "
    CREATE TABLE log (id TEXT NOT NULL);
    INSERT INTO log VALUES (lower(hex(randomblob(16))));
    CREATE TABLE topic (
        name TEXT PRIMARY KEY,
        start INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE position (
        reader TEXT NOT NULL,
        topic TEXT NOT NULL REFERENCES topic (name),
        next INTEGER NOT NULL,
        PRIMARY KEY (reader, topic)
    ) WITHOUT ROWID;";

/// Returns the path of the log's file in a data folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("log.db")
}

/// Opens the file for its one writer, makes tables and topics that are not there yet.
pub(super) fn create<'a>(
    path: &Path,
    topics: impl Iterator<Item = &'a Topic>,
) -> Result<Connection, TopicError> {
    let fatal = |problem: &dyn std::fmt::Display| {
        TopicError::Fatal(format!("cannot open the log {}: {problem}", path.display()))
    };
    let connection = Connection::open(path).map_err(|error| fatal(&error))?;
    let is_new = !is_made(&connection).map_err(|problem| fatal(&problem))?;
    let mode = shape(&connection, is_new).map_err(|error| fatal(&error))?;
    if mode != "wal" {
        return Err(fatal(
            &"its file system takes no WAL; data_dir must be on a local disk",
        ));
    }
    fill(&connection, is_new, topics).map_err(|error| fatal(&error))?;
    Ok(connection)
}

/// Whether the file has its tables; an error says why they can't be used.
fn is_made(connection: &Connection) -> Result<bool, String> {
    let number = |query| connection.query_row(query, [], |row| row.get::<_, i32>(0));
    let numbers = number("PRAGMA application_id").and_then(|id| {
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok((id, number("PRAGMA user_version")?, tables))
    });
    match numbers.map_err(|error| error.to_string())? {
        (0, 0, 0) => Ok(false),
        (APPLICATION_ID, VERSION, _) => Ok(true),
        (APPLICATION_ID, newer, _) => Err(format!(
            "its tables have version {newer}, this program knows {VERSION}; use a newer program"
        )),
        _ => Err("it is a database of something else".to_owned()),
    }
}

/// SQLite as it is bundled would plan queries anew whenever something is bound to them.
fn plan_once(connection: &Connection) -> rusqlite::Result<bool> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
}

/// Sets how the file is kept; returns its journal mode.
fn shape(connection: &Connection, is_new: bool) -> rusqlite::Result<String> {
    if is_new {
        // Both must stand before the first table. Two records of the usual size fill a page.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer does it between commits, and sees it fail.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.busy_timeout(BUSY)?;
    plan_once(connection)?;
    connection.set_prepared_statement_cache_capacity(96);
    Ok(mode)
}

fn fill<'a>(
    connection: &Connection,
    is_new: bool,
    topics: impl Iterator<Item = &'a Topic>,
) -> rusqlite::Result<()> {
    // One transaction: whoever reads beside sees all of the tables or none.
    let transaction = connection.unchecked_transaction()?;
    if is_new {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    for topic in topics {
        topic.create(&transaction)?;
    }
    transaction.commit()
}

/// Opens the file to read; `None` when no writer has made it yet.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, TopicError> {
    if let Ok(false) = path.try_exists() {
        return Ok(None);
    }
    let problem = |error: &dyn std::fmt::Display| {
        TopicError::Unreadable(format!("cannot open the log {}: {error}", path.display()))
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| problem(&error))?;
    connection
        .busy_timeout(BUSY)
        .map_err(|error| unreadable(&error))?;
    plan_once(&connection).map_err(|error| unreadable(&error))?;
    connection
        .pragma_update(None, "cache_size", -1024)
        .map_err(|error| unreadable(&error))?;
    connection.set_prepared_statement_cache_capacity(32);
    let is_made = is_made(&connection).map_err(|error| problem(&error))?;
    Ok(is_made.then_some(connection))
}
