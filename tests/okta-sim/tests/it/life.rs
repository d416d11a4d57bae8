//! Daily life: the shape of events, their mix, and sessions that hold together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nightlatch_okta_sim::{Org, Scenario, SimEvent, Traffic};
use serde_json::Value;

use super::{BEGIN_MS, day, json};

#[test]
fn the_same_seed_gives_the_same_events() {
    assert_eq!(day(1, 2000), day(1, 2000));
    assert_ne!(day(1, 10), day(2, 10));
}

#[test]
fn another_org_has_other_people() {
    let first = Traffic::new(Org::new(1, "acme.okta.com"), 1).next(BEGIN_MS);
    let second = Traffic::new(Org::new(2, "acme.okta.com"), 1).next(BEGIN_MS);
    assert_ne!(json(&first)["actor"]["id"], json(&second)["actor"]["id"]);
}

#[test]
fn every_event_has_the_fields_of_a_log_event() {
    let keys = [
        "uuid",
        "published",
        "eventType",
        "version",
        "displayMessage",
        "severity",
        "client",
        "device",
        "actor",
        "outcome",
        "target",
        "transaction",
        "debugContext",
        "legacyEventType",
        "authenticationContext",
        "securityContext",
        "insertionTimestamp",
    ];
    for event in day(1, 3000) {
        let value = json(&event);
        let found: BTreeSet<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(found, BTreeSet::from(keys), "{}", event.event_type);
        assert_eq!(value["uuid"], event.uuid);
        assert_eq!(value["eventType"], event.event_type);
        assert_eq!(
            value["client"]["zone"].as_str().map(str::is_empty),
            Some(false)
        );
        assert!(value["client"]["ipChain"].is_array());
        let published: Timestamp = value["published"].as_str().unwrap().parse().unwrap();
        assert_eq!(published.as_millisecond(), event.published_ms);
        assert!(value["actor"]["id"].is_string() && value["outcome"]["result"].is_string());
        let debug_data = value["debugContext"]["debugData"].as_object().unwrap();
        assert!(debug_data.values().all(Value::is_string), "{debug_data:?}");
        assert!(!event.json.contains('\n'));
    }
}

#[test]
fn no_two_events_share_an_id() {
    let events = day(1, 8000);
    let ids: BTreeSet<&str> = events.iter().map(|event| event.uuid.as_str()).collect();
    assert_eq!(ids.len(), events.len());
}

#[test]
fn the_mix_is_that_of_a_working_day() {
    let events = day(3, 10_000);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &events {
        *counts.entry(event.event_type).or_default() += 1;
    }
    let percent = |name: &str| counts[name] * 100 / events.len();
    assert!(
        (28..=32).contains(&percent("user.authentication.sso")),
        "{counts:?}"
    );
    assert!(
        (16..=20).contains(&percent("user.session.start")),
        "{counts:?}"
    );
    assert!(
        (14..=18).contains(&percent("user.authentication.auth_via_mfa")),
        "{counts:?}"
    );
    assert!(counts.len() >= 27, "{counts:?}");
    assert!(events.iter().all(SimEvent::hook_eligible), "{counts:?}");
}

#[test]
fn an_event_is_three_kilobytes_on_average() {
    let events = day(5, 4000);
    let mean = events.iter().map(|event| event.json.len()).sum::<usize>() / events.len();
    assert!((2800..=3400).contains(&mean), "{mean} bytes");
}

#[test]
fn little_of_daily_life_looks_like_an_attack() {
    let alarming = [
        "user.account.lock",
        "user.account.privilege.grant",
        "user.account.reset_password",
        "user.lifecycle.suspend",
        "user.mfa.factor.deactivate",
        "user.mfa.factor.reset_all",
        "system.api_token.create",
        "system.org.rate_limit.violation",
    ];
    let events = day(11, 8000);
    let count = events
        .iter()
        .filter(|event| alarming.contains(&event.event_type))
        .count();
    assert!(
        count * 100 / events.len() < 3,
        "{count} of {}",
        events.len()
    );
}

#[test]
fn honest_people_do_not_keep_failing_their_second_factor() {
    // A hundred events a second: the few failures of daily life must not pile up on anybody.
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), 1);
    let mut failures: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for now_ms in (BEGIN_MS..).step_by(10).take(12_000) {
        let event = traffic.next(now_ms);
        let value = json(&event);
        if event.event_type.ends_with("auth_via_mfa") && value["outcome"]["result"] == "FAILURE" {
            let actor = value["actor"]["id"].as_str().unwrap().to_owned();
            failures.entry(actor).or_default().push(now_ms);
        }
    }
    assert!(!failures.is_empty());
    for times in failures.values() {
        assert!(
            times.windows(2).all(|pair| pair[1] - pair[0] > 300_000),
            "{times:?}"
        );
    }
}

/// What has been seen of one session.
#[derive(Default)]
struct Seen {
    actors: BTreeSet<String>,
    addresses: BTreeSet<String>,
    types: Vec<&'static str>,
}

#[test]
fn a_session_keeps_its_owner_and_place_from_its_start_to_its_end() {
    let mut sessions: BTreeMap<String, Seen> = BTreeMap::new();
    for event in day(13, 10_000) {
        let value = json(&event);
        let context = &value["authenticationContext"];
        assert_eq!(context["externalSessionId"], context["rootSessionId"]);
        let Some(id) = context["externalSessionId"].as_str() else {
            continue;
        };
        let seen = sessions.entry(id.to_owned()).or_default();
        seen.actors.insert(value["actor"]["id"].to_string());
        seen.addresses
            .insert(value["client"]["ipAddress"].to_string());
        seen.types.push(event.event_type);
    }
    assert!(sessions.len() > 1000);
    for (id, seen) in sessions {
        assert_eq!(
            (seen.actors.len(), seen.addresses.len()),
            (1, 1),
            "{id}: {:?}",
            seen.types
        );
        let at = |name: &str| seen.types.iter().position(|seen| *seen == name);
        if let Some(end) = at("user.session.end") {
            assert_eq!(end, seen.types.len() - 1, "{id}: {:?}", seen.types);
        }
        if let Some(start) = at("user.session.start") {
            let before = &seen.types[..start];
            assert!(
                before
                    .iter()
                    .all(|name| name.starts_with("user.authentication.auth_via")),
                "{id}: {:?}",
                seen.types
            );
            let starts = seen
                .types
                .iter()
                .filter(|name| **name == "user.session.start")
                .count();
            assert_eq!(starts, 1, "{id}: {:?}", seen.types);
        }
    }
}

#[test]
fn a_refused_sign_in_has_no_session() {
    let refused = day(17, 8000)
        .iter()
        .map(json)
        .filter(|value| {
            value["eventType"] == "user.session.start" && value["outcome"]["result"] == "FAILURE"
        })
        .inspect(|value| {
            assert!(
                value["authenticationContext"]["externalSessionId"].is_null(),
                "{value}"
            );
        })
        .count();
    assert!(refused > 40, "{refused}");
}

#[test]
fn any_instant_will_do() {
    let mut traffic = Traffic::new(Org::new(1, ""), 1);
    for now_ms in [i64::MIN, -1, 0, 1, BEGIN_MS, i64::MAX] {
        traffic.attack(Scenario::PasswordSpray, now_ms);
        for _ in 0..300 {
            assert!(json(&traffic.next(now_ms)).is_object());
        }
    }
}
