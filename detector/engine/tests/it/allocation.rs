//! An event that matches nothing costs no allocation: neither to read nor to judge.

use std::sync::Arc;

use allocation_counter::measure;
use nightlatch_engine::{Event, PolicyKind, Ruleset, State, compile};

use super::fixture::{NOON_MS, SIGN_IN, context, managed, ruleset};

/// Conditions of every kind, none of which holds for `EVENTS`; the first are bound to the type of
/// one of them, so that they are tried.
const CONDITIONS: [&str; 40] = [
    "okta.evt.type = user.session.start and okta.result = SUCCESS",
    "okta.evt.type = user.session.start and okta.client.geo.country != Romania",
    "okta.evt.type in (user.session.start, user.session.end) and not okta.actor.Type in (User, Robot)",
    "okta.evt.type startswith user. and okta.useragent.raw contains Windows",
    "okta.actor.alternateid in (eve@example.com, mallory@example.com)",
    "okta.actor.alternateid = eve@example.com or okta.actor.id = eve",
    "okta.actor.alternateid endswith anyof (.org, .net)",
    "okta.actor.alternateid != allof (ann@example.com, eve@example.com)",
    "okta.actor.alternateid = oneof (eve@example.com, mallory@example.com)",
    "okta.useragent.raw contains curl",
    "okta.useragent.raw contains python",
    "okta.useragent.raw icontains WGET",
    "okta.useragent.raw startswith anyof (Go-http, okhttp)",
    "okta.useragent.raw glob *Windows*[0-9]?",
    "okta.useragent.raw iglob *windows*",
    "okta.useragent.raw regex '.*(Windows|Android) [0-9]+.*'",
    "okta.requesturi pmatch (/admin, /api/v1)",
    "okta.app = crm",
    "okta.security.asnumber > 64500 and okta.security.asnumber < 64510",
    "okta.security.asnumber in (1, 2)",
    "okta.security.isproxy = true",
    "okta.client.net in (10.0.0.0/8, 192.168.0.0/16)",
    "okta.request.net intersects (10.0.0.0/8)",
    "okta.request.ipchain intersects (10.0.0.1, 10.0.0.2)",
    "okta.target.displayname intersects (Payroll)",
    "okta.target.displayname[AppInstance] in (Payroll, Wiki)",
    "okta.target.type in (User)",
    "okta.target.detail[methodTypeUsed] exists",
    "okta.target.user.alternateid = eve@example.com",
    "okta.targets.displayName[1] = Payroll",
    "okta.debug[factor] = SMS_FACTOR",
    "json.value[/debugContext/debugData/factor] = SMS_FACTOR",
    "json.value[/debugContext/debugData/logOnlySecurityData/risk/level] = HIGH",
    "okta.risk.level = HIGH",
    "okta.risk.reasons intersects (\"Anomalous Location\")",
    "okta.behavior[\"New Device\"] = POSITIVE",
    "okta.published.hour > 20",
    "okta.mfa.push.denied = true",
    "tolower(okta.actor.alternateid) = eve@example.com and len(okta.actor.id) > 9",
    "okta.actor.id = val(okta.target.user.id)",
];

/// A sign-in as Okta writes it, with escapes and JSON within strings, and one of another type.
fn events() -> [String; 3] {
    let logged = r#"{\"risk\":{\"level\":\"LOW\"},\"behaviors\":{\"New Device\":\"NEGATIVE\"}}"#;
    let debug = format!(
        r#""debugData": {{"logOnlySecurityData": "{logged}", "threat\u0053uspected": "fal\u0073e", "#
    );
    let sign_in = SIGN_IN.replace(r#""debugData": {"#, &debug);
    assert_ne!(sign_in, SIGN_IN);
    let other = sign_in.replace("user.session.start", "user.session.end");
    [SIGN_IN.to_owned(), sign_in, other]
}

/// Reads and judges an event; returns how many rules match and how many allocations there were.
fn judge(rules: &Ruleset, raw: &str, state: &mut State) -> (usize, u64) {
    let mut matches = 0;
    let info = measure(|| {
        let event = Event::parse(raw).unwrap();
        let changes = rules.evaluate(&event, &context("u", NOON_MS), state);
        matches = changes.detections.len();
    });
    (matches, info.count_total)
}

fn rules(conditions: &[&str]) -> Ruleset {
    let rules = conditions.iter().enumerate().map(|(number, condition)| {
        serde_json::json!({
            "rule": format!("rule {number}"), "desc": "d", "priority": "INFO",
            "condition": condition, "output": "%okta.evt.type"
        })
    });
    ruleset(&rules.collect::<serde_json::Value>().to_string())
}

#[test]
fn an_event_that_matches_nothing_is_read_and_judged_without_an_allocation() {
    let managed = managed().into_iter().map(|(mut rules, _)| {
        rules.text = rules.text.replace("enabled: false", "enabled: true");
        Arc::new(compile(&rules, PolicyKind::Managed).policy.unwrap())
    });
    let managed = Ruleset::new(managed.collect()).unwrap();
    let own = rules(&CONDITIONS);
    let alone = CONDITIONS.map(|condition| rules(&[condition]));
    let mut state = State::default();
    for (number, rules) in [&managed, &own].into_iter().chain(&alone).enumerate() {
        for raw in events() {
            // What is kept for the next events is made on the first.
            let (matches, _) = judge(rules, &raw, &mut state);
            let is_known = managed_matches(&raw);
            assert!(matches == 0 || number == 0 && is_known, "{number}: {raw}");
            let (matches, allocations) = judge(rules, &raw, &mut state);
            assert!(
                matches > 0 || allocations == 0,
                "{number}: {allocations} for {raw}"
            );
        }
    }
}

/// The managed policy tells of failed sign-ins when all of it is on.
fn managed_matches(raw: &str) -> bool {
    raw.contains("user.session.start")
}

#[test]
fn an_event_that_matches_allocates_what_it_tells() {
    let rules = rules(&["okta.evt.type = user.session.start"]);
    let (matches, allocations) = judge(&rules, SIGN_IN, &mut State::default());
    assert_eq!(matches, 1);
    assert!(allocations > 5, "the count is none: {allocations}");
}
