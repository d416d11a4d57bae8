//! Events as ingest puts them on the log, and waiting for what comes of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::topics::OKTA_EVENTS;
use nightlatch_schemas::{OktaEvent, RuntimeEvent, encode};
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(30);

/// A record of an event as ingest would make it.
pub(crate) fn record(event: &Value) -> Output {
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    let record = OktaEvent {
        kind: "event".to_owned(),
        integration: "acme".to_owned(),
        org: "acme.okta.com".to_owned(),
        uuid: text("uuid").unwrap(),
        event_type: text("eventType"),
        published: text("published").map(|time| milliseconds(&time)),
        received: 1_780_000_000_000,
        origin: "hook".to_owned(),
        raw: event.to_string(),
        complete_to: None,
    };
    raw(encode(&record).unwrap())
}

/// A record of any value.
pub(crate) fn raw(value: Vec<u8>) -> Output {
    let record = Record {
        key: b"acme".to_vec(),
        headers: Vec::new(),
        value,
    };
    Output {
        topic: OKTA_EVENTS,
        record,
    }
}

/// An event of a type.
pub(crate) fn event(uuid: &str, event_type: &str) -> Value {
    json!({
        "uuid": uuid,
        "published": "2026-05-28T20:26:40.000Z",
        "eventType": event_type,
        "actor": {"id": "00u1", "type": "User", "alternateId": "ann@acme.example"},
    })
}

/// A failed factor, so many seconds into the test's minute.
pub(crate) fn failure(uuid: &str, second: u32) -> Value {
    let mut event = event(uuid, "user.authentication.auth_via_mfa");
    event["published"] = format!("2026-05-28T20:26:{second:02}.000Z").into();
    event["outcome"] = json!({"result": "FAILURE", "reason": "INVALID_CREDENTIALS"});
    event
}

/// How often each rule fired.
pub(crate) fn by_rule(events: &[RuntimeEvent]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.rule.name.as_str()).or_default() += 1;
    }
    counts
}

/// Waits for a condition, with a deadline.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    assert!(is_soon(condition).await, "not within {DEADLINE:?}: {what}");
}

/// Waits for a condition and says whether it came true before the deadline.
pub(crate) async fn is_soon<F: Future<Output = bool>>(condition: impl Fn() -> F) -> bool {
    let begun = Instant::now();
    while !condition().await {
        if begun.elapsed() > DEADLINE {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}

fn milliseconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}
