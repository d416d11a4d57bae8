//! Bugs on purpose (cargo feature `seeded-bugs`), so that the harness which kills the process at
//! random instants can prove that it would catch such a mistake. Nothing of them is compiled into
//! other builds, where [`seeded_bug`] is `false`.
//!
//! `NIGHTLATCH_SEEDED_BUG` names the bug, `NIGHTLATCH_STEP_ABORTS=N` aborts every N-th step, and on
//! Kafka `NIGHTLATCH_STEP_UNKNOWNS=N` leaves the outcome of every N-th one unknown.

pub use switch::{dawdle, seeded_bug};
pub(crate) use switch::{is_switch, step_aborts, step_unknowns};

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

    pub(crate) const fn step_unknowns() -> Option<u64> {
        None
    }

    pub(crate) const fn is_switch(_variable: &str) -> bool {
        false
    }

    /// Does nothing, without the feature.
    #[inline]
    pub const fn dawdle() {}
}

#[cfg(feature = "seeded-bugs")]
mod switch {
    use std::sync::LazyLock;
    use std::time::Duration;

    const BUG: &str = "NIGHTLATCH_SEEDED_BUG";
    const STEP_ABORTS: &str = "NIGHTLATCH_STEP_ABORTS";
    const STEP_UNKNOWNS: &str = "NIGHTLATCH_STEP_UNKNOWNS";
    /// Those behind the sink's are of Kafka alone.
    const BUGS: [&str; 11] = [
        // Who reads a System Log panics, and shows all that it has to read it with.
        "panic-with-all",
        // Where a System Log was read to is noted before what was read is durable.
        "place-before-page",
        // The detector forgets what it has emitted.
        "emitted-forgotten",
        // A step's position is committed before its outputs.
        "position-before-outputs",
        // An append is answered before it is durable.
        "ack-before-durable",
        // The detector remembers the ids of an aborted step.
        "remember-across-abort",
        // The sink keeps its position before its rows.
        "sink-position-first",
        // A step's outputs are committed before its position.
        "outputs-before-position",
        // A batch outlives a change of the assignment and is committed as the member of today.
        "fresh-group-metadata",
        // Readers see steps that were aborted.
        "read-uncommitted",
        // A step whose outcome is unknown is taken again, as if it were aborted.
        "unknown-is-aborted",
    ];

    static CHOSEN: LazyLock<Option<String>> = LazyLock::new(|| {
        let bug = std::env::var_os(BUG)?.into_string().ok()?;
        let known = BUGS.contains(&bug.as_str());
        tracing::error!(bug, known, "this build has a bug on purpose");
        Some(bug)
    });

    static ABORTS: LazyLock<Option<u64>> = LazyLock::new(|| every(STEP_ABORTS));
    static UNKNOWNS: LazyLock<Option<u64>> = LazyLock::new(|| every(STEP_UNKNOWNS));

    fn every(variable: &str) -> Option<u64> {
        let every = std::env::var_os(variable)?.into_string().ok()?;
        every.parse().ok().filter(|every| *every > 0)
    }

    /// Whether this process has the named bug.
    pub fn seeded_bug(name: &str) -> bool {
        CHOSEN.as_deref() == Some(name)
    }

    /// How many steps there are for each one that is aborted.
    pub(crate) fn step_aborts() -> Option<u64> {
        *ABORTS
    }

    /// How many steps there are for each one whose outcome stays unknown.
    pub(crate) fn step_unknowns() -> Option<u64> {
        *UNKNOWNS
    }

    /// Whether a variable is one of those here, and no setting.
    pub(crate) fn is_switch(variable: &str) -> bool {
        [BUG, STEP_ABORTS, STEP_UNKNOWNS].contains(&variable)
    }

    /// Widens the moment in which a kill shows the bug.
    pub fn dawdle() {
        std::thread::sleep(Duration::from_millis(3));
    }
}
