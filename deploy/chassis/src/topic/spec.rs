//! A topic as it must be.

use std::time::Duration;

/// A topic that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: &'static str,
    /// Its number of partitions on Kafka, fixed for life; on Local there is one.
    pub partitions: i32,
    /// How long records are kept, by record time; `None`: for ever. On a compacted topic it is for
    /// how long a tombstone stays; `None`: a day.
    pub retention: Option<Duration>,
    /// Whether only the latest record of each key is kept.
    pub compacted: bool,
}
