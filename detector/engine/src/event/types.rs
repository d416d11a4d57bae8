//! What Okta's catalogue of 2026.08.1 (<https://developer.okta.com/docs/reference/api/event-types/>)
//! says of events: the names of their types, who carries them, and the names within debug data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Serialize;

/// A type a line: its name, whether event hooks carry it (`hook`) or the System Log alone (`log`),
/// and `data` when the catalogue describes its debug data.
const TYPES: &str = include_str!("types.tsv");
/// Every name within debug data that the catalogue has for some type, or that events were seen with.
const DEBUG_DATA: &str = include_str!("debug_data.txt");
/// What tests of a connection are: no event of Okta's, so it is offered to nobody.
const CONNECTION_TEST: &str = "nightlatch.connection_test";
/// How alike a name must be to be offered for another one, 1 being equal.
const ALIKE: f64 = 0.8;

static BY_NAME: LazyLock<BTreeMap<&'static str, EventType>> = LazyLock::new(|| {
    let event_type = |line: &'static str| {
        let mut columns = line.split('\t');
        let name = columns.next()?;
        let is_hooked = columns.next()? == "hook";
        let has_data = columns.next() == Some("data");
        Some((
            name,
            EventType {
                name,
                is_hooked,
                has_data,
            },
        ))
    };
    TYPES.lines().filter_map(event_type).collect()
});
static DATA_NAMES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| DEBUG_DATA.lines().collect());

/// What is known of an event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EventType {
    /// The name, such as `user.session.start`.
    pub name: &'static str,
    /// Whether event hooks carry it; else the System Log alone does.
    #[serde(rename = "hook")]
    pub is_hooked: bool,
    /// Whether the catalogue describes its debug data.
    #[serde(rename = "debug_data")]
    pub has_data: bool,
}

/// Returns all event types in the order of their names.
pub fn event_types() -> impl Iterator<Item = EventType> {
    BY_NAME.values().copied()
}

/// Returns what is known of an event type; `None` when Okta has none of this name.
pub fn event_type(name: &str) -> Option<EventType> {
    BY_NAME.get(name).copied()
}

/// Returns every name within debug data that is known, of whatever event type, in their order.
pub fn debug_data_names() -> impl Iterator<Item = &'static str> {
    DATA_NAMES.iter().copied()
}

/// Whether Okta has an event type of this name, or we make such events.
pub(crate) fn is_known(name: &str) -> bool {
    BY_NAME.contains_key(name) || name == CONNECTION_TEST
}

/// Whether the System Log alone carries the type, and event hooks do not.
pub(crate) fn is_log_only(name: &str) -> bool {
    BY_NAME.get(name).is_some_and(|known| !known.is_hooked)
}

/// Whether the catalogue describes the debug data of the type.
pub(crate) fn has_known_data(name: &str) -> bool {
    BY_NAME.get(name).is_some_and(|known| known.has_data)
}

/// Whether some event has a value of this name in its debug data.
pub(crate) fn is_known_data(name: &str) -> bool {
    DATA_NAMES.contains(name)
}

/// The event type that looks most like a wrong one, among those that begin or end with the same
/// word: to compare a name with all of them takes long in a file that is wrong throughout.
pub(crate) fn similar(name: &str) -> Option<&'static str> {
    let (first, _) = name.split_once('.')?;
    let (_, last) = name.rsplit_once('.')?;
    let ends_so = |known: &&str| {
        let begins = known.split('.').next() == Some(first);
        begins || known.rsplit('.').next() == Some(last)
    };
    most_alike(name, BY_NAME.keys().copied().filter(ends_so))
}

/// The name within debug data that looks most like a wrong one.
pub(crate) fn similar_data(name: &str) -> Option<&'static str> {
    same_letters(name).or_else(|| most_alike(name, DATA_NAMES.iter().copied()))
}

/// The name within debug data that is this one but for upper and lower case and `_`.
pub(crate) fn same_letters(name: &str) -> Option<&'static str> {
    let letters = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let wanted = letters(name);
    DATA_NAMES
        .iter()
        .find(|known| letters(known) == wanted)
        .copied()
}

fn most_alike(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let score = |known: &'static str| {
        // A difference in length alone makes them unlike; most names are passed over by it.
        let (few, many) = (name.len().min(known.len()), name.len().max(known.len()));
        if few * 5 < many * 4 {
            return None;
        }
        let score = strsim::normalized_levenshtein(name, known);
        (score >= ALIKE).then_some((score, known))
    };
    let best = known.filter_map(score);
    best.max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
