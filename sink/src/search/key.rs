//! Filters in the index of words: each value that can be filtered by is a word of its own kind, so
//! that filters and free text are one search. A key knows no case, takes all punctuation but `-.:@`
//! for the same and is cut: where a filter must be exact, the rows tell.

use super::word::{clipped, folded};

/// Begins each key. A private use character: no word begins with it, so no search for words, or
/// for beginnings of words, finds keys.
pub(crate) const MARK: char = '\u{E001}';

/// What a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Severity,
    Policy,
    Rule,
    Actor,
    Ip,
    EventType,
    Integration,
    Country,
    Tag,
    Attack,
    Asn,
    Target,
    Outcome,
}

impl KeyKind {
    const fn letter(self) -> char {
        match self {
            Self::Severity => 's',
            Self::Policy => 'p',
            Self::Rule => 'r',
            Self::Actor => 'a',
            Self::Ip => 'n',
            Self::EventType => 't',
            Self::Integration => 'i',
            Self::Country => 'c',
            Self::Tag => 'g',
            Self::Attack => 'k',
            Self::Asn => 'm',
            Self::Target => 'e',
            Self::Outcome => 'o',
        }
    }
}

/// Returns the key of a value.
pub(super) fn key(kind: KeyKind, value: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-.:@".contains(c) {
            c
        } else {
            '_'
        }
    };
    let key: String = [MARK, kind.letter()]
        .into_iter()
        .chain(folded(value).chars().map(plain))
        .collect();
    clipped(&key).to_owned()
}

/// Returns what finds any of these values, in FTS5's language.
pub(crate) fn any_of<'a>(kind: KeyKind, values: impl IntoIterator<Item = &'a str>) -> String {
    let keys = values
        .into_iter()
        .map(|value| format!("\"{}\"", key(kind, value)));
    format!("({})", keys.collect::<Vec<_>>().join(" OR "))
}

/// Returns what finds values that begin with any of these, in FTS5's language.
pub(crate) fn any_beginning_with(kind: KeyKind, beginnings: &[String]) -> String {
    let keys = beginnings
        .iter()
        .map(|value| format!("\"{}\" *", key(kind, value)));
    format!("({})", keys.collect::<Vec<_>>().join(" OR "))
}
