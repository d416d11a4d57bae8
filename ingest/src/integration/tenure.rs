//! The time from connecting an org to deleting it. What came in is counted by it, on every replica: an org that
//! is connected anew is the same integration, and begins at nothing.

use std::fmt;

use jiff::Timestamp;

/// A tenure, by the name that it has in keys of `nightlatch.cursors`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tenure(String);

impl Tenure {
    /// The tenure of an integration that was made then; one of the configuration file has one for ever.
    pub(crate) fn of(id: &str, created: Option<Timestamp>) -> Self {
        Self(match created {
            Some(created) => format!("{id}@{}", created.as_millisecond()),
            None => id.to_owned(),
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
