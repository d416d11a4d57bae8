//! What ingest takes for an event, the engine can read: nothing is lost between the two.

use nightlatch_engine::Event;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;

/// Members of an object, as senders may write them.
fn member() -> impl Strategy<Value = String> {
    let keys = vec![
        "uuid",
        "eventType",
        "a b",
        "",
        "\\u0061",
        "\\ud800",
        "\\\\",
        "é",
        "\\u0000",
        "target",
    ];
    let values = vec![
        "null",
        "true",
        "0",
        "-0",
        "-0.0e-0",
        "1e999999",
        "1E+2",
        "123456789012345678901234567890123456789012345678901234567890",
        "0.1234567890123456789012345678901234567890",
        "\"\"",
        "\"\\ud800\"",
        "\"\\udfff\\ud800\\u0041\"",
        "\"\\ud83d\\ude00 \u{7f}\u{2028}\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "[]",
        "{}",
        "[ { \"x\" : [ null , { } ] } ]",
        "{\"id\":\"00u1\",\"id\":7}",
    ];
    let deep = (1_usize..64).prop_map(|n| format!("{}{}", "[".repeat(n), "]".repeat(n)));
    let value = prop_oneof![
        8 => select(values).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => any::<f64>().prop_map(|number| serde_json::Value::from(number).to_string()),
        1 => deep,
    ];
    (select(keys), value).prop_map(|(key, value)| format!("\"{key}\":{value}"))
}

fn object() -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\n\t", "\r\n  "]);
    (prop::collection::vec(member(), 0..10), space).prop_map(|(members, space)| {
        format!("{{{space}{}{space}}}", members.join(&format!(",{space}")))
    })
}

fn is_taken(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn every_object_is_read(text in object()) {
        prop_assert!(is_taken(&text), "{}", text);
        let read = Event::parse(&text);
        prop_assert!(read.is_ok(), "{}: {:?}", text, read.err());
    }

    #[test]
    fn text_with_a_byte_too_many_or_too_few_is_read_or_refused_by_both(
        text in object(),
        at in any::<Index>(),
        insert in prop::option::of(select("{}[]\",:\\0e-. \n".chars().collect::<Vec<_>>())),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        match insert {
            Some(char) => chars.insert(at.index(chars.len() + 1), char),
            None => drop(chars.remove(at.index(chars.len()))),
        }
        let text: String = chars.into_iter().collect();
        // What ingest refuses never comes here; what it takes must be read.
        if is_taken(&text) {
            let read = Event::parse(&text);
            prop_assert!(read.is_ok(), "{}: {:?}", text, read.err());
        }
    }
}
