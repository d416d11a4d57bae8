//! Okta's event types by name: those of the catalogue of 2026.08.1
//! (<https://developer.okta.com/docs/reference/api/event-types/>).

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A name a line; behind it, whether event hooks carry the type or the System Log alone has it.
const TABLE: &str = include_str!("types.tsv");
/// How alike a name must be to be offered for another one, 1 being equal.
const ALIKE: f64 = 0.8;

static NAMES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let names = TABLE.lines().filter_map(|line| line.split('\t').next());
    names.collect()
});

/// Whether Okta has an event type of this name.
pub(crate) fn is_known(name: &str) -> bool {
    NAMES.contains(name)
}

/// The name that looks most like a wrong one.
pub(crate) fn similar(name: &str) -> Option<&'static str> {
    let score = |known: &&'static str| {
        let score = strsim::normalized_damerau_levenshtein(name, known);
        (score >= ALIKE).then_some((score, *known))
    };
    let best = NAMES.iter().filter_map(score);
    best.max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
