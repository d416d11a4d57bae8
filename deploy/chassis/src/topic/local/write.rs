//! What the writer does to the file, within a transaction that [`Book::begin`] began.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, params};

use super::table::Topic;
use super::{PARTITION, read};
use crate::seeded_bugs::{dawdle, seeded_bug};
use crate::topic::record::{Outcome, Place};

/// A record ready to be written.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) topic: Arc<Topic>,
    pub(super) key: Vec<u8>,
    pub(super) headers: Vec<u8>,
    pub(super) value: Vec<u8>,
}

/// An atomic step ready to be written.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) group: String,
    pub(super) topic: Arc<Topic>,
    /// The position that the step was read from.
    pub(super) expected: i64,
    /// The position after it.
    pub(super) next: i64,
    pub(super) rows: Vec<Row>,
}

/// The file with what is known of it.
pub(super) struct Book {
    pub(super) connection: Connection,
    pub(super) topics: Vec<Arc<Topic>>,
    /// The next offset of each topic, what is not committed yet included.
    next: Vec<i64>,
    /// The last record time that was given; record time never goes back.
    time: i64,
}

impl Book {
    pub(super) fn open(connection: Connection, topics: Vec<Arc<Topic>>) -> rusqlite::Result<Self> {
        let mut time = 0;
        for topic in &topics {
            topic
                .end
                .send_replace(read::bounds(&connection, topic)?.end);
            time = time.max(read::last_time(&connection, topic)?.unwrap_or(0));
        }
        let next = topics.iter().map(|topic| *topic.end.borrow()).collect();
        Ok(Self {
            connection,
            topics,
            next,
            time,
        })
    }

    /// Returns the time to stamp records with, milliseconds since 1970.
    pub(super) fn now(&mut self) -> i64 {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        self.time = self.time.max(i64::try_from(now).unwrap_or(i64::MAX));
        self.time
    }

    pub(super) fn begin(&mut self) -> rusqlite::Result<()> {
        self.now();
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])
            .map(|_| ())
    }

    /// Makes all since the beginning durable and tells who waits for records.
    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        for (topic, next) in self.topics.iter().zip(&self.next) {
            topic
                .end
                .send_if_modified(|end| std::mem::replace(end, *next) != *next);
        }
        Ok(())
    }

    /// Forgets all since the beginning.
    pub(super) fn roll_back(&mut self) -> rusqlite::Result<()> {
        for (topic, next) in self.topics.iter().zip(&mut self.next) {
            *next = *topic.end.borrow();
        }
        if self.connection.is_autocommit() {
            // The failure itself has ended the transaction.
            return Ok(());
        }
        self.connection.execute_batch("ROLLBACK")
    }

    pub(super) fn append(&mut self, rows: &[Row]) -> rusqlite::Result<Vec<Place>> {
        let mut places = Vec::with_capacity(rows.len());
        for Row {
            topic,
            key,
            headers,
            value,
        } in rows
        {
            let Some(next) = self.next.get_mut(topic.number) else {
                continue;
            };
            if topic.spec.compacted {
                self.connection
                    .prepare_cached(&topic.sql.supersede)?
                    .execute([key])?;
            }
            self.connection
                .prepare_cached(&topic.sql.insert)?
                .execute(params![*next, self.time, key, headers, value])?;
            places.push(Place {
                partition: PARTITION,
                offset: *next,
            });
            *next += 1;
        }
        Ok(places)
    }

    /// Writes a step's outputs and position, if the position is still the one that was read.
    pub(super) fn step(&mut self, step: &Step) -> rusqlite::Result<Outcome> {
        let Step {
            group,
            topic,
            expected,
            next,
            rows,
        } = step;
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE position SET next = ?3 WHERE reader = ?1 AND topic = ?2 AND next = ?4",
            )?
            .execute(params![group, topic.spec.name, next, expected])?;
        if changed == 0 {
            return Ok(Outcome::Fenced);
        }
        if seeded_bug("position-before-outputs") {
            self.connection.execute_batch("COMMIT")?;
            dawdle();
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.append(rows)?;
        Ok(Outcome::Committed)
    }

    /// Returns the position of a group. One that has none yet gets the start, and from then on
    /// retention waits for it.
    pub(super) fn assign(&self, group: &str, topic: &Topic) -> rusqlite::Result<i64> {
        if let Some(position) = read::position(&self.connection, group, topic)? {
            return Ok(position);
        }
        let start = read::bounds(&self.connection, topic)?.start;
        self.connection
            .prepare_cached("INSERT INTO position (reader, topic, next) VALUES (?1, ?2, ?3)")?
            .execute(params![group, topic.spec.name, start])?;
        Ok(start)
    }
}
