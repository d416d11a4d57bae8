//! Reading a topic with the position kept by the caller.

use super::kafka::KafkaReader;
use super::local::LocalReader;
use super::record::{Positions, Stored, TopicError};

/// Reads a topic from given positions on.
#[derive(Debug)]
pub struct Reader {
    carried: Carried,
}

#[derive(Debug)]
pub(super) enum Carried {
    Local(LocalReader),
    Kafka(Box<KafkaReader>),
}

impl Reader {
    pub(super) const fn new(carried: Carried) -> Self {
        Self { carried }
    }

    /// Lets records that come be gathered for a fifth of a second before they are read: a cluster has five
    /// requests a second to answer, and not one for each wave of records.
    #[must_use]
    pub fn unhurried(mut self) -> Self {
        if let Carried::Kafka(reader) = &mut self.carried {
            reader.unhurried();
        }
        self
    }

    /// Returns when the records from the reader's positions on are being fetched, though there may be
    /// none yet. [`Reader::next`] does the same first.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub async fn begin(&mut self) -> Result<(), TopicError> {
        match &mut self.carried {
            Carried::Local(_) => Ok(()),
            Carried::Kafka(reader) => reader.begin().await,
        }
    }

    /// Returns the next records, at least one and at most `max`, those of a partition in its order;
    /// waits until there is one. A future that is dropped has not advanced the reader.
    ///
    /// # Errors
    /// [`TopicError::Gap`] when retention has taken records that were not read; `seek` past it.
    /// [`TopicError::Beyond`] when the position was made on another log.
    pub async fn next(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        match &mut self.carried {
            Carried::Local(reader) => reader.next(max).await,
            Carried::Kafka(reader) => reader.next(max).await,
        }
    }

    /// Returns the records that are there now, at most `max`; none at the end, where the positions
    /// are the topic's ends as they were when this reading to the end began. What a step has
    /// written that is still open is waited for.
    pub async fn read(&mut self, max: usize) -> Result<Vec<Stored>, TopicError> {
        match &mut self.carried {
            Carried::Local(reader) => reader.read(max).await,
            Carried::Kafka(reader) => reader.read(max).await,
        }
    }

    /// Says whether the last reading ended at a limit, of records or of bytes, so that more may be there
    /// at once.
    pub const fn has_more(&self) -> bool {
        match &self.carried {
            Carried::Local(reader) => reader.has_more(),
            Carried::Kafka(reader) => reader.has_more(),
        }
    }

    /// Returns the next offset to read of each partition that has been read or named.
    pub const fn positions(&self) -> &Positions {
        match &self.carried {
            Carried::Local(reader) => reader.positions(),
            Carried::Kafka(reader) => reader.positions(),
        }
    }

    /// Goes to other positions.
    pub fn seek(&mut self, positions: Positions) {
        match &mut self.carried {
            Carried::Local(reader) => reader.seek(positions),
            Carried::Kafka(reader) => reader.seek(positions),
        }
    }
}
