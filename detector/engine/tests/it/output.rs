//! The output of a rule.

use nightlatch_engine::{Event, State};

use super::fixture::{NOON_MS, SIGN_IN, compiled, context, rule, ruleset};

fn output(output: &str) -> String {
    let ruleset = ruleset(&rule("okta.evt.type exists", output));
    let event = Event::parse(SIGN_IN).unwrap();
    let changes = ruleset.evaluate(&event, &context("u", NOON_MS), &mut State::default());
    changes.detections.into_iter().next().unwrap().output
}

#[test]
fn fields_and_transformers_are_filled_in() {
    assert_eq!(
        output("user=%okta.actor.name ip=%okta.client.ip"),
        "user=Ann Example ip=203.0.113.7"
    );
    assert_eq!(output("'%okta.actor.name',%evt.num."), "'Ann Example',7.");
    assert_eq!(output("%toupper(okta.client.device)!"), "COMPUTER!");
    assert_eq!(
        output("%join(\",\", (okta.actor.id, okta.result))"),
        "00u1,FAILURE"
    );
    assert_eq!(output("%okta.targets.displayName[0]"), "Bob Example");
    assert_eq!(output("no fields"), "no fields");
    assert_eq!(output("  trimmed %okta.actor.id \n"), "trimmed 00u1");
}

#[test]
fn an_absent_value_is_shown_as_such_and_an_empty_one_as_nothing() {
    assert_eq!(
        output("[%okta.targets.displayName[9]] [%okta.client.id]"),
        "[<NA>] []"
    );
}

#[test]
fn a_width_pads_and_cuts() {
    assert_eq!(
        output("[%6okta.actor.id] [%2okta.actor.id]"),
        "[00u1  ] [00]"
    );
}

#[test]
fn the_longest_field_counts_and_the_rest_is_text() {
    assert_eq!(output("%okta.actor.idx"), "00u1x");
    assert_eq!(output("%okta.evt.type.foo"), "user.session.start.foo");
    assert_eq!(output("%okta.evt.type[0]"), "user.session.start[0]");
    assert_eq!(output("%okta.actor.id.%okta.result"), "00u1.FAILURE");
    let warned = compiled(&rule("okta.app = mail", "%okta.actor.idx")).diagnostics;
    assert_eq!(warned[0].code, "W0201");
    assert_eq!(
        compiled(&rule("okta.app = mail", "%okta.actor.id.")).diagnostics,
        []
    );
}

#[test]
fn what_is_no_field_is_refused() {
    for wrong in [
        "%",
        "100%",
        "%10",
        "%okta.nope",
        "%okta.mfa.failure.countlast",
        "%%",
        "% okta.app",
        "%9999okta.app",
    ] {
        let compiled = compiled(&rule("okta.evt.type exists", wrong));
        assert!(compiled.policy.is_none(), "{wrong}");
        assert_eq!(compiled.diagnostics[0].code, "E0201", "{wrong}");
    }
}

#[test]
fn a_detection_carries_every_field_that_condition_or_output_names() {
    let condition = "okta.evt.type = \"user.session.start\" and not okta.mfa.failure.countlast[60] > 1 \
        and tolower(okta.actor.name) = concat(\"ann \", \"example\") and okta.actor.id != val(okta.target.user.id)";
    let ruleset = ruleset(&rule(condition, "%evt.num %okta.security.isproxy"));
    let event = Event::parse(SIGN_IN).unwrap();
    let changes = ruleset.evaluate(&event, &context("u", NOON_MS), &mut State::default());
    let fields: Vec<(&str, Option<&str>)> = changes.detections[0]
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(
        fields,
        [
            ("evt.num", Some("7")),
            ("okta.actor.id", Some("\"00u1\"")),
            ("okta.actor.name", Some("\"Ann Example\"")),
            ("okta.evt.type", Some("\"user.session.start\"")),
            ("okta.mfa.failure.countlast[60]", None),
            ("okta.security.isproxy", Some("\"false\"")),
            ("okta.target.user.id", Some("\"00u6\"")),
        ]
    );
}

#[test]
fn an_output_that_is_very_long_is_cut() {
    let long = output(&"é%okta.actor.name".repeat(10_000));
    assert!(long.ends_with('…'));
    assert_eq!(long.len(), 64 * 1024 + '…'.len_utf8());
}
