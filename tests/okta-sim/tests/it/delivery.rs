//! The hook's envelope.

use nightlatch_okta_sim::hook_body;
use serde_json::Value;

use super::{BEGIN_MS, day};

const HOOK: &str = "who7hq2b1xAcT9LmN5d7";

#[test]
fn the_envelope_has_its_keys_in_the_order_that_okta_sends() {
    let body = hook_body("acme.okta.com", HOOK, &day(1, 2), BEGIN_MS);
    let keys = [
        r#"{"eventType":"com.okta.event_hook","#,
        r#""eventTypeVersion":"1.0","#,
        r#""cloudEventsVersion":"0.1","#,
        r#""source":"https://acme.okta.com/api/v1/eventHooks/who7hq2b1xAcT9LmN5d7","#,
        r#""eventId":""#,
        r#""data":{"events":[{"uuid":""#,
        r#"]},"eventTime":"2026-09-21T14:13:20.000Z","contentType":"application/json"}"#,
    ];
    let mut rest = body.as_str();
    for key in keys {
        rest = rest
            .split_once(key)
            .unwrap_or_else(|| panic!("{key} in {body}"))
            .1;
    }
    assert!(rest.is_empty());
}

#[test]
fn the_events_stand_in_it_byte_for_byte() {
    let events = day(1, 25);
    let body = hook_body("acme.okta.com", HOOK, &events, BEGIN_MS);
    let value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value["data"]["events"].as_array().unwrap().len(), 25);
    let joined: Vec<&str> = events.iter().map(|event| event.json.as_str()).collect();
    assert!(body.contains(&joined.join(",")));
}

#[test]
fn sending_the_same_events_again_is_the_same_delivery() {
    let id = |events: &[_], now_ms| {
        let body = hook_body("acme.okta.com", HOOK, events, now_ms);
        serde_json::from_str::<Value>(&body).unwrap()["eventId"].to_string()
    };
    let (first, second) = (day(1, 3), day(2, 3));
    assert_eq!(id(&first, BEGIN_MS), id(&first, BEGIN_MS + 3000));
    assert_ne!(id(&first, BEGIN_MS), id(&second, BEGIN_MS));
}

#[test]
fn an_empty_delivery_is_still_json() {
    let body = hook_body("a\"b", "who\\", &[], BEGIN_MS);
    let value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value["data"]["events"].as_array().unwrap().len(), 0);
}
