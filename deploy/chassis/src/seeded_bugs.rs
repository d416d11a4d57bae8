//! Bugs on purpose (cargo feature `seeded-bugs`), so that the harness which kills the process at
//! random instants can prove that it would catch such a mistake. Nothing of them is compiled into
//! other builds, where [`seeded_bug`] is `false`.
//!
//! `NIGHTLATCH_SEEDED_BUG` names the bug, `NIGHTLATCH_STEP_ABORTS=N` aborts every N-th step.

pub use switch::seeded_bug;
pub(crate) use switch::{dawdle, is_switch, step_aborts};

#[cfg(not(feature = "seeded-bugs"))]
mod switch {
    /// Whether this process has the named bug. It never has, without the feature.
    #[inline]
    pub const fn seeded_bug(_name: &str) -> bool {
        false
    }

    pub(crate) const fn step_aborts() -> Option<u64> {
        None
    }

    pub(crate) const fn is_switch(_variable: &str) -> bool {
        false
    }

    pub(crate) const fn dawdle() {}
}

#[cfg(feature = "seeded-bugs")]
mod switch {
    use std::sync::LazyLock;
    use std::time::Duration;

    const BUG: &str = "NIGHTLATCH_SEEDED_BUG";
    const STEP_ABORTS: &str = "NIGHTLATCH_STEP_ABORTS";
    /// A step's position is committed before its outputs; an append is answered before it is
    /// durable; the detector remembers the ids of an aborted step.
    const BUGS: [&str; 3] = [
        "position-before-outputs",
        "ack-before-durable",
        "remember-across-abort",
    ];

    static CHOSEN: LazyLock<Option<String>> = LazyLock::new(|| {
        let bug = std::env::var_os(BUG)?.into_string().ok()?;
        let known = BUGS.contains(&bug.as_str());
        tracing::error!(bug, known, "this build has a bug on purpose");
        Some(bug)
    });

    static EVERY: LazyLock<Option<u64>> = LazyLock::new(|| {
        let every = std::env::var_os(STEP_ABORTS)?.into_string().ok()?;
        every.parse().ok().filter(|every| *every > 0)
    });

    /// Whether this process has the named bug.
    pub fn seeded_bug(name: &str) -> bool {
        CHOSEN.as_deref() == Some(name)
    }

    /// How many steps there are for each one that is aborted.
    pub(crate) fn step_aborts() -> Option<u64> {
        *EVERY
    }

    /// Whether a variable is one of those here, and no setting.
    pub(crate) fn is_switch(variable: &str) -> bool {
        [BUG, STEP_ABORTS].contains(&variable)
    }

    /// Widens the moment in which a kill shows the bug.
    pub(crate) fn dawdle() {
        std::thread::sleep(Duration::from_millis(3));
    }
}
