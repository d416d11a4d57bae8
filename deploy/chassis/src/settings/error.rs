//! Why settings can't be used.

use std::path::PathBuf;

use crate::metrics::MetricsError;
use crate::topic::TopicError;

/// How long an object's id may be, in bytes.
pub(super) const MAX_ID_BYTES: usize = 256;

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The topic can't be used.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A metric can't be declared.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// An id that can't be one.
    #[error("the id of an object must have 1 to {MAX_ID_BYTES} bytes, this one has {0}")]
    BadId(usize),
    /// A value that could not be read back.
    #[error("the object cannot be written: {0}")]
    Unwritable(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The log has lost something.
    #[error(
        "{topic} has lost settings: {had} changes were in force when this was last run, now {has} \
         can be read; restore the log, or delete {} to go on without them", path.display()
    )]
    LostSettings {
        /// The topic.
        topic: &'static str,
        /// What was in force.
        had: u64,
        /// What is.
        has: u64,
        /// The file that remembers.
        path: PathBuf,
    },
    /// The log is another one.
    #[error(
        "{topic} is on another log than when this was last run; use that one, or delete {} to go \
         on with this one", path.display()
    )]
    AnotherLog {
        /// The topic.
        topic: &'static str,
        /// The file that remembers.
        path: PathBuf,
    },
    /// There are records, and not one is believed.
    #[error(
        "none of the {refused} records of {topic} is believed, the last because {reason}; is this \
         the right master key?"
    )]
    NothingBelieved {
        /// The topic.
        topic: &'static str,
        /// How many there are.
        refused: u64,
        /// Why the last one is not.
        reason: String,
    },
    /// The mark can't be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Mark {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
}
