//! Cursors: small values by key on a compacted topic, each written by one owner and read by all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Log;
use super::fold::{Fold, Folded};
use super::record::{Output, Record, Stored, TopicError};

/// The latest value of each key of a compacted topic. Clones share it.
#[derive(Debug, Clone)]
pub struct Cursors {
    log: Log,
    topic: &'static str,
    latest: Arc<Folded<Latest>>,
}

#[derive(Debug, Default)]
struct Latest(BTreeMap<Vec<u8>, Vec<u8>>);

impl Fold for Latest {
    fn apply(&mut self, stored: Stored) {
        let Record { key, value, .. } = stored.record;
        if value.is_empty() {
            self.0.remove(&key);
        } else {
            self.0.insert(key, value);
        }
    }
}

impl Cursors {
    pub(super) async fn open(log: &Log, topic: &'static str) -> Result<Self, TopicError> {
        let latest = Folded::open(log, topic, Latest::default()).await?;
        Ok(Self {
            log: log.clone(),
            topic,
            latest: Arc::new(latest),
        })
    }

    /// Writes the value of a key and returns when it is durable and [`Cursors::get`] knows it. An
    /// empty value deletes the key.
    pub async fn put(&self, key: &[u8], value: Vec<u8>) -> Result<(), TopicError> {
        let record = Record {
            key: key.to_vec(),
            headers: Vec::new(),
            value,
        };
        let places = self
            .log
            .append(vec![Output {
                topic: self.topic,
                record,
            }])
            .await?;
        for place in places {
            self.latest.includes(place).await?;
        }
        Ok(())
    }

    /// Deletes a key.
    pub async fn delete(&self, key: &[u8]) -> Result<(), TopicError> {
        self.put(key, Vec::new()).await
    }

    /// Returns the value of a key. What others write is seen soon after they wrote it.
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.latest.value().0.get(key).cloned()
    }

    /// Returns all keys with their values.
    pub fn all(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.latest.value().0.clone()
    }

    /// Returns the keys that begin with `prefix`, with their values.
    pub fn under(&self, prefix: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let latest = self.latest.value();
        let from = latest.0.range(prefix.to_vec()..);
        let under = from.take_while(|(key, _)| key.starts_with(prefix));
        under
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Waits until all that the topic holds now is known here.
    pub async fn catch_up(&self) -> Result<(), TopicError> {
        self.latest.catch_up().await
    }

    /// Waits until the topic can't be followed any more and says why: what is known here is old
    /// from then on.
    pub async fn failed(&self) -> TopicError {
        self.latest.failed().await
    }
}
