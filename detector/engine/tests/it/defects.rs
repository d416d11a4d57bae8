//! Seven defects of Falco's okta plugin 0.12.0 and of the public rules, none of which is here: each
//! was shown by running it.

use nightlatch_engine::{Changes, Event, Observation, Ruleset, State};

use super::fixture::{NOON_MS, context, diagnose, holds, ruleset, value};

const MINUTE: i64 = 60_000;

const DENIED: &str = r#"{"eventType": "user.mfa.okta_verify.deny_push", "actor": {"id": "A"}}"#;
const DENIED_IN_IDENTITY_ENGINE: &str = r#"{"eventType": "user.authentication.auth_via_mfa",
    "actor": {"id": "A"}, "outcome": {"result": "FAILURE"},
    "debugContext": {"debugData": {"pushOnlyResponseType": "OV_RESPONSE_DENY"}}}"#;

/// Judges events at minutes after noon; returns what the last one changed.
fn judge<'r>(rules: &'r Ruleset, state: &mut State, events: &[(&str, i64)]) -> Changes<'r> {
    let mut changes = Changes::default();
    for (number, (json, minute)) in events.iter().enumerate() {
        let (event, uuid) = (Event::parse(json).unwrap(), format!("u{number}"));
        changes = rules.evaluate(&event, &context(&uuid, NOON_MS + minute * MINUTE), state);
    }
    changes
}

fn outputs(changes: &Changes<'_>) -> Vec<(String, String)> {
    let detections = changes.detections.iter();
    detections
        .map(|detection| (detection.rule.name().to_owned(), detection.output.clone()))
        .collect()
}

const COUNTERS: &str = "
- {rule: failures, desc: d, priority: info, condition: 'okta.mfa.failure.countlast[300] >= 1',
   output: '%okta.mfa.failure.countlast[300]'}
- {rule: denials, desc: d, priority: info, condition: 'okta.mfa.deny.countlast[300] >= 1',
   output: '%okta.mfa.deny.countlast[300]'}
";

#[test]
fn defect_1_an_event_says_nothing_of_the_one_before() {
    let rules = ruleset(
        "
- rule: r
  desc: d
  priority: info
  condition: okta.evt.type exists
  output: '%okta.actor.alternateid|%okta.client.ip|%okta.client.geo.country|%okta.reason|%okta.security.isp|%okta.target.user.alternateid'
",
    );
    let full = r#"{"eventType": "user.session.start", "outcome": {"reason": "INVALID_CREDENTIALS"},
        "actor": {"id": "A", "alternateId": "ann@example.com"}, "securityContext": {"isp": "isp"},
        "client": {"ipAddress": "203.0.113.7", "geographicalContext": {"country": "Romania"}},
        "target": [{"type": "User", "alternateId": "bob@example.com"}]}"#;
    let bare = r#"{"eventType": "system.api_token.create", "actor": {"id": "B"}}"#;
    let changes = judge(&rules, &mut State::default(), &[(full, 0), (bare, 1)]);
    assert_eq!(changes.detections[0].output, "|||||<NA>");
}

#[test]
fn defect_2_the_number_of_the_network_and_the_step_of_the_sign_in_can_be_read() {
    let event = r#"{"securityContext": {"asNumber": 64496},
        "authenticationContext": {"authenticationStep": 2}}"#;
    assert_eq!(value("okta.security.asnumber", event), "64496");
    assert_eq!(value("okta.authentication.step", event), "2");
    assert!(holds("okta.security.asnumber > 64495", event));
    assert!(!holds("okta.security.asnumber exists", "{}"));
}

#[test]
fn defect_3_a_proxy_is_told_as_okta_tells_it() {
    for (json, expected) in [("true", "true"), ("false", "false"), ("\"true\"", "true")] {
        let event = format!(r#"{{"securityContext": {{"isProxy": {json}}}}}"#);
        assert_eq!(value("okta.security.isproxy", &event), expected);
        assert!(holds(
            &format!("okta.security.isproxy = {expected}"),
            &event
        ));
    }
}

#[test]
fn defect_4_the_longitude_is_that_of_the_event() {
    let event =
        r#"{"client": {"geographicalContext": {"geolocation": {"lat": 46.77, "lon": 23.59}}}}"#;
    assert_eq!(value("okta.client.geo.lon", event), "23.59");
    assert!(!holds("okta.client.geo.lon exists", "{}"));
}

#[test]
fn defect_5_denials_and_failures_are_counted_apart_and_each_of_one_millisecond() {
    let rules = ruleset(COUNTERS);
    let burst = [(DENIED, 0), (DENIED, 0), (DENIED, 0)];
    let changes = judge(&rules, &mut State::default(), &burst);
    let expected = [("denials".to_owned(), "3".to_owned())];
    assert_eq!(outputs(&changes), expected, "no rule of failures fires");
}

#[test]
fn defect_6_a_burst_in_both_spellings_out_of_order_and_across_a_restart_is_one() {
    let rules = ruleset(COUNTERS);
    let mut state = State::default();
    let mut kept: Vec<Observation> = Vec::new();
    // The second happened before the first.
    for (uuid, json, minute) in [("a", DENIED, 3), ("b", DENIED_IN_IDENTITY_ENGINE, 1)] {
        let event = Event::parse(json).unwrap();
        let context = context(uuid, NOON_MS + minute * MINUTE);
        kept.extend(rules.evaluate(&event, &context, &mut state).observations);
    }
    let mut after_restart = State::default();
    for observation in &kept {
        after_restart.apply(observation);
    }
    for state in [&mut state, &mut after_restart] {
        let event = Event::parse(DENIED).unwrap();
        let changes = rules.evaluate(&event, &context("c", NOON_MS + 4 * MINUTE), state);
        assert_eq!(outputs(&changes), [("denials".to_owned(), "3".to_owned())]);
    }
}

#[test]
fn defect_7_a_rule_about_an_event_type_that_okta_does_not_have_is_told() {
    let found = diagnose("okta.evt.type = \"user.lifecycle.suspended\"");
    assert_eq!(found[0].code, "W0107");
    let help = found[0].help.as_deref();
    assert_eq!(help, Some("did you mean `user.lifecycle.suspend`?"));
}
