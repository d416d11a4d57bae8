//! The event types that hooks are asked for, beside the rules and the catalogue that say why.

use std::collections::BTreeSet;

use nightlatch_detector::MANAGED;
use nightlatch_engine::{PolicyKind, SourceFile, compile, event_type};
use nightlatch_ingest::okta::event_types::{Carrier, DEFAULT, carrier, hooked, recommended};

/// The event types that managed rules name.
fn named() -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (name, text) in MANAGED {
        let source = SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let policy = compile(&source, PolicyKind::Managed).policy.unwrap();
        let types = policy.rules().iter().filter_map(|rule| rule.event_types());
        named.extend(types.flatten().cloned());
    }
    named
}

#[test]
fn the_recommended_event_types_are_those_of_the_managed_rules_that_hooks_carry() {
    let is_hooked = |name: &&String| event_type(name).is_some_and(|known| known.is_hooked);
    let named = named();
    let wanted: Vec<&str> = named.iter().filter(is_hooked).map(String::as_str).collect();
    let found: Vec<&str> = recommended().collect();
    assert_eq!(
        wanted, found,
        "write the left ones into ingest/src/okta/event_types/recommended.txt, one a line"
    );
}

#[test]
fn ingest_and_the_engine_agree_on_who_carries_an_event_type() {
    for known in nightlatch_engine::event_types() {
        let said = carrier(known.name) == Some(Carrier::Hook);
        assert_eq!(said, known.is_hooked, "{}", known.name);
    }
    let count = nightlatch_engine::event_types().filter(|known| known.is_hooked);
    assert_eq!(hooked().count(), count.count());
}

#[test]
fn hooks_carry_each_default_event_type_and_managed_rules_need_it() {
    let named = named();
    for name in DEFAULT {
        assert_eq!(carrier(name), Some(Carrier::Hook), "{name}");
        assert!(named.contains(name), "no managed rule is about {name}");
    }
    assert_eq!(BTreeSet::from(DEFAULT).len(), 18);
}
