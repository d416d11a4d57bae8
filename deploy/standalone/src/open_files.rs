//! How many files the process may have open: connections are files, too, and those that strangers
//! open must leave enough for the log, the feed and the rules.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for everything; some systems have no limit.
const ENOUGH: u64 = 8192;
/// For all but the connections of our two listeners, which share the rest.
const RESERVED: u64 = 256;
/// With fewer a listener is of no use.
const FEWEST: u64 = 16;

/// Raises the limit as far as it is of use and allowed.
///
/// Systems start processes with 1024 for the sake of old programs, and let them have more.
pub(crate) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, wanted, "the limit of open files can't be raised");
    }
}

/// Returns how many connections a listener may have at a time; at most `most`.
pub(crate) fn connections(most: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let share = (files.saturating_sub(RESERVED) / 2).max(FEWEST);
    usize::try_from(share).unwrap_or(usize::MAX).min(most)
}
