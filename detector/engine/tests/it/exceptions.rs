//! Exceptions: what a rule must not fire on.

use super::fixture::{SIGN_IN, compiled, policy};
use nightlatch_engine::{Event, Ruleset, State};

fn rule(exceptions: &str) -> String {
    format!(
        "- {{list: devices, items: [Phone, 'Smart TV']}}\n- rule: r\n  desc: d\n  priority: INFO\n  output: o\n  \
         condition: okta.app = mail or devices = x\n  exceptions:\n{exceptions}"
    )
    .replace(" or devices = x", "")
}

fn condition(exceptions: &str) -> String {
    policy(&rule(exceptions)).rules()[0]
        .condition_text()
        .to_owned()
}

fn errors(exceptions: &str) -> Vec<&'static str> {
    compiled(&rule(exceptions))
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| d.code)
        .collect()
}

#[test]
fn values_are_rows_of_the_fields() {
    assert_eq!(
        condition(
            "  - {name: e, fields: [okta.actor.id, okta.client.ip], comps: [=, startswith], values: [[a, 1.2], [b, 'c d']]}"
        ),
        "(okta.app = mail and not ((okta.actor.id = a and okta.client.ip startswith 1.2) or \
         (okta.actor.id = b and okta.client.ip startswith \"c d\")))"
    );
    assert_eq!(
        condition(
            "  - {name: e, fields: [okta.actor.id], values: [[a]]}\n  - {name: f, fields: [okta.org], values: [[b]]}"
        ),
        "(okta.app = mail and not okta.actor.id = a and not okta.org = b)"
    );
}

#[test]
fn one_field_takes_a_flat_list() {
    assert_eq!(
        condition(
            "  - {name: e, fields: okta.client.device, values: [devices, '(x)', 'say \"hi\"', 'a\\b']}"
        ),
        "(okta.app = mail and not okta.client.device in (Phone, \"Smart TV\", \"(x)\", \"say \\\"hi\\\"\", a\\b))"
    );
    assert_eq!(
        condition("  - {name: e, fields: okta.org, comps: 'startswith  anyof', values: [a, b]}"),
        "(okta.app = mail and not okta.org startswith anyof (a, b))"
    );
}

#[test]
fn a_row_may_hold_lists() {
    assert_eq!(
        condition(
            "  - {name: e, fields: [okta.org, okta.client.device], comps: [in, in], values: [[[a, b], devices]]}"
        ),
        "(okta.app = mail and not (okta.org in (a, b) and okta.client.device in (Phone, \"Smart TV\")))"
    );
}

#[test]
fn an_exception_without_values_has_no_effect_but_must_be_sound() {
    assert_eq!(
        condition("  - {name: e, fields: [okta.org]}"),
        "okta.app = mail"
    );
    assert_eq!(errors("  - {name: e, fields: [okta.nope]}"), ["E0103"]);
}

#[test]
fn a_malformed_exception_is_refused() {
    for (exception, code) in [
        ("{name: e, values: [[a]]}", "E0011"),
        (
            "{name: e, fields: [okta.org, okta.app], values: [[a]]}",
            "E0011",
        ),
        (
            "{name: e, fields: [okta.org], comps: [=, =], values: [[a]]}",
            "E0011",
        ),
        (
            "{name: e, fields: [okta.org], comps: [like], values: [[a]]}",
            "E0011",
        ),
        (
            "{name: e, fields: [okta.org], comps: ['in oneof'], values: [[a]]}",
            "E0011",
        ),
        (
            "{name: e, fields: okta.org, comps: '=', values: [a]}",
            "E0011",
        ),
        ("{name: e, fields: okta.org, values: [[a]]}", "E0011"),
        ("{name: e, fields: [okta.org], values: [[[a]]]}", "E0011"),
        ("{name: e, fields: [okta.nope], values: [[a]]}", "E0103"),
        (
            "{name: e, fields: ['okta.org exists) or (okta.org'], values: [[a]]}",
            "E0011",
        ),
        ("{fields: [okta.org]}", "E0005"),
    ] {
        assert_eq!(errors(&format!("  - {exception}")), [code], "{exception}");
    }
}

#[test]
fn a_condition_must_be_whole_without_its_exceptions() {
    let text = rule("  - {name: e, fields: [okta.org], values: [[a]]}\n")
        .replace("okta.app = mail", "okta.app = mail) or (okta.app = x");
    let codes: Vec<_> = compiled(&text).diagnostics.iter().map(|d| d.code).collect();
    assert!(codes.contains(&"E0101"), "{codes:?}");
}

#[test]
fn values_can_be_appended() {
    let text = rule("  - {name: e, fields: [okta.org], values: [[a]]}\n")
        + "- {rule: r, exceptions: [{name: e, values: [[b]]}], override: {exceptions: append}}\n";
    let policy = policy(&text);
    assert_eq!(
        policy.rules()[0].condition_text(),
        "(okta.app = mail and not (okta.org = a or okta.org = b))"
    );
    let text = rule("  - {name: e, fields: [okta.org], values: [[a]]}\n")
        + "- {rule: r, exceptions: [{name: e, fields: [okta.app], values: [[b]]}], override: {exceptions: append}}\n";
    assert!(
        compiled(&text)
            .diagnostics
            .iter()
            .any(|d| d.code == "E0011")
    );
}

#[test]
fn a_rule_does_not_fire_on_its_exceptions() {
    let text = rule(
        "  - {name: e, fields: [okta.actor.alternateid, okta.client.device], comps: [endswith, in], values: [['@example.com', [Computer]]]}",
    );
    let ruleset = Ruleset::new(vec![policy(&text).into()]).unwrap();
    let context = super::fixture::context("u", 0);
    let fires = |raw: &str| {
        let event = Event::parse(raw).unwrap();
        !ruleset
            .evaluate(&event, &context, &mut State::default())
            .detections
            .is_empty()
    };
    assert!(!fires(SIGN_IN));
    assert!(fires(&SIGN_IN.replace("Computer", "Unknown")));
}
