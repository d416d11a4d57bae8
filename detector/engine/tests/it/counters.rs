//! The two counters: failed multi-factor checks and denied pushes, per actor.

use std::collections::BTreeMap;

use nightlatch_engine::{Changes, Context, Event, Observation, Ruleset, State};
use proptest::prelude::*;

use super::fixture::{NOON_MS, context, ruleset};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Rules that fire on every counted event and print its count of the last five minutes.
const COUNTERS: &str = "
- {rule: failures, desc: d, priority: info, condition: 'okta.mfa.failure.countlast[300] >= 0',
   output: '%okta.mfa.failure.countlast[300]'}
- {rule: denials, desc: d, priority: info, condition: 'okta.mfa.deny.countlast[300] >= 0',
   output: '%okta.mfa.deny.countlast[300]'}
";

const FAILURE: &str = r#"{"eventType": "user.authentication.auth_via_mfa", "actor": {"id": "A"},
    "outcome": {"result": "FAILURE", "reason": "WRONG"}}"#;
const SUCCESS: &str = r#"{"eventType": "user.authentication.auth_via_mfa", "actor": {"id": "A"},
    "outcome": {"result": "SUCCESS"}}"#;
const CLASSIC_DENIAL: &str =
    r#"{"eventType": "user.mfa.okta_verify.deny_push", "actor": {"id": "A"}}"#;

fn denial(debug_data: &str, reason: &str) -> String {
    format!(
        r#"{{"eventType": "user.authentication.auth_via_mfa", "actor": {{"id": "A"}},
        "outcome": {{"result": "FAILURE", "reason": "{reason}"}},
        "debugContext": {{"debugData": {{{debug_data}}}}}}}"#
    )
}

/// Judges an event; returns what the counters' rules print.
fn counts(
    rules: &Ruleset,
    state: &mut State,
    event: &str,
    context: &Context<'_>,
) -> BTreeMap<String, String> {
    let event = Event::parse(event).unwrap();
    let changes = rules.evaluate(&event, context, state);
    changes
        .detections
        .into_iter()
        .map(|d| (d.rule.name().to_owned(), d.output))
        .collect()
}

fn shown(failures: Option<&str>, denials: Option<&str>) -> BTreeMap<String, String> {
    let shown =
        |name: &str, count: Option<&str>| count.map(|count| (name.to_owned(), count.to_owned()));
    shown("failures", failures)
        .into_iter()
        .chain(shown("denials", denials))
        .collect()
}

#[test]
fn a_failure_counts_failures_and_a_denial_counts_denials() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    let said = denial(
        r#""factor": "OKTA_VERIFY_PUSH""#,
        "User rejected Okta push verify",
    );
    let answered = denial(r#""pushOnlyResponseType": "OV_RESPONSE_DENY""#, "x");
    let no_credential = denial(r#""factor": "OKTA_VERIFY_PUSH""#, "INVALID_CREDENTIALS");
    let wrong_number = denial(
        r#""factor": "OKTA_VERIFY_PUSH", "pushWithNumberChallengeResponseType": "OV_WITH_CHALLENGE_RESPONSE_INVALID""#,
        "INVALID_CREDENTIALS",
    );
    let timed_out = denial(r#""factor": "OKTA_VERIFY_PUSH""#, "FACTOR_TIMEOUT");
    let wrong_code = denial(r#""factor": "GOOGLE_TOTP""#, "INVALID_CREDENTIALS");
    let steps = [
        (FAILURE, shown(Some("1"), None)),
        (SUCCESS, shown(None, None)),
        (CLASSIC_DENIAL, shown(None, Some("1"))),
        (said.as_str(), shown(Some("2"), Some("2"))),
        (answered.as_str(), shown(Some("3"), Some("3"))),
        (no_credential.as_str(), shown(Some("4"), Some("4"))),
        (timed_out.as_str(), shown(Some("5"), None)),
        (wrong_code.as_str(), shown(Some("6"), None)),
        (wrong_number.as_str(), shown(Some("7"), None)),
        (CLASSIC_DENIAL, shown(None, Some("5"))),
        (
            r#"{"eventType": "user.session.start", "actor": {"id": "A"}}"#,
            shown(None, None),
        ),
    ];
    for (number, (event, expected)) in (0..).zip(steps) {
        let uuid = format!("u{number}");
        let found = counts(&rules, &mut state, event, &context(&uuid, NOON_MS + number));
        assert_eq!(found, expected, "{event}");
    }
}

#[test]
fn actors_and_integrations_are_counted_apart() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    let of_b = FAILURE.replace("\"A\"", "\"B\"");
    let elsewhere = Context {
        integration: "org-2",
        ..context("u3", NOON_MS)
    };
    for (event, context) in [
        (FAILURE, context("u1", NOON_MS)),
        (of_b.as_str(), context("u2", NOON_MS)),
        (FAILURE, elsewhere),
    ] {
        assert_eq!(
            counts(&rules, &mut state, event, &context),
            shown(Some("1"), None)
        );
    }
}

#[test]
fn the_window_is_open_at_its_start_and_closed_at_its_end() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    counts(&rules, &mut state, FAILURE, &context("u1", NOON_MS));
    let just_within = context("u2", NOON_MS + 5 * MINUTE - 1);
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &just_within),
        shown(Some("2"), None)
    );
    let just_past = context("u3", NOON_MS + 5 * MINUTE);
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &just_past),
        shown(Some("2"), None)
    );
}

#[test]
fn events_of_one_instant_all_count() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    for (uuid, count) in [("u1", "1"), ("u2", "2"), ("u3", "3")] {
        assert_eq!(
            counts(&rules, &mut state, FAILURE, &context(uuid, NOON_MS)),
            shown(Some(count), None)
        );
    }
}

#[test]
fn a_late_event_counts_what_happened_before_it_and_later_events_count_it() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    counts(
        &rules,
        &mut state,
        FAILURE,
        &context("u1", NOON_MS + 2 * MINUTE),
    );
    let late = Context {
        published_ms: NOON_MS,
        ..context("u2", NOON_MS + 3 * MINUTE)
    };
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &late),
        shown(Some("1"), None)
    );
    let next = context("u3", NOON_MS + 4 * MINUTE);
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &next),
        shown(Some("3"), None)
    );
}

#[test]
fn both_copies_of_an_event_count_once_and_only_the_first_is_observed() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    let event = Event::parse(FAILURE).unwrap();
    let first = rules.evaluate(&event, &context("u1", NOON_MS), &mut state);
    assert_eq!(
        first.observations,
        [Observation {
            integration: "org-1".to_owned(),
            counter: "mfa.failure".to_owned(),
            actor: "A".to_owned(),
            uuid: "u1".to_owned(),
            published_ms: NOON_MS,
            seen_ms: NOON_MS,
        }]
    );
    let second = rules.evaluate(&event, &context("u1", NOON_MS), &mut state);
    assert_eq!(second.observations, []);
    assert_eq!(second.detections[0].output, "1");
}

#[test]
fn a_clock_that_runs_ahead_counts_as_five_minutes_ahead_at_most() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    let ahead = Context {
        published_ms: NOON_MS + DAY,
        ..context("u1", NOON_MS)
    };
    counts(&rules, &mut state, FAILURE, &ahead);
    let soon = context("u2", NOON_MS + 6 * MINUTE);
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &soon),
        shown(Some("2"), None)
    );
}

#[test]
fn what_was_seen_more_than_thirty_days_ago_is_forgotten() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    counts(&rules, &mut state, FAILURE, &context("u1", NOON_MS));
    let at = |uuid, days| Context {
        published_ms: NOON_MS,
        ..context(uuid, NOON_MS + days * DAY)
    };
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &at("u2", 30)),
        shown(Some("2"), None)
    );
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &at("u3", 31)),
        shown(Some("2"), None)
    );
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &at("u1", 32)),
        shown(Some("3"), None),
        "u1 anew"
    );
}

#[test]
fn an_event_without_an_actor_is_not_counted() {
    let (rules, mut state) = (ruleset(COUNTERS), State::default());
    let event = r#"{"eventType": "user.mfa.okta_verify.deny_push"}"#;
    assert_eq!(
        counts(&rules, &mut state, event, &context("u1", NOON_MS)),
        shown(None, None)
    );
    assert_eq!(state, State::default());
}

#[test]
fn events_are_counted_also_while_no_rule_asks() {
    let (none, mut state) = (Ruleset::default(), State::default());
    let event = Event::parse(FAILURE).unwrap();
    let Changes { observations, .. } = none.evaluate(&event, &context("u1", NOON_MS), &mut state);
    assert_eq!(observations.len(), 1);
    let rules = ruleset(COUNTERS);
    assert_eq!(
        counts(&rules, &mut state, FAILURE, &context("u2", NOON_MS)),
        shown(Some("2"), None)
    );
}

#[test]
fn an_observation_of_an_unknown_counter_changes_nothing() {
    let mut state = State::default();
    state.apply(&Observation {
        integration: "org-1".to_owned(),
        counter: "no.such".to_owned(),
        actor: "A".to_owned(),
        uuid: "u".to_owned(),
        published_ms: NOON_MS,
        seen_ms: NOON_MS,
    });
    assert_eq!(state, State::default());
}

proptest! {
    /// Against counting by the definition: distinct uuids published in (t−N, t], seen so far, not
    /// over 30 days ago.
    #[test]
    fn counts_are_what_the_definition_says(
        events in prop::collection::vec((0_u8..12, 0_i64..900, 0_i64..60, 0_u8..2), 1..80)
    ) {
        let (rules, mut state) = (ruleset(COUNTERS), State::default());
        let mut rebuilt = State::default();
        let mut seen: BTreeMap<(u8, String), (i64, i64)> = BTreeMap::new();
        let mut now = NOON_MS;
        for (uuid, seconds, hours, actor) in events {
            now += hours * 60 * MINUTE;
            let published = now - 450_000 + seconds * 1000;
            let name = format!("u{uuid}");
            let context = Context { published_ms: published, ..context(&name, now) };
            let event = FAILURE.replace("\"A\"", &format!("\"{actor}\""));
            let event = Event::parse(&event).unwrap();
            let changes = rules.evaluate(&event, &context, &mut state);
            let time = published.min(now + 5 * MINUTE);
            let key = (actor, name.clone());
            let is_new = seen.get(&key).is_none_or(|(_, seen)| *seen < now - 30 * DAY);
            if is_new {
                seen.insert(key, (time, now));
            }
            prop_assert_eq!(changes.observations.len(), usize::from(is_new));
            changes.observations.iter().for_each(|observation| rebuilt.apply(observation));
            let counted = |(key, (published, seen)): (&(u8, String), &(i64, i64))| {
                key.0 == actor && *published > time - 5 * MINUTE && *published <= time && *seen >= now - 30 * DAY
            };
            let expected = seen.iter().filter(|entry| counted(*entry)).count();
            prop_assert_eq!(&changes.detections[0].output, &expected.to_string());
        }
        prop_assert_eq!(state, rebuilt);
    }
}
