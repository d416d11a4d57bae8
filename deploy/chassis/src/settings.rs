//! Settings are a log: an append-only topic of one partition that every replica folds into the
//! same table.
//!
//! A record holds one object whole, the version it expects, who wrote it, when and why, and a MAC.
//! One whose expected version is not the current one is ignored, by everyone, for ever; a writer
//! waits until it has read its own record back and knows whether it won. So there is no database to
//! share, and history comes for free.

mod error;
mod keyring;
mod mark;
mod record;
mod seal;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

pub use error::SettingsError;
pub use keyring::{KeyError, Keyring};
pub use record::{Version, VersionError};
pub use seal::{Seal, SealError};
pub use table::{Object, Refused};

use error::MAX_ID_BYTES;
use mark::Mark;
use record::Entry;
use table::{LiveTable, Table, Verdict};

use crate::metrics::Metrics;
use crate::topic::fold::Folded;
use crate::topic::{Log, Output, Positions, TopicError};

/// Records read at once for a history.
const CHUNK: usize = 256;
/// How long after a failed start the next one is tried.
const RETRY: Duration = Duration::from_secs(1);

/// A settings log with its table. Clones share it.
#[derive(Debug, Clone)]
pub struct Settings {
    log: Log,
    topic: &'static str,
    keys: Keyring,
    live: Arc<Folded<LiveTable>>,
    /// Where the mark is kept, and what names the log. One at a time writes it.
    mark: Arc<Mutex<(PathBuf, Option<String>)>>,
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The object's id.
    pub object: String,
    /// The version that it must have; `None`: it must not be there, or be deleted.
    pub expected: Option<Version>,
    /// Its new value, whole; `None` deletes it.
    pub value: Option<Value>,
    /// Who writes.
    pub who: String,
    /// Why.
    pub why: String,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It counts.
    Won {
        /// The object's version now.
        version: Version,
    },
    /// The object has another version than expected: look at it, and decide anew.
    Lost {
        /// The object as it is; `None` when there is none.
        current: Option<Object>,
    },
}

impl Settings {
    /// Reads the log to its end as of now and follows it from then on: what this returns is ready. A
    /// log that cannot be read is tried again, for as long as it takes.
    ///
    /// # Errors
    /// Among others when the log has lost settings since it was last read here: `folder` keeps a
    /// mark of how much there was.
    pub async fn open(
        log: &Log,
        topic: &'static str,
        keys: Keyring,
        folder: &Path,
        metrics: &Metrics,
    ) -> Result<Self, SettingsError> {
        let ignored = metrics.counter_vec(
            "settings_ignored_records_total",
            "Records of a settings log that do not count, by reason, since the start.",
            &["topic", "reason"],
        )?;
        let (live, id) = loop {
            let opened = async {
                let table = LiveTable::new(Table::new(topic, keys.clone()), ignored.clone());
                let live = Folded::open(log, topic, table).await?;
                Ok((live, log.id().await?))
            };
            match opened.await {
                Ok(opened) => break opened,
                Err(TopicError::Unreadable(error)) => {
                    tracing::warn!(topic, error, "settings cannot be read yet, trying again");
                    tokio::time::sleep(RETRY).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let live = Arc::new(live);
        let mark = Arc::new(Mutex::new((Mark::path(folder, topic), id)));
        let settings = Self {
            log: log.clone(),
            topic,
            keys,
            live,
            mark,
        };
        settings.check()?;
        settings.remember()?;
        Ok(settings)
    }

    /// Compares what was read with the mark.
    fn check(&self) -> Result<(), SettingsError> {
        let topic = self.topic;
        let (path, log) = self.mark.lock().clone();
        let known = match Mark::read(&path) {
            Ok(known) => known,
            Err(source) => return Err(SettingsError::Mark { path, source }),
        };
        let live = self.live.value();
        let (had, has) = (known.accepted, live.table.accepted());
        match live.refused.back() {
            Some(last) if has == 0 => {
                let (refused, reason) = (live.refusals, last.reason.clone());
                Err(SettingsError::NothingBelieved {
                    topic,
                    refused,
                    reason,
                })
            }
            _ if had > 0 && known.log != log => Err(SettingsError::AnotherLog { topic, path }),
            _ if has < had => Err(SettingsError::LostSettings {
                topic,
                had,
                has,
                path,
            }),
            _ => Ok(()),
        }
    }

    fn remember(&self) -> Result<(), SettingsError> {
        let held = self.mark.lock();
        let (path, log) = &*held;
        if self.revision() == 0 {
            return Ok(());
        }
        let mark = Mark {
            log: log.clone(),
            accepted: self.revision(),
        };
        mark.write(path).map_err(|source| SettingsError::Mark {
            path: path.clone(),
            source,
        })
    }

    /// Returns an object that is not deleted.
    pub fn get(&self, object: &str) -> Option<Object> {
        self.live
            .value()
            .table
            .object(object)
            .filter(|found| !found.deleted)
            .cloned()
    }

    /// Returns all objects that are not deleted, by id.
    pub fn all(&self) -> BTreeMap<String, Object> {
        let live = self.live.value();
        let objects = live.table.objects().filter(|(_, object)| !object.deleted);
        objects
            .map(|(id, object)| (id.clone(), object.clone()))
            .collect()
    }

    /// Returns those objects whose ids begin in a way, that are not deleted.
    pub fn all_under(&self, prefix: &str) -> BTreeMap<String, Object> {
        let live = self.live.value();
        let objects = live.table.objects();
        let wanted = objects.filter(|(id, object)| id.starts_with(prefix) && !object.deleted);
        wanted
            .map(|(id, object)| (id.clone(), object.clone()))
            .collect()
    }

    /// Says whether there is an object that is not deleted.
    pub fn has(&self, object: &str) -> bool {
        let live = self.live.value();
        live.table
            .object(object)
            .is_some_and(|found| !found.deleted)
    }

    /// Returns the number of changes that count so far; it grows with each.
    pub fn revision(&self) -> u64 {
        self.live.value().table.accepted()
    }

    /// Returns up to `max` objects that have changed since there were `seen` changes, deleted ones too,
    /// in the order of their last changes; each with the number of that, which is what is `seen` then.
    pub fn changed_after(&self, seen: u64, max: usize) -> Vec<(u64, String, Object)> {
        let live = self.live.value();
        let changed = live.table.changed_after(seen).take(max);
        changed
            .map(|(number, id, object)| (number, id.clone(), object.clone()))
            .collect()
    }

    /// Waits until all that the log holds now is in the table: from then on, what is not there is not
    /// there.
    pub async fn catch_up(&self) -> Result<(), SettingsError> {
        Ok(self.live.catch_up().await?)
    }

    /// Waits until there are more changes than `seen` and returns how many.
    pub async fn changed(&self, seen: u64) -> u64 {
        let mut watch = self.live.watch();
        loop {
            watch.mark_unchanged();
            let revision = self.revision();
            if revision > seen {
                return revision;
            }
            if watch.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Writes an object and returns whether that counts, when it is durable and known.
    pub async fn write(&self, change: Change) -> Result<Written, SettingsError> {
        let Change {
            object,
            expected,
            value,
            who,
            why,
        } = change;
        if object.is_empty() || object.len() > MAX_ID_BYTES {
            return Err(SettingsError::BadId(object.len()));
        }
        // A change that has lost already is not appended: the log is kept for ever.
        self.live.catch_up().await?;
        let expects = self
            .live
            .value()
            .table
            .expects(&object, expected, value.is_none());
        let Some(expects) = expects else {
            return Ok(self.lost(&object));
        };
        let (deleted, value) = (value.is_none(), value.unwrap_or_default());
        let (nonce, when) = (nonce()?, Timestamp::now());
        let entry = Entry {
            expects,
            nonce,
            who,
            when,
            why,
            deleted,
            value,
        };
        let unwritable = |doubt: record::Doubt| SettingsError::Unwritable(doubt.to_string());
        let (version, record) = entry
            .sign(self.topic, &object, &self.keys)
            .map_err(unwritable)?;
        Entry::verify(self.topic, &record, &self.keys).map_err(unwritable)?;
        for place in self
            .log
            .append(vec![Output {
                topic: self.topic,
                record,
            }])
            .await?
        {
            self.live.includes(place).await?;
        }
        if !self.live.value().table.has_had(&object, version) {
            return Ok(self.lost(&object));
        }
        if let Err(error) = self.remember() {
            tracing::warn!(%error, "a change counts, but its mark could not be written");
        }
        Ok(Written::Won { version })
    }

    fn lost(&self, object: &str) -> Written {
        Written::Lost {
            current: self.get(object),
        }
    }

    /// Returns every version that an object had, the oldest first.
    pub async fn history(&self, object: &str) -> Result<Vec<Object>, SettingsError> {
        let mut table = Table::new(self.topic, self.keys.clone());
        let mut reader = self.log.reader(self.topic, Positions::new());
        let mut history = Vec::new();
        loop {
            let records = reader.read(CHUNK).await?;
            if records.is_empty() {
                return Ok(history);
            }
            for stored in records
                .iter()
                .filter(|stored| stored.record.key == object.as_bytes())
            {
                if table.take(stored) == Verdict::Accepted {
                    history.extend(table.object(object).cloned());
                }
            }
        }
    }

    /// Returns the last records that are not believed, for people to look at.
    pub fn refused(&self) -> Vec<Refused> {
        self.live.value().refused.iter().cloned().collect()
    }

    /// Waits until the log can't be followed any more and says why: the table is old from then on.
    pub async fn failed(&self) -> TopicError {
        self.live.failed().await
    }
}

fn nonce() -> Result<String, SettingsError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(SettingsError::Random)?;
    Ok(hex::encode(nonce))
}
