//! Attacks: their steps come in order, at their pace, among daily life.

use std::collections::BTreeSet;

use nightlatch_okta_sim::{Org, Scenario, SimEvent, Traffic};
use serde_json::Value;

use super::{BEGIN_MS, json};

/// Plays a scenario and returns its events, as somebody sees them who looks ten minutes later.
fn play(scenario: Scenario, seed: u64) -> Vec<SimEvent> {
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), seed);
    traffic.attack(scenario, BEGIN_MS);
    std::iter::repeat_with(|| traffic.next(BEGIN_MS + 600_000))
        .take_while(|event| event.scenario.is_some())
        .collect()
}

fn count(events: &[SimEvent], event_type: &str) -> usize {
    events
        .iter()
        .filter(|event| event.event_type == event_type)
        .count()
}

/// The event types of a scenario in order, repeats in a row taken together.
fn outline(events: &[SimEvent]) -> Vec<&'static str> {
    let mut types: Vec<&str> = events.iter().map(|event| event.event_type).collect();
    types.dedup();
    types
}

#[test]
fn there_are_at_least_six_scenarios_and_each_says_what_it_is() {
    let titles: BTreeSet<&str> = Scenario::ALL
        .iter()
        .map(|scenario| scenario.title())
        .collect();
    assert!(titles.len() >= 6 && titles.len() == Scenario::ALL.len());
    for scenario in Scenario::ALL {
        assert!(
            scenario.description().ends_with('.'),
            "{}",
            scenario.title()
        );
        assert!(
            !scenario.description().contains("  "),
            "{}",
            scenario.title()
        );
    }
}

#[test]
fn an_attack_comes_in_order_within_ten_minutes_and_says_which_it_is() {
    for scenario in Scenario::ALL {
        for seed in 0..20 {
            let events = play(scenario, seed);
            assert!(events.iter().all(|event| event.scenario == Some(scenario)));
            assert!(
                events.is_sorted_by_key(|event| event.published_ms),
                "{}",
                scenario.title()
            );
            let (first, last) = (events.first().unwrap(), events.last().unwrap());
            assert_eq!(first.published_ms, BEGIN_MS);
            let seconds = (last.published_ms - BEGIN_MS) / 1000;
            assert!(
                (30..600).contains(&seconds),
                "{}: {seconds} s",
                scenario.title()
            );
        }
    }
}

#[test]
fn attacks_mix_with_daily_life_and_with_each_other() {
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), 1);
    for scenario in Scenario::ALL {
        traffic.attack(scenario, BEGIN_MS);
    }
    let events: Vec<SimEvent> = (0..10_000)
        .map(|step| traffic.next(BEGIN_MS + step * 100))
        .collect();
    for scenario in Scenario::ALL {
        let mixed: Vec<&SimEvent> = events
            .iter()
            .filter(|event| event.scenario == Some(scenario))
            .collect();
        assert!(
            mixed.is_sorted_by_key(|event| event.published_ms),
            "{}",
            scenario.title()
        );
        assert!(mixed.len() >= 7, "{}: {}", scenario.title(), mixed.len());
    }
    let life = events
        .iter()
        .filter(|event| event.scenario.is_none())
        .count();
    assert!(life > 3500, "{life}");
}

#[test]
fn a_step_of_an_attack_is_not_told_before_it_is_due() {
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), 1);
    traffic.attack(Scenario::MfaFatigue, BEGIN_MS + 60_000);
    assert!((0..1000).all(|_| traffic.next(BEGIN_MS + 59_999).scenario.is_none()));
    assert!(traffic.next(BEGIN_MS + 60_000).scenario.is_some());
}

#[test]
fn mfa_fatigue_denies_pushes_of_both_spellings_before_one_is_approved() {
    let events = play(Scenario::MfaFatigue, 1);
    let values: Vec<Value> = events.iter().map(json).collect();
    let denied = |value: &Value| {
        value["eventType"] == "user.mfa.okta_verify.deny_push"
            || value["debugContext"]["debugData"]["pushOnlyResponseType"] == "OV_RESPONSE_DENY"
    };
    assert_eq!(values.iter().filter(|value| denied(value)).count(), 9);
    assert!(values[..9].iter().all(denied));
    assert_eq!(values[9]["outcome"]["result"], "SUCCESS");
    let window_ms = events[8].published_ms - events[0].published_ms;
    assert!(window_ms < 300_000, "{window_ms} ms");
    let sessions: BTreeSet<String> = values
        .iter()
        .map(|value| value["authenticationContext"]["externalSessionId"].to_string())
        .collect();
    assert_eq!(sessions.len(), 1);
}

#[test]
fn a_spray_comes_from_one_address_to_many_people_and_locks_two() {
    let events = play(Scenario::PasswordSpray, 1);
    let values: Vec<Value> = events.iter().map(json).collect();
    let distinct = |path: &str| {
        values
            .iter()
            .filter_map(|value| value.pointer(path)?.as_str())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(distinct("/client/ipAddress").len(), 1);
    assert_eq!(distinct("/actor/id").len(), 60);
    assert_eq!(count(&events, "user.account.lock"), 2);
    assert!(outline(&events).ends_with(&["user.session.start", "user.authentication.sso"]));
}

#[test]
fn a_takeover_leaves_a_new_factor_and_a_token() {
    let events = play(Scenario::AccountTakeover, 1);
    assert_eq!(
        outline(&events),
        [
            "user.authentication.auth_via_mfa",
            "user.session.start",
            "user.session.access_admin_app",
            "user.mfa.factor.reset_all",
            "user.mfa.factor.activate",
            "system.api_token.create",
            "user.account.report_suspicious_activity_by_enduser",
        ]
    );
    let start = json(&events[1]);
    let behaviors = start["debugContext"]["debugData"]["behaviors"]
        .as_str()
        .unwrap();
    assert!(behaviors.contains("New Country=POSITIVE"), "{behaviors}");
    assert!(behaviors.contains("New Device=POSITIVE"), "{behaviors}");
    assert_eq!(start["securityContext"]["risk"]["level"], "HIGH");
}

#[test]
fn a_deceived_service_desk_resets_and_the_caller_moves_in() {
    let events = play(Scenario::ServiceDeskFraud, 1);
    assert_eq!(
        outline(&events),
        [
            "user.account.reset_password",
            "user.mfa.factor.deactivate",
            "user.mfa.factor.reset_all",
            "user.session.start",
            "user.mfa.factor.activate",
            "device.enrollment.create",
            "device.user.add",
            "user.authentication.sso",
        ]
    );
    let (reset, start) = (json(&events[0]), json(&events[3]));
    assert_eq!(reset["target"][0]["id"], start["actor"]["id"]);
    assert_ne!(reset["actor"]["id"], start["actor"]["id"]);
}

#[test]
fn an_insider_grants_their_own_account_the_highest_role() {
    let events = play(Scenario::InsiderAdmin, 1);
    assert_eq!(
        outline(&events),
        [
            "user.session.start",
            "user.session.access_admin_app",
            "user.account.privilege.grant",
            "policy.rule.update",
            "system.api_token.create",
            "user.session.impersonation.grant",
            "user.session.impersonation.initiate",
        ]
    );
    let grant = json(&events[2]);
    assert_eq!(grant["actor"]["id"], grant["target"][0]["id"]);
    let privilege = &grant["debugContext"]["debugData"]["privilegeGranted"];
    assert_eq!(privilege, "Super administrator");
    let hooked: Vec<bool> = events.iter().map(SimEvent::hook_eligible).collect();
    assert_eq!(hooked, [true, false, true, true, true, false, false]);
}

#[test]
fn a_saboteur_shuts_out_two_dozen_people_and_some_apps() {
    let events = play(Scenario::Sabotage, 1);
    assert_eq!(count(&events, "user.lifecycle.suspend"), 12);
    assert_eq!(count(&events, "user.lifecycle.deactivate"), 12);
    assert_eq!(count(&events, "application.lifecycle.deactivate"), 3);
    let people: BTreeSet<String> = events
        .iter()
        .filter(|event| event.event_type.starts_with("user.lifecycle"))
        .map(|event| json(event)["target"][0]["id"].to_string())
        .collect();
    assert_eq!(people.len(), 24);
}

#[test]
fn api_abuse_goes_on_after_the_warning() {
    let events = play(Scenario::RateLimitAbuse, 1);
    assert_eq!(
        outline(&events),
        [
            "system.org.rate_limit.warning",
            "system.org.rate_limit.violation"
        ]
    );
    for event in &events {
        assert!(json(event)["transaction"]["detail"]["requestApiTokenId"].is_string());
    }
}

#[test]
fn a_harvest_uses_the_owners_session_from_elsewhere() {
    let events = play(Scenario::AppHarvest, 1);
    let values: Vec<Value> = events.iter().map(json).collect();
    let session = |value: &Value| value["authenticationContext"]["externalSessionId"].to_string();
    assert!(
        values
            .iter()
            .all(|value| session(value) == session(&values[0]))
    );
    assert_ne!(
        values[0]["client"]["ipAddress"],
        values[1]["client"]["ipAddress"]
    );
    let failures = values
        .iter()
        .filter(|value| value["outcome"]["result"] == "FAILURE")
        .count();
    assert_eq!(failures, 3);
    assert_eq!(count(&events, "user.authentication.sso"), 24);
}
