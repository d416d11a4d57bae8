//! What activity is filtered by, in the index of words: each value is a word of its own kind, so that
//! filters and free text are one search. A word says all of its value, in lower case, or has a hash of
//! it: what is found needs no second look at the rows, and counts of a million events stay cheap.

use uuid::Uuid;

use super::row::Row;
use crate::search::{MARK, folded, ip_digits};

/// Longer values are cut, and told apart by their hash.
const MAX_PLAIN_BYTES: usize = 80;

/// What a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    EventType,
    Actor,
    Target,
    Ip,
    Country,
    Asn,
    Session,
    Transaction,
    Device,
    Outcome,
    Severity,
    Origin,
    Integration,
}

impl Key {
    const fn letter(self) -> char {
        match self {
            Self::EventType => 't',
            Self::Actor => 'a',
            Self::Target => 'e',
            Self::Ip => 'n',
            Self::Country => 'c',
            Self::Asn => 'm',
            Self::Session => 'h',
            Self::Transaction => 'x',
            Self::Device => 'd',
            Self::Outcome => 'o',
            Self::Severity => 's',
            Self::Origin => 'f',
            Self::Integration => 'i',
        }
    }

    /// Returns the word in the index that stands for a value, in any case.
    fn word(self, value: &str) -> String {
        let value = folded(value);
        let mut word = self.beginning(&value);
        if word.len() > MAX_PLAIN_BYTES || !value.chars().all(is_plain) {
            word.truncate(word.floor_char_boundary(MAX_PLAIN_BYTES));
            let (hash, _) = Uuid::new_v5(&Uuid::nil(), value.as_bytes()).as_u64_pair();
            word = format!("{word}_{hash:016x}");
        }
        word
    }

    /// Returns what words of values with this beginning begin with.
    fn beginning(self, folded: &str) -> String {
        let plain = |c: char| if is_plain(c) { c } else { '_' };
        let marks = [MARK, self.letter()];
        marks.into_iter().chain(folded.chars().map(plain)).collect()
    }

    /// Returns what finds a value, in FTS5's language.
    pub(super) fn term(self, value: &str) -> String {
        format!("\"{}\"", self.word(value))
    }

    /// Returns what finds values that begin so, in FTS5's language. What is no letter, no digit and
    /// none of `-_.:@` is the same here.
    pub(super) fn term_beginning(self, value: &str) -> String {
        format!("\"{}\" *", self.beginning(&folded(value)))
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_.:@".contains(c)
}

/// Returns the words by which filters find an event.
pub(super) fn words(row: &Row) -> Vec<String> {
    let facts = &row.facts;
    let mut words = Vec::with_capacity(24);
    let mut add = |key: Key, value: Option<&str>| words.extend(value.map(|value| key.word(value)));
    add(Key::EventType, row.event_type.as_deref());
    if let Some(actor) = &facts.actor {
        add(Key::Actor, actor.id.as_deref());
        add(Key::Actor, actor.login.as_deref());
    }
    for target in &facts.targets {
        add(Key::Target, target.id.as_deref());
        add(Key::Target, target.login.as_deref());
        add(Key::Target, target.name.as_deref());
    }
    add(Key::Ip, row.ip.map(ip_digits).as_deref());
    add(Key::Country, facts.country.as_deref());
    let number = facts.as_number.map(|number| number.to_string());
    add(Key::Asn, number.as_deref());
    add(Key::Session, facts.session.as_deref());
    add(Key::Transaction, facts.transaction.as_deref());
    add(Key::Device, facts.device_id.as_deref());
    add(Key::Device, facts.device.as_deref());
    add(Key::Outcome, facts.outcome.as_deref());
    add(Key::Severity, facts.severity.as_deref());
    add(Key::Origin, Some(&row.origin));
    add(Key::Integration, Some(&row.integration));
    add(Key::Integration, Some(&row.org));
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_that_a_word_cannot_tell_apart_have_other_words() {
        let word = |value: &str| Key::Actor.word(value);
        assert_eq!(word("Ann@acme.com"), format!("{MARK}aann@acme.com"));
        for (a, b) in [("a+b", "a b"), ("a b", "a_b"), ("", " ")] {
            assert_ne!(word(a), word(b), "{a:?} {b:?}");
        }
        let (long, longer) = ("x".repeat(200), "x".repeat(201));
        assert_ne!(word(&long), word(&longer));
    }

    proptest! {
        #[test]
        fn a_key_is_one_word_of_the_index(value in "\\PC{0,120}") {
            let word = Key::Target.word(&value);
            let is_part = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.:@".contains(c);
            prop_assert!(word.chars().all(is_part), "{}", word);
            prop_assert!(word.len() <= 100);
        }
    }
}
