//! The scanner against `serde_json`: what is taken, and what is read of an event.

use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{MAX_NESTING, ScanError, Scanner};
use crate::event::{MAX_BYTES, lone};

fn scan(text: &[u8]) -> Result<(), ScanError> {
    let mut scanner = Scanner::new(text);
    scanner.skip()?;
    match scanner.peek() {
        None => Ok(()),
        Some(_) => Err(scanner.error("trailing")),
    }
}

/// Bytes that JSON is made of, and some that it is not.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b",",
        b":",
        b" ",
        b"\n",
        b"\t",
        b"\\",
        b"\\u",
        b"\\n",
        b"true",
        b"false",
        b"null",
        b"nul",
        b"0",
        b"1",
        b"9",
        b"-",
        b"+",
        b".",
        b"e",
        b"E",
        b"ab",
        b"d800",
        b"\x00",
        b"\x1f",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\xc3\xa9",
        b"\"a\":",
        b"\\\"",
        b"[]",
        b"{}",
    ];
    prop::collection::vec(select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            "",
            "a",
            "2026-01-05T12:00:00.123Z",
            "2026-01-05",
            "user.session.start"
        ])
        .prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// JSON with a few bytes taken out, put in or changed.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0_u8..3,
        select(b"{}[]\",:\\0e-. \n\xff".to_vec()),
    );
    let changes = prop::collection::vec(change, 0..4);
    (values(), any::<bool>(), changes).prop_map(|(value, pretty, changes)| {
        let text = if pretty {
            serde_json::to_vec_pretty(&value)
        } else {
            serde_json::to_vec(&value)
        };
        let mut text = text.unwrap();
        for (at, kind, byte) in changes {
            let at = at.index(text.len() + 1);
            match kind {
                0 => text.insert(at, byte),
                1 if at < text.len() => text[at] = byte,
                _ if at < text.len() => drop(text.remove(at)),
                _ => {}
            }
        }
        text
    })
}

/// The members of an event in any order, some of them twice, some keys with escapes.
fn members() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let keys = vec![
        "uuid",
        "eventType",
        "published",
        "u\\u0075id",
        "event\\u0054ype",
        "\\u0070ublished",
        "UUID",
        "uuid\\\\",
        "\\ud83d\\ude00",
        "other",
    ];
    prop::collection::vec((select(keys), values()), 0..8)
}

fn agree(text: &[u8]) {
    let ours = scan(text);
    let theirs = serde_json::from_slice::<IgnoredAny>(text);
    let shown = String::from_utf8_lossy(text);
    assert_eq!(
        ours.is_ok(),
        theirs.is_ok(),
        "{shown:?}: {ours:?}, {theirs:?}"
    );
    if let Err(error) = ours {
        assert!(error.at <= text.len(), "{shown:?}: {error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn scraps_are_taken_exactly_when_serde_json_takes_them(text in scraps()) {
        agree(&text);
    }

    #[test]
    fn text_that_is_nearly_json_is_taken_exactly_when_serde_json_takes_it(text in nearly_json()) {
        agree(&text);
    }

    #[test]
    fn any_bytes_are_taken_exactly_when_serde_json_takes_them(text in any::<Vec<u8>>()) {
        agree(&text);
    }

    #[test]
    fn text_that_was_cut_is_missing_something_at_its_very_end(
        value in values(),
        at in any::<prop::sample::Index>(),
    ) {
        let text = serde_json::to_vec(&value).unwrap();
        let cut = &text[..at.index(text.len())];
        if let Err(error) = scan(cut) {
            prop_assert_eq!(error.at, cut.len(), "{:?}", String::from_utf8_lossy(cut));
        } else {
            prop_assert!(value.is_number(), "{:?}", String::from_utf8_lossy(cut));
        }
    }

    #[test]
    fn of_an_event_is_read_what_serde_json_reads(members in members()) {
        let members = members.iter().map(|(key, value)| format!("\"{key}\": {value}"));
        let text = format!("{{{}}}", members.collect::<Vec<_>>().join(" , "));
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let name = |key: &str| {
            let text = theirs[key].as_str().filter(|text| (1..=256).contains(&text.len()));
            text.map(str::to_owned)
        };
        let published = theirs["published"].as_str().and_then(|text| text.parse().ok());
        let ours = lone(text.as_bytes());
        prop_assert_eq!(ours.raw, text.as_bytes());
        prop_assert_eq!(ours.uuid, name("uuid"));
        prop_assert_eq!(ours.event_type, name("eventType"));
        prop_assert_eq!(ours.published, published.map(jiff::Timestamp::as_millisecond));
        prop_assert_eq!(ours.refusal, None);
    }

    #[test]
    fn depth_is_counted_as_people_count_it(value in values()) {
        let text = serde_json::to_vec(&value).unwrap();
        prop_assert_eq!(Scanner::new(&text).skip().unwrap(), depth(&value));
    }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

#[test]
fn strings_need_no_more_than_serde_json_asks_when_it_skips_them() {
    // Lone surrogates and bytes that are no UTF-8: the envelope is no place to judge them.
    for text in [
        &b"\"\\ud800\""[..],
        b"\"\\udc00\\ud800\"",
        b"\"\xff\"",
        b"{\"\xc3\x28\":1}",
    ] {
        assert_eq!(scan(text), Ok(()));
        agree(text);
    }
}

#[test]
fn nesting_ends_somewhere_without_recursion() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    assert_eq!(Scanner::new(&nested(MAX_NESTING)).skip(), Ok(MAX_NESTING));
    let error = scan(&nested(MAX_NESTING + 1)).unwrap_err();
    assert_eq!(
        error,
        ScanError {
            at: MAX_NESTING,
            what: "nested over a million deep"
        }
    );
}

#[test]
fn errors_point_at_the_byte_that_is_wrong() {
    for (text, at) in [
        ("", 0),
        ("  ", 2),
        ("{\"a\" 1}", 5),
        ("{\"a\":}", 5),
        ("[1 2]", 3),
        ("[1,]", 3),
        ("trub", 3),
        ("01", 1),
        ("1.x", 2),
        ("\"\\q\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"a\tb\"", 2),
    ] {
        assert_eq!(scan(text.as_bytes()).unwrap_err().at, at, "{text:?}");
    }
}

#[test]
fn a_text_of_no_use_to_anybody_is_refused_with_a_reason() {
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(MAX_BYTES));
    for (text, words) in [
        ("{} {}", "more than one JSON value"),
        ("{\"a\":", "the text ends inside a value at byte 5"),
        ("17", "not a JSON object"),
        (&long, "over the limit of 524288"),
    ] {
        let refusal = lone(text.as_bytes()).refusal.unwrap();
        assert!(refusal.contains(words), "{refusal}");
    }
}
