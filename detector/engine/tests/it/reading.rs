//! Reading JSON: what is found in an event is what was written there.

use nightlatch_engine::{Event, EventError, State};
use proptest::prelude::*;

use super::fixture::{NOON_MS, SIGN_IN, context, rule, ruleset};

/// A JSON value as it is written.
#[derive(Debug, Clone)]
enum Json {
    /// A number or a word.
    Plain(String),
    /// Each character, and whether it is written as `\uXXXX`.
    Text(Vec<(char, bool)>),
    Array(Vec<Json>),
    Object(Vec<(Vec<(char, bool)>, Json)>),
}

impl Json {
    /// Writes it with blanks between all tokens.
    fn write(&self, blank: &str) -> String {
        let comma = format!("{blank},{blank}");
        match self {
            Self::Plain(text) => text.clone(),
            Self::Text(text) => write_text(text),
            Self::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| item.write(blank)).collect();
                format!("[{blank}{}{blank}]", items.join(&comma))
            }
            Self::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| {
                        format!("{}{blank}:{blank}{}", write_text(key), value.write(blank))
                    })
                    .collect();
                format!("{{{blank}{}{blank}}}", members.join(&comma))
            }
        }
    }

    /// Follows a pointer as a reader that knows nothing but the rules does.
    fn at(&self, pointer: &[&str]) -> Option<&Self> {
        let Some((key, rest)) = pointer.split_first() else {
            let is_null = matches!(self, Self::Plain(word) if word == "null");
            return (!is_null).then_some(self);
        };
        match self {
            Self::Array(items) => items.get(key.parse::<usize>().ok()?)?.at(rest),
            Self::Object(members) => {
                let named = members.iter().rfind(|(name, _)| read_text(name) == *key);
                named?.1.at(rest)
            }
            _ => None,
        }
    }

    /// The value as text, with what `json.value` makes of structures left out.
    fn text(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::Text(text) => Some(read_text(text)),
            Self::Array(_) | Self::Object(_) => None,
        }
    }
}

fn read_text(text: &[(char, bool)]) -> String {
    text.iter().map(|(c, _)| c).collect()
}

fn write_text(text: &[(char, bool)]) -> String {
    let mut written = String::from("\"");
    for (c, is_escaped) in text {
        let mut units = [0; 2];
        match c {
            '"' | '\\' if !is_escaped => written.extend(['\\', *c]),
            '\n' if !is_escaped => written.push_str("\\n"),
            '\u{fffd}' if *is_escaped => written.push_str("\\udc00"),
            c if *is_escaped || c.is_ascii_control() => {
                let units = c.encode_utf16(&mut units).iter();
                written.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
            c => written.push(*c),
        }
    }
    written.push('"');
    written
}

/// A text that is not taken for JSON within a string.
fn text() -> impl Strategy<Value = Vec<(char, bool)>> {
    let chars = prop::sample::select(
        &[
            'a', 'b', 'z', ' ', '"', '\\', '/', '\n', '\u{1}', '\u{7f}', 'é', '\u{fffd}', '😀',
        ][..],
    );
    prop::collection::vec((chars, any::<bool>()), 0..20)
}

fn key() -> impl Strategy<Value = Vec<(char, bool)>> {
    (
        prop::sample::select(&['a', 'b', '0', '1'][..]),
        any::<bool>(),
    )
        .prop_map(|c| vec![c])
}

fn json() -> impl Strategy<Value = Json> {
    let plain = prop::sample::select(
        &[
            "null",
            "true",
            "false",
            "0",
            "-0.10",
            "1e999",
            "12345678901234567890123",
            "-1E+2",
        ][..],
    );
    let leaf = prop_oneof![
        plain.prop_map(|text| Json::Plain(text.to_owned())),
        text().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((key(), inner), 0..5).prop_map(Json::Object),
        ]
    })
}

/// All pointers of two keys or fewer.
fn pointers() -> Vec<Vec<&'static str>> {
    let keys = ["a", "b", "0", "1"];
    let one = keys.map(|key| vec![key]).into_iter();
    let two = keys
        .iter()
        .flat_map(|first| keys.map(|second| vec![*first, second]));
    one.chain(two).collect()
}

proptest! {
    #[test]
    fn what_is_found_is_what_was_written(
        members in prop::collection::vec((key(), json()), 0..6),
        blank in prop::sample::select(&["", " ", "\n\t \r"][..]),
    ) {
        let pointers = pointers();
        let names: Vec<_> = pointers.iter().map(|pointer| format!("json.value[/{}]", pointer.join("/"))).collect();
        let output: Vec<_> = names.iter().map(|name| format!("%{name}")).collect();
        let ruleset = ruleset(&rule("okta.evt.type exists", &output.join(" ")));
        let event = Json::Object(members);
        let raw = event.write(blank);
        let read = Event::parse(&raw).unwrap();
        let changes = ruleset.evaluate(&read, &context("u", NOON_MS), &mut State::default());
        let fields = &changes.detections[0].fields;
        for (pointer, name) in pointers.iter().zip(&names) {
            let expected = event.at(pointer);
            let found = fields[name].as_ref().map(|json| serde_json::from_str::<String>(json).unwrap());
            match expected.map(Json::text) {
                // What a structure reads as is serde_json's affair.
                Some(None) => prop_assert!(found.is_some_and(|text| text.starts_with(['[', '{'])), "{name} of {raw}"),
                expected => prop_assert_eq!(expected.flatten(), found, "{} of {}", name, raw),
            }
        }
    }

    /// What is refused is what serde_json refuses, save for huge numbers and unpaired surrogates.
    #[test]
    fn a_damaged_event_is_refused(at in 0..SIGN_IN.len(), with in "[{}\\[\\]\",:\\\\ 0-9eu.+\\-tn\n\u{1}]{0,2}", length in 0..3_usize) {
        let end = (at + length).min(SIGN_IN.len());
        let mut raw = SIGN_IN.to_owned();
        raw.replace_range(at..end, &with);
        let theirs = serde_json::from_str::<serde_json::Value>(&raw);
        match (Event::parse(&raw), theirs) {
            (Ok(_), Ok(theirs)) => prop_assert!(theirs.is_object()),
            (Err(EventError::NotAnObject), Ok(theirs)) => prop_assert!(!theirs.is_object()),
            (Err(EventError::Json(_)), Err(_)) => {}
            (Ok(_), Err(error)) if error.to_string().contains("out of range") => {}
            (Ok(_), Err(error)) if error.to_string().contains("surrogate") => {}
            (ours, theirs) => prop_assert!(false, "{raw}: {ours:?} but {theirs:?}"),
        }
    }
}

#[test]
fn a_refusal_says_what_was_expected_and_where() {
    for (raw, words) in [
        ("{\"a\":1,}", "expected a key in quotes at byte 7"),
        ("{\"a\":}", "expected a value at byte 5"),
        ("{\"a\" 1}", "expected `:` at byte 5"),
        ("{\"a\":[1 2]}", "expected `,` or `]` at byte 8"),
        ("{\"a\":1 2}", "expected `,` or `}` at byte 7"),
        ("{\"a\":\"x", "expected a character of a string at byte 7"),
        ("{\"a\":\"\\q\"}", "expected an escape at byte 7"),
        ("{\"a\":-}", "expected a digit at byte 6"),
        ("{} x", "expected the end of the text at byte 3"),
    ] {
        let error = Event::parse(raw).unwrap_err();
        assert_eq!(error.to_string(), format!("not JSON: {words}"), "{raw}");
    }
}
