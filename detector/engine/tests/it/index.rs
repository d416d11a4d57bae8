//! The index by event type finds what a full scan finds.

use std::sync::Arc;

use nightlatch_engine::{Event, PolicyKind, Ruleset, RulesetError, State, compile};
use proptest::prelude::*;

use super::fixture::{NOON_MS, SIGN_IN, context, policy, rule, ruleset, source};

fn event_types(condition: &str) -> Option<Vec<String>> {
    policy(&rule(condition, "o")).rules()[0]
        .event_types()
        .map(<[String]>::to_vec)
}

#[test]
fn a_rule_tells_which_event_types_it_can_match() {
    let only = |types: &[&str]| {
        Some(
            types
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    for (condition, expected) in [
        ("okta.evt.type = a", only(&["a"])),
        (
            "okta.evt.type in (b, a) and okta.app = x",
            only(&["a", "b"]),
        ),
        ("okta.evt.type = anyof (b, a)", only(&["a", "b"])),
        ("okta.evt.type = a or okta.evt.type = b", only(&["a", "b"])),
        ("okta.evt.type = a or okta.app = x", None),
        ("okta.evt.type != a", None),
        (
            "okta.evt.type in (a, b) and okta.evt.type != a",
            only(&["b"]),
        ),
        (
            "okta.evt.type in (a, b) and not okta.evt.type = a",
            only(&["b"]),
        ),
        ("not (okta.evt.type != a)", only(&["a"])),
        ("not (okta.evt.type != a or okta.app = x)", only(&["a"])),
        (
            "okta.evt.type in (a, b, c) and okta.evt.type != allof (a, b)",
            only(&["c"]),
        ),
        ("okta.evt.type = a and okta.evt.type = b", only(&[])),
        ("okta.evt.type startswith a", None),
        ("tolower(okta.evt.type) = a", None),
        (
            "okta.mfa.failure.countlast[3] > 1",
            only(&["user.authentication.auth_via_mfa"]),
        ),
        ("not okta.mfa.failure.countlast[3] > 1", None),
        (
            "okta.mfa.deny.countlast[3] > 1",
            only(&[
                "user.authentication.auth_via_mfa",
                "user.mfa.okta_verify.deny_push",
            ]),
        ),
    ] {
        assert_eq!(event_types(condition), expected, "{condition}");
    }
}

#[test]
fn disabled_rules_and_policies_are_left_out() {
    let on =
        policy("- {rule: a, desc: d, priority: info, condition: okta.evt.type exists, output: o}");
    let off = policy(
        "
- policy: {id: off, enabled: false}
- {rule: a, desc: d, priority: info, condition: okta.evt.type exists, output: o}",
    );
    let part = policy(
        "
- policy: {id: part}
- {rule: a, desc: d, priority: info, condition: okta.evt.type exists, output: o, enabled: false}
- {rule: b, desc: d, priority: info, condition: okta.evt.type exists, output: o}",
    );
    let ruleset = Ruleset::new([on, off, part].map(Arc::new).into()).unwrap();
    assert_eq!(ruleset.rule_count(), 2);
    assert_eq!(ruleset.policies().len(), 3);
    let event = Event::parse(SIGN_IN).unwrap();
    let changes = ruleset.evaluate(&event, &context("u", NOON_MS), &mut State::default());
    let fired: Vec<(&str, &str)> = changes
        .detections
        .iter()
        .map(|d| (d.policy.id(), d.rule.name()))
        .collect();
    assert_eq!(
        fired,
        [("rules", "a"), ("part", "b")],
        "all that match fire, in order"
    );
}

#[test]
fn the_ids_of_policies_must_differ() {
    let text = rule("okta.evt.type exists", "o");
    let compiled = |kind| Arc::new(compile(&source("a.yaml", &text), kind).policy.unwrap());
    let error = Ruleset::new(vec![
        compiled(PolicyKind::Managed),
        compiled(PolicyKind::Custom),
    ])
    .unwrap_err();
    assert_eq!(error, RulesetError::DuplicatePolicy("a".to_owned()));
}

#[test]
fn the_version_of_a_ruleset_follows_its_policies() {
    let of = |text: &str| ruleset(text).version().to_owned();
    let (one, two) = (
        rule("okta.evt.type = a", "o"),
        rule("okta.evt.type = b", "o"),
    );
    assert_eq!(of(&one), of(&format!("# a comment\n{one}")));
    assert_ne!(of(&one), of(&two));
    assert_eq!(of(&one).len(), 16);
}

#[test]
fn repeats_are_known_by_rule_and_actor_else_client_else_target() {
    let ruleset = ruleset(&rule("okta.evt.type = x", "o"));
    for (event, key) in [
        (
            r#"{"eventType": "x", "actor": {"id": "A"}, "client": {"ipAddress": "1.1.1.1"}}"#,
            "rules/the rule/actor:A",
        ),
        (
            r#"{"eventType": "x", "client": {"ipAddress": "1.1.1.1"}}"#,
            "rules/the rule/client:1.1.1.1",
        ),
        (
            r#"{"eventType": "x", "target": [{"id": "T"}]}"#,
            "rules/the rule/target:T",
        ),
        (r#"{"eventType": "x"}"#, "rules/the rule"),
    ] {
        let event = Event::parse(event).unwrap();
        let changes = ruleset.evaluate(&event, &context("u", NOON_MS), &mut State::default());
        assert_eq!(changes.detections[0].dedup_key, key);
    }
}

pub(crate) fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[abc]".prop_map(|t| format!("okta.evt.type = {t}")),
        "[abc]".prop_map(|t| format!("okta.evt.type != {t}")),
        "[abc], [abc]".prop_map(|t| format!("okta.evt.type in ({t})")),
        "[abc], [abc]".prop_map(|t| format!("okta.evt.type = anyof ({t})")),
        "[abc], [abc]".prop_map(|t| format!("okta.evt.type = oneof ({t})")),
        "[abc], [abc]".prop_map(|t| format!("okta.evt.type != allof ({t})")),
        "[abc], [abc]".prop_map(|t| format!("okta.evt.type != anyof ({t})")),
        Just("okta.evt.type exists".to_owned()),
        Just("okta.evt.type = \"\"".to_owned()),
        Just("okta.evt.type != allof ()".to_owned()),
        Just("okta.evt.type in ()".to_owned()),
        Just("okta.evt.type startswith a".to_owned()),
        Just("okta.actor.id = 1".to_owned()),
        Just("okta.target.user.id != 1".to_owned()),
        Just("okta.mfa.failure.countlast[60] >= 2".to_owned()),
        Just("okta.mfa.deny.countlast[60] >= 1".to_owned()),
        Just("okta.evt.type = \"user.authentication.auth_via_mfa\"".to_owned()),
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

pub(crate) fn event() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("\"a\""),
        Just("\"b\""),
        Just("\"c\""),
        Just("\"d\""),
        Just("\"\""),
        Just("null"),
        Just("5"),
        Just("\"user.authentication.auth_via_mfa\""),
        Just("\"user.mfa.okta_verify.deny_push\""),
    ];
    let target = prop_oneof![Just("[]"), Just(r#"[{"type": "User", "id": "2"}]"#)];
    (kind, 0..3, prop_oneof![Just("FAILURE"), Just("SUCCESS")], target).prop_map(|(kind, actor, result, target)| {
        format!(
            r#"{{"eventType": {kind}, "actor": {{"id": "{actor}"}}, "outcome": {{"result": "{result}"}}, "target": {target}}}"#
        )
    })
}

proptest! {
    #[test]
    fn the_index_and_a_full_scan_agree(
        conditions in prop::collection::vec(condition(), 1..6),
        events in prop::collection::vec(event(), 1..12),
    ) {
        let rules: Vec<_> = conditions.iter().enumerate().map(|(number, condition)| serde_json::json!({
            "rule": number.to_string(), "desc": "d", "priority": "INFO", "condition": condition,
            "output": "%okta.mfa.failure.countlast[60]"
        })).collect();
        let ruleset = ruleset(&serde_json::Value::from(rules).to_string());
        let (mut indexed, mut scanned) = (State::default(), State::default());
        for (number, raw) in events.iter().enumerate() {
            let event = Event::parse(raw).unwrap();
            let uuid = format!("u{number}");
            let context = context(&uuid, NOON_MS);
            let fast = format!("{:?}", ruleset.evaluate(&event, &context, &mut indexed));
            let slow = format!("{:?}", ruleset.evaluate_all(&event, &context, &mut scanned));
            prop_assert_eq!(fast, slow, "{} of {:?}", raw, &conditions);
        }
        prop_assert_eq!(indexed, scanned);
    }
}
