//! The words of a runtime event as the index takes them: text of two columns, in which words
//! stand between spaces. `words` has each word, `parts` those within composite words.

use std::borrow::Cow;

use super::key::{KeyKind, key};
use super::word::{folded, words};

/// Stands between two values, so that no phrase reaches from one into the next; as each text
/// begins with it, it is also the word that finds everything. A private use character: no word
/// has it.
pub(super) const BREAK: &str = "\u{E000}";

/// The search text of one runtime event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchText {
    /// Every word, in order.
    pub(crate) words: String,
    /// The parts of each composite word, in order; and the keys of filters.
    pub(crate) parts: String,
}

impl SearchText {
    /// Returns the text of nothing.
    pub(crate) fn new() -> Self {
        Self {
            words: BREAK.to_owned(),
            parts: String::new(),
        }
    }

    /// Adds the words of a value.
    pub(crate) fn add(&mut self, value: &str) {
        let folded = folded(value);
        let before = self.words.len();
        for word in words(&folded) {
            push(&mut self.words, word.whole());
            let before = self.parts.len();
            word.parts().for_each(|part| push(&mut self.parts, part));
            if self.parts.len() > before {
                push(&mut self.parts, BREAK);
            }
        }
        if self.words.len() > before {
            push(&mut self.words, BREAK);
        }
    }

    /// Adds a value to filter by.
    pub(crate) fn add_key(&mut self, kind: KeyKind, value: &str) {
        push(&mut self.parts, &key(kind, value));
    }

    /// Adds a key that is made already.
    pub(crate) fn add_made_key(&mut self, key: &str) {
        push(&mut self.parts, key);
    }

    /// Adds every value of a JSON text, at any depth, keys and null left out. Reads tolerantly:
    /// whatever the text, its words are found.
    pub(crate) fn add_json(&mut self, json: &str) {
        let is_start = |c: char| c == '"' || c == '-' || c.is_ascii_alphanumeric();
        let mut rest = json;
        while let Some((_, from)) = rest.find(is_start).and_then(|at| rest.split_at_checked(at)) {
            let is_string = from.starts_with('"');
            let length = if is_string {
                string_length(from)
            } else {
                literal_length(from)
            };
            let (value, after) = from.split_at(length);
            let is_key = is_string && after.trim_ascii_start().starts_with(':');
            if is_string && !is_key {
                self.add(&unescaped(value));
            } else if !is_string && value != "null" {
                self.add(value);
            }
            rest = after;
        }
    }
}

fn push(column: &mut String, word: &str) {
    if !column.is_empty() {
        column.push(' ');
    }
    column.push_str(word);
}

/// Returns the length of the JSON string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

fn literal_length(text: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// Returns what a JSON string says; one that says nothing valid (a lone surrogate) stays as it is.
fn unescaped(string: &str) -> Cow<'_, str> {
    if string.contains('\\')
        && let Ok(text) = serde_json::from_str::<String>(string)
    {
        return Cow::Owned(text);
    }
    Cow::Borrowed(string)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn indexed(json: &str) -> SearchText {
        let mut text = SearchText::new();
        text.add_json(json);
        text
    }

    #[test]
    fn values_of_json_are_indexed_and_keys_are_not() {
        let text = indexed(
            r#"{"actor": {"alternateId" : "ann@acme.com", "n": null}, "list":["Two words",-4.5e3,true]}"#,
        );
        let expected =
            format!("{BREAK} ann@acme.com {BREAK} two words {BREAK} 4.5e3 {BREAK} true {BREAK}");
        assert_eq!(text.words, expected);
        assert_eq!(text.parts, format!("ann acme com {BREAK} 4 5e3 {BREAK}"));
    }

    #[test]
    fn escapes_are_read_and_a_lone_surrogate_loses_nothing() {
        let text = indexed(r#"{"a":"J\u00fcrgen \"x\"","b":"\ud800 Okta"}"#);
        assert_eq!(
            text.words,
            format!("{BREAK} jürgen x {BREAK} ud800 okta {BREAK}")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[\"\\\\{}:,a-z0-9é -]*") {
            indexed(&text);
        }

        #[test]
        fn every_string_of_any_json_is_found(values in proptest::collection::vec("[a-z]{1,8}", 0..6)) {
            let json = serde_json::json!({"k": values, "deep": {"er": values}}).to_string();
            let text = indexed(&json);
            for value in values {
                prop_assert!(text.words.split(' ').any(|word| word == value));
            }
        }
    }
}
