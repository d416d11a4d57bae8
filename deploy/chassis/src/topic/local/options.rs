//! How the embedded log is opened.

use crate::topic::fault::Faults;
use crate::topic::spec::TopicSpec;

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
