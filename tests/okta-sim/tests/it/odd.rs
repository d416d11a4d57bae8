//! Odd events: every one valid JSON, within the limits, and together as odd as promised.

use std::collections::BTreeSet;

use nightlatch_okta_sim::{odd_events, odd_events_on_many_lines};
use proptest::prelude::*;
use serde::de::IgnoredAny;

/// How deep objects and arrays nest.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Checks what holds for every odd event. The reader follows RFC 8259 without making values, so
/// that a number too great or half a surrogate pair is no objection.
fn check(event: &str) {
    serde_json::from_str::<IgnoredAny>(event).unwrap_or_else(|error| {
        panic!("{error}: {}", event.chars().take(2000).collect::<String>())
    });
    assert!(event.starts_with('{') && event.ends_with('}'));
    assert!(event.len() < 512 * 1024, "{} bytes", event.len());
    assert!(depth(event) <= 64, "{} levels", depth(event));
}

#[test]
fn five_hundred_odd_events_are_valid_different_and_on_one_line() {
    let events = odd_events(1, 500);
    assert_eq!(events.len(), 500);
    assert_eq!(events.iter().collect::<BTreeSet<_>>().len(), 500);
    for event in &events {
        check(event);
        assert!(!event.contains(['\n', '\r']));
    }
    assert_eq!(events, odd_events(1, 500));
    assert_ne!(events, odd_events(2, 500));
}

#[test]
fn together_they_show_every_oddity() {
    let events = odd_events(1, 500);
    let some = |what: &str, test: &dyn Fn(&str) -> bool| {
        assert!(events.iter().any(|event| test(event)), "none with {what}");
    };
    let has = |text: &'static str| move |event: &str| event.contains(text);
    some("a number too great", &has("1e400"));
    some("a number too long", &has("123456789012345678901234567890"));
    some("half a surrogate pair", &has(r#""\ud800""#));
    some("an escaped NUL", &has(r"a\u0000b"));
    some("a mark of byte order", &has("\u{feff}"));
    some("an emoji", &has("👩🏽‍💻"));
    some("text from right to left", &has("שלום"));
    some("a tab between tokens", &has("\t"));
    some("a null actor", &has(r#""actor":null"#));
    some("a boolean as text", &has(r#""isProxy":"false""#));
    some("no id", &|event| {
        !event.contains(r#""uuid""#) && event.contains(r#""published""#)
    });
    some("no time", &|event| {
        !event.contains(r#""published""#) && event.contains(r#""uuid""#)
    });
    some("an unreadable time", &has("yesterday"));
    some("nothing", &|event| {
        event.trim_matches(['{', '}', ' ', '\t']).is_empty()
    });
    some("a key twice", &|event| {
        event.matches(r#""eventType""#).count() > 1
    });
    some("64 levels", &|event| depth(event) == 64);
    some("a text of more than 300 KB", &|event| event.len() > 300_000);
}

#[test]
fn on_many_lines_they_are_as_valid() {
    let events = odd_events_on_many_lines(1, 200);
    assert_eq!(events.iter().collect::<BTreeSet<_>>().len(), 200);
    for event in &events {
        check(event);
    }
    assert!(events.iter().filter(|event| event.contains('\n')).count() > 150);
}

#[test]
fn none_are_none() {
    assert!(odd_events(1, 0).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_seed_gives_valid_events(seed: u64) {
        for event in odd_events(seed, 60).iter().chain(&odd_events_on_many_lines(seed, 60)) {
            check(event);
        }
    }
}
