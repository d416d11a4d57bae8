//! Reading, without the writer.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::{Local, PARTITION, read, stopped, unreadable};
use crate::topic::record::{Bounds, Stored, TopicError};

/// Records at the end of a topic that are read without a thread of their own.
const FEW_RECORDS: i64 = 16;
/// How often a log that another process writes is looked at for news.
const BESIDE_POLL: Duration = Duration::from_millis(25);

/// What one read brings.
#[derive(Debug)]
pub(in crate::topic) struct Chunk {
    pub(in crate::topic) records: Vec<Stored>,
    /// The topic's end at that moment.
    pub(in crate::topic) end: i64,
}

impl Local {
    /// Returns what names this log for life; `None` when no writer has made it yet.
    pub(in crate::topic) async fn id(&self) -> Result<Option<String>, TopicError> {
        self.read(|connection| read::id(connection).map_err(|error| unreadable(&error)))
            .await
    }

    /// Returns the position of `group` on `topic`, the start when it has none yet.
    pub(in crate::topic) async fn position(
        &self,
        group: &str,
        topic: &str,
    ) -> Result<i64, TopicError> {
        let (group, topic) = (group.to_owned(), Arc::clone(self.topic(topic)?));
        let position = self.read(move |connection| {
            let found = read::position(connection, &group, &topic).and_then(|found| match found {
                Some(position) => Ok(position),
                None => Ok(read::bounds(connection, &topic)?.start),
            });
            found.map_err(|error| unreadable(&error))
        });
        Ok(position.await?.unwrap_or(0))
    }

    /// Returns the ends of `topic`.
    pub(in crate::topic) async fn bounds(&self, topic: &str) -> Result<Bounds, TopicError> {
        let topic = Arc::clone(self.topic(topic)?);
        let bounds = self.read(move |connection| {
            read::bounds(connection, &topic).map_err(|error| unreadable(&error))
        });
        Ok(bounds.await?.unwrap_or(Bounds {
            partition: PARTITION,
            start: 0,
            end: 0,
        }))
    }

    /// Reads up to `max` records of `topic` from `from` on (`None`: from the start).
    pub(in crate::topic) async fn chunk(
        &self,
        topic: &str,
        from: Option<i64>,
        max: usize,
    ) -> Result<Chunk, TopicError> {
        let topic = Arc::clone(self.topic(topic)?);
        let end = *topic.end.borrow();
        let unread = match (&self.shared.writer, from) {
            (Some(_), Some(from)) => end - from,
            _ => i64::MAX,
        };
        let query = move |connection: &Connection| read::chunk(connection, &topic, from, max);
        let chunk = match unread {
            0 => Some(Chunk {
                records: Vec::new(),
                end,
            }),
            // They have just been written, so it is done before another thread would have begun.
            1..=FEW_RECORDS => self.shared.readers.ask(query)?,
            _ => self.read(query).await?,
        };
        let end = from.unwrap_or(0);
        Ok(chunk.unwrap_or(Chunk {
            records: Vec::new(),
            end,
        }))
    }

    /// Waits until `topic` has grown beyond `end`.
    pub(in crate::topic) async fn grown(&self, topic: &str, end: i64) -> Result<(), TopicError> {
        let found = self.topic(topic)?;
        if self.shared.writer.is_some() {
            let mut known = found.end.subscribe();
            return known
                .wait_for(|known| *known > end)
                .await
                .map(|_| ())
                .map_err(|_| stopped());
        }
        while self.bounds(topic).await?.end <= end {
            tokio::time::sleep(BESIDE_POLL).await;
        }
        Ok(())
    }

    /// Asks on a thread that may block; `None` when no writer has made the log yet.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, TopicError> + Send + 'static,
    ) -> Result<Option<T>, TopicError> {
        let shared = Arc::clone(&self.shared);
        let task = tokio::task::spawn_blocking(move || shared.readers.ask(query));
        task.await
            .map_err(|error| TopicError::Unreadable(error.to_string()))?
    }
}
