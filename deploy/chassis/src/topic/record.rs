//! What a topic holds and how an atomic step ends: plain data, the same on every kind of log.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A record to be written. An empty value is a tombstone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// What it is ordered and, on compacted topics, kept by.
    pub key: Vec<u8>,
    /// Names and values, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The value.
    pub value: Vec<u8>,
}

/// A record bound for a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The topic's name.
    pub topic: &'static str,
    /// What to append to it.
    pub record: Record,
}

/// A record as it stands on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The partition it stands on.
    pub partition: i32,
    /// Its offset there. Offsets grow; they need not be dense.
    pub offset: i64,
    /// When it was appended, milliseconds since 1970 UTC; never less than its predecessor's.
    pub timestamp_ms: i64,
    /// The record.
    pub record: Record,
}

impl Stored {
    /// Returns how long ago it was appended.
    pub(super) fn age(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let appended = u64::try_from(self.timestamp_ms).unwrap_or(0);
        now.saturating_sub(Duration::from_millis(appended))
    }
}

/// Where a record was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
}

impl Place {
    /// Reads `partition:offset`.
    pub fn parse(text: &str) -> Option<Self> {
        let (partition, offset) = text.split_once(':')?;
        Some(Self {
            partition: partition.parse().ok()?,
            offset: offset.parse().ok()?,
        })
    }
}

/// The ends of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The partition.
    pub partition: i32,
    /// The earliest offset that is still kept (or `end` when there is none).
    pub start: i64,
    /// The offset that the next record will have at least.
    pub end: i64,
}

/// The next offset to read for each partition; a partition that is not named starts at its
/// earliest record.
pub type Positions = BTreeMap<i32, i64>;

/// How an atomic step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Outputs and position are durable.
    Committed,
    /// Nothing of it happened.
    Aborted(String),
    /// Nothing of it happened: the position is no longer the one that was read, somebody else has
    /// taken over.
    Fenced,
    /// It may have happened or not. The position tells.
    Unknown(String),
    /// The log can't be used any more; the process must end.
    Fatal(String),
}

impl Outcome {
    /// Returns its name as metrics and logs have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted(_) => "aborted",
            Self::Fenced => "fenced",
            Self::Unknown(_) => "unknown",
            Self::Fatal(_) => "fatal",
        }
    }
}

/// Why a topic could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// There is no such topic.
    #[error("there is no topic {0}")]
    UnknownTopic(String),
    /// A record is larger than a topic takes.
    #[error("a record of {bytes} bytes for {topic} is over the limit of {limit} bytes")]
    TooLarge {
        /// The topic.
        topic: &'static str,
        /// Key, headers and value together.
        bytes: usize,
        /// What it takes.
        limit: usize,
    },
    /// Nothing was written; trying again later may help.
    #[error("not durable: {0}")]
    NotDurable(String),
    /// Retention has taken records that were not read yet.
    #[error("records {wanted} to {earliest} of {topic}/{partition} are gone (retention)")]
    Gap {
        /// The topic.
        topic: &'static str,
        /// The partition.
        partition: i32,
        /// The offset that was asked for.
        wanted: i64,
        /// The earliest that is there.
        earliest: i64,
    },
    /// The position stands beyond the topic's end, so it was made on another log or on this one
    /// before it was put back to an older state. Reading on would skip records in silence.
    #[error(
        "offset {wanted} of {topic}/{partition} is beyond its end {end}: this is another log, or an \
         older copy of it"
    )]
    Beyond {
        /// The topic.
        topic: &'static str,
        /// The partition.
        partition: i32,
        /// The offset that was asked for.
        wanted: i64,
        /// Where the topic ends.
        end: i64,
    },
    /// The topic could not be read.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Another process uses the data folder.
    #[error("{0}")]
    Locked(String),
    /// The log can't be used any more; the process must end.
    #[error("the log failed: {0}")]
    Fatal(String),
}

impl TopicError {
    /// Returns its kind as metrics have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownTopic(_) => "unknown_topic",
            Self::TooLarge { .. } => "too_large",
            Self::NotDurable(_) => "not_durable",
            Self::Gap { .. } => "gap",
            Self::Beyond { .. } => "beyond",
            Self::Unreadable(_) => "unreadable",
            Self::Locked(_) => "locked",
            Self::Fatal(_) => "fatal",
        }
    }
}

/// How large a record may be, key, headers and value together, in bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
