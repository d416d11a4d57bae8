//! Settings under arbitrary input: no text panics the loader, no secret is ever shown.

use std::collections::BTreeMap;

use nightlatch_chassis::config::load;
use proptest::prelude::*;

use crate::config::Given;

/// Text that looks like a configuration now and then.
fn likely_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[service]\n"),
        Just("[[integrations]]\n"),
        Just("workers"),
        Just("integrations"),
        Just("service"),
        Just("name"),
        Just("header_file"),
        Just(" = "),
        Just("\""),
        Just("'''"),
        Just("\n"),
        Just("."),
        Just("1"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just("#"),
        Just("é"),
        Just("\u{0}"),
        Just("1e999"),
        Just("0x_"),
        Just("2020-01-01"),
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
    ]
}

fn likely_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z0-9_]{0,30}",
        any::<String>(),
        "(INTEGRATIONS|SERVICE|API)(__[0-9]{1,22}|__NAME|__HEADER_FILE|__|_FILE){0,4}",
    ]
}

proptest! {
    #[test]
    fn no_file_panics_the_loader(text in likely_text()) {
        let given = Given::nothing().file(&text);
        if let Ok(config) = load(&given.sources) {
            config.display_masked();
        }
    }

    #[test]
    fn no_variable_or_flag_panics_the_loader(
        variables in prop::collection::vec((likely_name(), any::<String>()), 0..8),
        flags in prop::collection::vec((likely_text(), any::<String>()), 0..4),
    ) {
        let mut given = Given::nothing();
        let named = variables.into_iter().map(|(name, text)| (format!("NIGHTLATCH_{name}"), text));
        given.sources.env = named.collect::<BTreeMap<_, _>>();
        given.sources.flags = flags;
        if let Ok(config) = load(&given.sources) {
            config.display_masked();
        }
    }

    #[test]
    fn a_planted_secret_is_never_shown(
        noise in "[a-z\"'\\\\ \u{1}é\n]{0,10}",
        by_flag in any::<bool>(),
        is_number in any::<bool>(),
    ) {
        let planted = format!("{noise}canary-7f3a{noise}");
        let key = if is_number { "hidden.number" } else { "integrations.0.header" };
        let given = Given::nothing().flag("integrations.0.name", "n");
        let given = if by_flag {
            given.flag(key, &planted)
        } else {
            given.env(&format!("NIGHTLATCH_{}", key.replace('.', "__").to_uppercase()), &planted)
        };
        let shown = match load(&given.sources) {
            Ok(config) => format!("{}{config:?}", config.display_masked()),
            Err(errors) => format!("{errors}{errors:?}"),
        };
        prop_assert!(!shown.contains("canary"), "{}", shown);
    }
}

#[test]
fn nesting_without_end_is_an_error_and_not_a_crash() {
    let deep = 100_000;
    for text in [
        format!("{} = 1\n", vec!["a"; deep].join(".")),
        format!("[{}]\n", vec!["a"; deep].join(".")),
        format!("a = {}\n", "[".repeat(deep)),
        format!("a = {}", "{a=".repeat(deep)),
        format!("places = {}{}\n", "[".repeat(deep), "]".repeat(deep)),
    ] {
        assert!(load(&Given::nothing().file(&text).sources).is_err());
    }
}
