//! The org's traffic beside Okta's own catalogue of event types and their schemas, which are not part of this
//! project; `NIGHTLATCH_SCHEMAS` names their file.

use std::collections::BTreeSet;

use nightlatch_okta_sim::{Org, Scenario, Traffic};
use serde_json::Value;

const START_MS: i64 = 1_785_542_400_000;
const EVENTS: i64 = 20_000;
/// One attack begins in so many events.
const EVENTS_AN_ATTACK: i64 = 500;
/// What Okta says of each event type that hooks carry.
const ELIGIBLE: &str = "event-hook-eligible";
/// What the org tells of beside what the schemas have, which are not whole.
const BESIDE: [(&str, &str); 15] = [
    ("application.provision.user.push_profile", "appname"),
    (
        "application.provision.user.push_profile",
        "changedAttributes",
    ),
    ("application.provision.user.push_profile", "jobId"),
    ("application.provision.user.sync", "appname"),
    ("application.provision.user.sync", "changedAttributes"),
    ("application.provision.user.sync", "jobId"),
    ("application.user_membership.update", "appname"),
    ("policy.lifecycle.update", "newPolicyDescription"),
    ("policy.lifecycle.update", "policyType"),
    ("policy.rule.update", "policyType"),
    ("system.sms.send_phone_verification_message", "messageType"),
    ("user.mfa.factor.activate", "factor"),
    ("user.mfa.factor.activate", "factorIntent"),
    ("user.mfa.factor.deactivate", "factor"),
    ("user.session.context.change", "changedAttributes"),
];
/// What an event tells of the request that caused it, whatever its schema.
const REQUEST: [&str; 9] = [
    "deviceFingerprint",
    "dtHash",
    "ja3",
    "ja4",
    "requestId",
    "requestUri",
    "threatSuspected",
    "traceId",
    "url",
];

/// `camelCase` as the schemas write it: `camel_case`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// A day's events, every attack among them.
fn events() -> Vec<nightlatch_okta_sim::SimEvent> {
    let mut traffic = Traffic::new(Org::new(1, "acme.okta.com"), 1);
    let mut attacks = Scenario::ALL.into_iter().cycle();
    let event = |number: i64| {
        let now = START_MS + number * 4_000;
        if number % EVENTS_AN_ATTACK == 0 {
            traffic.attack(attacks.next().unwrap(), now);
        }
        traffic.next(now)
    };
    (0..EVENTS).map(event).collect()
}

#[test]
#[ignore = "needs NIGHTLATCH_SCHEMAS, the file of Okta's event types and their schemas"]
fn traffic_is_as_the_schemas_of_event_types_say() {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let path = std::env::var("NIGHTLATCH_SCHEMAS").unwrap();
    let catalogue: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (types, schemas) = (&catalogue["eventTypes"], &catalogue["schemas"]);
    let (mut differ, mut seen, mut fields) = (BTreeSet::new(), BTreeSet::new(), 0);
    for event in events() {
        let name = event.event_type;
        seen.insert(name);
        let Some(known) = types.get(name) else {
            differ.insert(format!("{name}: Okta has no such type"));
            continue;
        };
        let mut tags = known["tags"].as_array().unwrap().iter();
        if tags.any(|tag| tag == ELIGIBLE) != event.hook_eligible() {
            differ.insert(format!("{name}: whether hooks carry it"));
        }
        let schema = known["schema"]["debugData"].as_str();
        let Some(schema) = schema.and_then(|schema| schemas.get(schema)) else {
            continue;
        };
        let event: Value = serde_json::from_str(&event.json).unwrap();
        let data = event["debugContext"]["debugData"].as_object().unwrap();
        for field in data.keys() {
            fields += 1;
            let is_known = schema["properties"].get(snake(field)).is_some();
            let is_general = REQUEST.contains(&field.as_str());
            if !is_known && !is_general && !BESIDE.contains(&(name, field)) {
                differ.insert(format!("{name}: debugData.{field}"));
            }
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
    assert!(
        seen.len() > 35 && fields > 10_000,
        "{} types, {fields} fields",
        seen.len()
    );
}
