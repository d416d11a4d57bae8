//! All policies that a detector knows, whether they judge or not.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use nightlatch_chassis::settings::Version;
use nightlatch_engine::Policy;

use super::settings::{Kind, PolicySettings};

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It ships with the program.
    BuiltIn,
    /// It stands in a file, which the API does not change.
    File(PathBuf),
    /// It was set by the API.
    Api,
}

/// A policy.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) origin: Origin,
    pub(crate) kind: Kind,
    /// The version of what is set of it, if anything is.
    pub(crate) revision: Option<Version>,
    /// What is set of it; none where that can't be read.
    pub(crate) settings: Option<PolicySettings>,
    /// Without what is set of it: its own text, or that of its base for a managed ruleset.
    /// None where that can't be used.
    pub(crate) base: Option<Arc<Policy>>,
    /// What is in force of it.
    pub(crate) policy: Option<Arc<Policy>>,
    /// What is wrong, each with what was done about it.
    pub(crate) problems: Vec<String>,
}

/// All policies, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: BTreeMap<String, Entry>,
    /// How many changes of the settings log it knows.
    pub(crate) revision: u64,
    /// When the next exception expires.
    pub(crate) next_expiry: Option<Timestamp>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built_in"),
            Self::File(path) => path.display().fmt(f),
            Self::Api => f.write_str("api"),
        }
    }
}

impl Entry {
    /// Whether it is a managed ruleset whose base has changed since somebody looked at it.
    pub(crate) fn has_update(&self) -> bool {
        let settings = self.settings.as_ref();
        let seen = settings.and_then(|settings| settings.base_seen.as_deref());
        let now = self.base.as_deref().map(Policy::version);
        self.kind == Kind::ManagedRuleset && seen != now
    }

    /// Whether the API leaves it as it is.
    pub(crate) const fn is_read_only(&self) -> bool {
        matches!(self.origin, Origin::File(_))
    }
}

impl Table {
    pub(crate) fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }
}
