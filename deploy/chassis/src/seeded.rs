//! Builds that are wrong on purpose (cargo feature `seeded-bugs`), so that the harness which kills
//! the process at random instants can prove that it would catch such a mistake.
//!
//! `NIGHTLATCH_SEEDED_BUG` names the mistake, `NIGHTLATCH_STEP_ABORTS=N` aborts every N-th step.
//! Without the feature nothing of this is compiled in and [`seeded_bug`] is `false`.

/// The mistakes there are: a step's position is committed before its outputs; an append is
/// answered before it is durable; the detector remembers ids that an aborted step emitted.
pub const SEEDED_BUGS: [&str; 3] =
    ["position-before-outputs", "ack-before-durable", "remember-across-abort"];

/// The variables that are read here; they are no settings.
pub const SEEDED_VARIABLES: [&str; 2] = ["NIGHTLATCH_SEEDED_BUG", "NIGHTLATCH_STEP_ABORTS"];

#[cfg(feature = "seeded-bugs")]
pub use active::{seeded_bug, step_aborts};

/// Whether this process makes the mistake `name` of [`SEEDED_BUGS`] on purpose.
#[cfg(not(feature = "seeded-bugs"))]
#[inline]
pub const fn seeded_bug(_name: &str) -> bool {
    false
}

/// How many steps there are for each one that is aborted on purpose; none by default.
#[cfg(not(feature = "seeded-bugs"))]
#[inline]
pub const fn step_aborts() -> Option<u64> {
    None
}

#[cfg(feature = "seeded-bugs")]
mod active {
    use std::env::var_os;
    use std::sync::LazyLock;

    use super::{SEEDED_BUGS, SEEDED_VARIABLES};

    static BUG: LazyLock<Option<String>> = LazyLock::new(|| {
        let bug = read(SEEDED_VARIABLES[0])?;
        let known = SEEDED_BUGS.contains(&bug.as_str());
        tracing::error!(bug, known, "this build is wrong on purpose");
        Some(bug)
    });

    static STEP_ABORTS: LazyLock<Option<u64>> =
        LazyLock::new(|| read(SEEDED_VARIABLES[1])?.parse().ok().filter(|every| *every > 0));

    fn read(variable: &str) -> Option<String> {
        var_os(variable)?.into_string().ok().filter(|text| !text.is_empty())
    }

    /// Whether this process makes the mistake `name` of [`SEEDED_BUGS`] on purpose.
    pub fn seeded_bug(name: &str) -> bool {
        BUG.as_deref() == Some(name)
    }

    /// How many steps there are for each one that is aborted on purpose; none by default.
    pub fn step_aborts() -> Option<u64> {
        *STEP_ABORTS
    }
}
