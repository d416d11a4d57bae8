//! How the embedded log is opened.

use std::time::Duration;

use super::Faults;

/// A topic as Local keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: &'static str,
    /// How long records are kept, by record time; `None`: for ever. On a compacted topic it is for
    /// how long a tombstone stays; `None`: a day.
    pub retention: Option<Duration>,
    /// Whether only the latest record of each key is kept.
    pub compacted: bool,
}

/// How Local is opened.
#[derive(Debug, Clone, Default)]
pub struct LocalOptions {
    /// Every topic there is.
    pub topics: Vec<TopicSpec>,
    /// How large the records may grow on disk before the oldest go, in bytes; `None`: no limit.
    /// Records that a group has yet to read stay, whatever their age and size.
    pub max_bytes: Option<u64>,
    /// Faults to inject, for tests.
    pub faults: Faults,
    /// Answers appends without writing them, for benchmarks of what stands before the log.
    pub discard_appends: bool,
}
