//! An explanation says of each part of a condition what became of it, and agrees with the verdict.

use nightlatch_engine::{Context, Event, Explanation, Place, Reason, ReasonKind, State, explain};
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{NOON_MS, SIGN_IN, context, policy, ruleset};
use super::index::{condition, event};

fn explained(text: &str, event: &str) -> Explanation {
    let policy = policy(text);
    let event = Event::parse(event).unwrap();
    explain(
        &policy.rules()[0],
        &event,
        &context("u", NOON_MS),
        &mut State::default(),
    )
}

const TRAVELLING: &str = "
- list: home
  items: [Norway, Germany]
- macro: at_home
  condition: okta.client.geo.country in (home)
- rule: Abroad
  desc: d
  condition: >
    okta.evt.type = user.session.start
      and not at_home and
    (tolower(okta.actor.name) != 'ann  e'
     or okta.device.name = val(okta.actor.name))
  output: \"%okta.actor.alternateid in %okta.client.geo.country\"
  priority: WARNING
";

#[test]
fn each_part_is_told_as_written_with_its_place_its_verdict_and_its_values() {
    let explanation = explained(TRAVELLING, SIGN_IN);
    let place = |line, column, length| json!({"file": "rules.yaml", "line": line, "column": column, "length": length});
    let expected = json!({
        "rule": "Abroad",
        "version": explanation.version,
        "enabled": true,
        "matches": true,
        "output": "ann@example.com in Romania",
        "condition": {
            "kind": "and", "holds": true, "place": place(9, 5, 34),
            "text": "okta.evt.type = user.session.start and not at_home and \
                     (tolower(okta.actor.name) != 'ann  e' or okta.device.name = val(okta.actor.name))",
            "parts": [
                {
                    "kind": "check", "holds": true, "place": place(9, 5, 34),
                    "text": "okta.evt.type = user.session.start",
                    "left": {"text": "okta.evt.type", "value": "user.session.start"},
                },
                {
                    "kind": "not", "holds": true, "place": place(10, 11, 11), "text": "not at_home",
                    "part": {
                        "kind": "macro", "name": "at_home", "holds": false, "place": place(10, 15, 7),
                        "text": "at_home",
                        "part": {
                            "kind": "check", "holds": false, "place": place(5, 14, 33),
                            "text": "okta.client.geo.country in (home)",
                            "left": {"text": "okta.client.geo.country", "value": "Romania"},
                        },
                    },
                },
                {
                    "kind": "or", "holds": true, "place": place(11, 6, 36),
                    "text": "tolower(okta.actor.name) != 'ann  e' or okta.device.name = val(okta.actor.name)",
                    "parts": [
                        {
                            "kind": "check", "holds": true, "place": place(11, 6, 36),
                            "text": "tolower(okta.actor.name) != 'ann  e'",
                            "left": {
                                "text": "tolower(okta.actor.name)", "value": "ann example",
                                "of": [["okta.actor.name", "Ann Example"]],
                            },
                        },
                        {
                            "kind": "check", "holds": false, "place": place(12, 9, 39),
                            "text": "okta.device.name = val(okta.actor.name)",
                            "left": {"text": "okta.device.name", "value": null},
                            "right": {
                                "text": "val(okta.actor.name)", "value": "Ann Example",
                                "of": [["okta.actor.name", "Ann Example"]],
                            },
                        },
                    ],
                },
            ],
        },
    });
    let found = serde_json::to_value(&explanation).unwrap();
    assert_eq!(found, expected, "{found:#}");
}

#[test]
fn an_exception_is_part_of_the_explanation_with_the_place_of_its_values() {
    let text = "
- rule: r
  desc: d
  priority: info
  output: o
  condition: okta.evt.type exists
  exceptions:
    - name: people
      fields: okta.actor.alternateid
      values: [eve@example.com, ann@example.com]
";
    let explanation = explained(text, SIGN_IN);
    assert!(!explanation.matches);
    let ReasonKind::And { parts } = explanation.condition.kind else {
        panic!("{explanation:#?}");
    };
    assert!(parts[0].holds && !parts[1].holds);
    let ReasonKind::Not { part } = &parts[1].kind else {
        panic!("{parts:#?}");
    };
    assert_eq!(
        part.text,
        "okta.actor.alternateid in (eve@example.com, ann@example.com)"
    );
    assert_eq!((part.place.line, part.place.column), (9, 15));
}

#[test]
fn the_event_that_is_explained_is_counted_and_not_twice() {
    let text = "
- {rule: burst, desc: d, priority: info, output: o, condition: 'okta.mfa.failure.countlast[300] >= 2'}
";
    let policy = policy(text);
    let rule = &policy.rules()[0];
    let raw = r#"{"eventType": "user.authentication.auth_via_mfa", "actor": {"id": "A"},
                  "outcome": {"result": "FAILURE"}}"#;
    let event = Event::parse(raw).unwrap();
    let mut state = State::default();
    let mut verdict = |uuid| explain(rule, &event, &context(uuid, NOON_MS), &mut state).matches;
    assert_eq!(
        ["a", "a", "b"].map(&mut verdict),
        [false, false, true],
        "the second is the first again"
    );
}

#[test]
fn a_rule_knows_where_its_name_is_written() {
    let policy = policy(TRAVELLING);
    let place = Place {
        file: "rules.yaml".to_owned(),
        line: 6,
        column: 9,
        length: 6,
    };
    assert_eq!(policy.rules()[0].place(), &place);
    assert_eq!(place.to_string(), "rules.yaml:6:9");
}

#[test]
fn a_very_long_part_is_cut() {
    let values: Vec<String> = (0..1000).map(|n| format!("value{n}")).collect();
    let text = format!("okta.app in ({})", values.join(", "));
    let rule = super::fixture::rule(&text, "o");
    let explanation = explained(&rule, SIGN_IN);
    let shown = explanation.condition.text;
    assert_eq!(shown.chars().count(), 1001);
    assert!(shown.starts_with("okta.app in (value0, ") && shown.ends_with('…'));
}

#[test]
fn a_very_long_value_is_cut() {
    // One byte of the first is not enough to fill the limit with whole characters.
    let name = format!("x{}", "é".repeat(3000));
    let targets: Vec<_> = (0..5000).map(|_| json!({"displayName": "b"})).collect();
    let event = json!({"actor": {"displayName": name}, "target": targets});
    let condition = "okta.actor.name = a or okta.target.displayname intersects (a)";
    let rule = super::fixture::rule(condition, "o");
    let explanation = explained(&rule, &event.to_string());
    let ReasonKind::Or { parts } = explanation.condition.kind else {
        panic!("{:?}", explanation.condition);
    };
    let values: Vec<_> = parts
        .iter()
        .map(|part| match &part.kind {
            ReasonKind::Check { left, .. } => left.value.clone().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values[0], format!("x{}…", "é".repeat(2047)));
    let items = values[1].as_array().unwrap();
    assert_eq!((items.len(), &items[2048]), (2049, &json!("…")));
}

/// What a part must be, going by its own parts.
fn follows(reason: &Reason) -> bool {
    let (follows, parts): (bool, Vec<&Reason>) = match &reason.kind {
        ReasonKind::And { parts } => (
            reason.holds == parts.iter().all(|part| part.holds),
            parts.iter().collect(),
        ),
        ReasonKind::Or { parts } => (
            reason.holds == parts.iter().any(|part| part.holds),
            parts.iter().collect(),
        ),
        ReasonKind::Not { part } => (reason.holds != part.holds, vec![part]),
        ReasonKind::Macro { part, .. } => (reason.holds == part.holds, vec![part]),
        ReasonKind::Check { left, right } => {
            let is_absent =
                left.value.is_none() || right.as_ref().is_some_and(|right| right.value.is_none());
            (!(is_absent && reason.holds), Vec::new())
        }
    };
    follows && !reason.text.is_empty() && parts.into_iter().all(self::follows)
}

proptest! {
    #[test]
    fn an_explanation_agrees_with_the_verdict(
        conditions in prop::collection::vec(condition(), 1..5),
        events in prop::collection::vec(event(), 1..8),
    ) {
        // Each condition is a rule, and by its name a part of the next one.
        let mut items = Vec::new();
        for (number, condition) in conditions.iter().enumerate() {
            let condition = match number.checked_sub(1) {
                Some(before) => format!("{condition} or not m{before} and okta.actor.id != val(okta.target.user.id)"),
                None => condition.clone(),
            };
            items.push(json!({"macro": format!("m{number}"), "condition": condition}));
            items.push(json!({
                "rule": number.to_string(), "desc": "d", "priority": "INFO", "output": "o",
                "condition": format!("m{number}")
            }));
        }
        let ruleset = ruleset(&json!(items).to_string());
        let rules = ruleset.policies()[0].rules();
        let (mut judged, mut explained) = (State::default(), State::default());
        for (number, raw) in events.iter().enumerate() {
            let event = Event::parse(raw).unwrap();
            let uuid = format!("u{number}");
            let context = Context { offset: 1, ..context(&uuid, NOON_MS) };
            let changes = ruleset.evaluate(&event, &context, &mut judged);
            let fired: Vec<&str> = changes.detections.iter().map(|d| d.rule.name()).collect();
            for rule in rules {
                let explanation = explain(rule, &event, &context, &mut explained);
                prop_assert_eq!(explanation.matches, fired.contains(&rule.name()), "{} {:#?}", raw, explanation);
                prop_assert!(follows(&explanation.condition), "{:#?}", explanation);
            }
        }
        prop_assert_eq!(judged, explained);
    }
}
