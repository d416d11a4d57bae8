//! What a query means: a tree of words and comparisons.

use uuid::Uuid;

use super::index::BREAK;
use super::network::Network;
use super::word::{Word, folded, words};

/// A query, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// All of them; at least one.
    All(Vec<Self>),
    /// Any of them; at least one.
    Any(Vec<Self>),
    /// What it does not find.
    Not(Box<Self>),
    /// Free text, in FTS5's language.
    Words(String),
    /// A field has a value.
    Field(Comparison),
}

/// A field and what it must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// The field's name.
    pub(crate) field: &'static str,
    /// What is wanted of it.
    pub(crate) meaning: Meaning,
}

/// What is wanted of a field, read as its kind says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    /// Its text, in any case.
    Text(String),
    /// What its text begins with.
    Beginning(String),
    /// Its number.
    Number(i64),
    /// Any of these severities, 0 to 7; none of them finds nothing.
    Severities(Vec<u8>),
    /// An address within it.
    Network(Network),
    /// One of the choices that the field's kind lists.
    Choice(&'static str),
    /// Its UUID.
    Id(Uuid),
}

/// Returns what finds `text` (a word or a phrase) in FTS5's language; none when there is nothing to
/// search for in it.
pub(super) fn find_words(text: &str, is_prefix: bool) -> Option<String> {
    let folded = folded(text);
    let words: Vec<Word<'_>> = words(&folded).collect();
    let star = if is_prefix { " *" } else { "" };
    match words.as_slice() {
        [] => None,
        // Parts in order find `acme.com` within `ann@acme.com`.
        [word] if word.parts().next().is_some() => {
            let (whole, parts) = (quoted([word.whole()]), quoted(word.parts()));
            Some(format!("({whole}{star} OR parts : {parts}{star})"))
        }
        words => Some(format!("{}{star}", quoted(words.iter().map(Word::whole)))),
    }
}

/// Returns what finds everything, in FTS5's language.
pub(super) fn find_all() -> String {
    quoted([BREAK])
}

/// Returns a phrase in FTS5's language. Words have no quotes.
fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("\"{}\"", words.into_iter().collect::<Vec<_>>().join(" "))
}
