//! Bugs on purpose, so that the kill harness can prove that it catches them. Only builds with the
//! feature `seeded-bugs` have them; one is chosen by `NIGHTLATCH_SEEDED_BUG`.

/// Says whether the named bug is to be had. Never without the feature.
#[cfg(not(feature = "seeded-bugs"))]
pub const fn seeded_bug(_name: &str) -> bool {
    false
}

/// Says whether the named bug is to be had.
#[cfg(feature = "seeded-bugs")]
pub fn seeded_bug(name: &str) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<std::ffi::OsString>> =
        std::sync::LazyLock::new(|| std::env::var_os("NIGHTLATCH_SEEDED_BUG"));
    CHOSEN.as_deref().is_some_and(|chosen| chosen == name)
}
