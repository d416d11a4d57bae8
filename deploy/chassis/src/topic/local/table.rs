//! A topic as the file keeps it: a table of records, and the statements about it.

use rusqlite::Connection;
use tokio::sync::watch;

use super::TopicSpec;

/// A topic, with its statements written once.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) spec: TopicSpec,
    /// Its place among the topics of this log.
    pub(super) number: usize,
    /// Its end, as far as it is durable.
    pub(super) end: watch::Sender<i64>,
    pub(super) sql: Statements,
}

/// What is asked of a topic's table.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) insert: String,
    /// Takes the earlier records of a key away.
    pub(super) supersede: String,
    /// Its start and its last record's offset.
    pub(super) bounds: String,
    pub(super) select: String,
    /// The first records below an offset: offset, time, size.
    pub(super) first: String,
    /// The last record's time.
    pub(super) last_time: String,
    /// Takes the records up to an offset away.
    pub(super) delete: String,
    /// Takes so many tombstones older than a time away.
    pub(super) bury: String,
}

impl Topic {
    pub(super) fn new(spec: TopicSpec, number: usize) -> Self {
        Self {
            spec,
            number,
            end: watch::Sender::new(0),
            sql: Statements::new(spec.name),
        }
    }

    /// Makes its table when it is not there.
    pub(super) fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        let name = self.spec.name;
        let table = quoted("records of", name);
        connection.execute("INSERT OR IGNORE INTO topic (name) VALUES (?1)", [name])?;
        connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {table} (
                id INTEGER PRIMARY KEY,
                timestamp INTEGER NOT NULL,
                key BLOB NOT NULL,
                headers BLOB NOT NULL,
                value BLOB NOT NULL
            )"
        ))?;
        if self.spec.compacted {
            let (keys, tombstones) = (quoted("keys of", name), quoted("tombstones of", name));
            connection.execute_batch(&format!(
                "CREATE INDEX IF NOT EXISTS {keys} ON {table} (key);
                 CREATE INDEX IF NOT EXISTS {tombstones} ON {table} (timestamp)
                 WHERE length(value) = 0"
            ))?;
        }
        Ok(())
    }
}

impl Statements {
    fn new(topic: &str) -> Self {
        let table = quoted("records of", topic);
        Self {
            insert: format!("INSERT INTO {table} VALUES (?1, ?2, ?3, ?4, ?5)"),
            supersede: format!("DELETE FROM {table} WHERE key = ?1"),
            bounds: format!(
                "SELECT start, (SELECT max(id) FROM {table}) FROM topic WHERE name = ?1"
            ),
            select: format!(
                "SELECT id, timestamp, key, headers, value FROM {table} WHERE id >= ?1 ORDER BY id"
            ),
            first: format!(
                "SELECT id, timestamp, length(value) FROM {table} WHERE id < ?1 ORDER BY id"
            ),
            last_time: format!("SELECT timestamp FROM {table} ORDER BY id DESC LIMIT 1"),
            delete: format!("DELETE FROM {table} WHERE id <= ?1"),
            bury: format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE length(value) = 0
                 AND timestamp < ?1 AND id < (SELECT max(id) FROM {table}) LIMIT ?2)"
            ),
        }
    }
}

fn quoted(what: &str, topic: &str) -> String {
    format!("\"{what} {}\"", topic.replace('"', "\"\""))
}
