//! Events of Okta to put on the topic, and a sink that keeps them.

use std::collections::BTreeMap;
use std::path::Path;

use axum::http::StatusCode;
use nightlatch_chassis::topic::{Output, Place, Record};
use nightlatch_schemas::topics::OKTA_EVENTS;
use nightlatch_schemas::{EVENT, OktaEvent, Origin, encode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::NOON;
use crate::world::{World, until};

/// A day in milliseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// Starts a sink in a new folder that keeps events for ten years.
pub(crate) fn world() -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = start(folder.path());
    (folder, world)
}

/// Starts a sink in a folder.
pub(crate) fn start(folder: &Path) -> World {
    World::start(folder, &[("sink.activity.retention", "3650d")])
}

/// Returns the JSON of the n-th event, of a user of four.
pub(crate) fn raw(n: u32) -> Value {
    let user = n % 4;
    json!({
        "uuid": uuid(n),
        "published": "2026-06-01T12:00:00.000Z",
        "eventType": if n.is_multiple_of(2) { "user.session.start" } else { "user.mfa.factor.reset_all" },
        "severity": if n.is_multiple_of(3) { "WARN" } else { "INFO" },
        "displayMessage": format!("Message number {n}"),
        "actor": {"id": format!("00u{user}A"), "type": "User",
            "alternateId": format!("User{user}@acme.com"), "displayName": format!("User {user}")},
        "client": {"ipAddress": format!("203.0.113.{user}"),
            "geographicalContext": {"country": if user == 0 { "Norway" } else { "France" }}},
        "target": [{"id": "00t1", "type": "User", "alternateId": "bob+x@acme.com", "displayName": "Bob"}],
        "outcome": {"result": if n.is_multiple_of(5) { "FAILURE" } else { "SUCCESS" }},
        "securityContext": {"asNumber": 2119 + user},
        "authenticationContext": {"externalSessionId": format!("102session{user}")},
        "transaction": {"id": format!("tx-{n}")},
    })
}

/// Returns the uuid of the n-th event.
pub(crate) fn uuid(n: u32) -> String {
    format!("00000000-0000-11f0-8000-{n:012}")
}

/// Returns the n-th event, one a second from noon on.
pub(crate) fn event(n: u32) -> OktaEvent {
    event_at(n, NOON + i64::from(n) * 1000)
}

/// Returns the n-th event as it occurred at a time.
pub(crate) fn event_at(n: u32, published: i64) -> OktaEvent {
    OktaEvent {
        kind: EVENT.to_owned(),
        integration: "integration-1".to_owned(),
        org: "acme.okta.com".to_owned(),
        uuid: uuid(n),
        event_type: raw(n)["eventType"].as_str().map(str::to_owned),
        published: Some(published),
        received: published + 100,
        origin: Origin::Hook.as_str().to_owned(),
        raw: raw(n).to_string(),
        complete_to: None,
    }
}

/// Returns the copy of the n-th event that the System Log has: it tells more.
pub(crate) fn richer(n: u32) -> OktaEvent {
    let mut raw = raw(n);
    raw["device"] = json!({"id": "guo1", "name": "Laptop of Ann"});
    OktaEvent {
        origin: Origin::Poll.as_str().to_owned(),
        raw: raw.to_string(),
        ..event(n)
    }
}

/// Appends events to the topic.
pub(crate) async fn append(world: &World, events: &[OktaEvent]) -> Vec<Place> {
    let values = events.iter().map(|event| encode(event).unwrap()).collect();
    append_values(world, values).await
}

/// Appends values to the topic.
pub(crate) async fn append_values(world: &World, values: Vec<Vec<u8>>) -> Vec<Place> {
    let output = |value| Output {
        topic: OKTA_EVENTS,
        record: Record {
            key: b"integration-1".to_vec(),
            headers: Vec::new(),
            value,
        },
    };
    let outputs = values.into_iter().map(output).collect();
    world.log.append(outputs).await.unwrap()
}

/// Appends events and waits until the activity has the last of each day: a day is written at once.
pub(crate) async fn put(world: &World, events: &[OktaEvent]) {
    append(world, events).await;
    let day = |event: &OktaEvent| event.published.unwrap_or(event.received) / DAY;
    let last: BTreeMap<i64, &str> = events
        .iter()
        .map(|event| (day(event), event.uuid.as_str()))
        .collect();
    for uuid in last.values() {
        until_found(world, uuid).await;
    }
}

/// Waits until the activity has an event.
pub(crate) async fn until_found(world: &World, uuid: &str) {
    let path = format!("/api/v1/activity/{}", uuid.replace(' ', "%20"));
    until(async || world.get(&path).await.0 == StatusCode::OK).await;
}

/// Asks the list; returns the numbers of the events found, in their order.
pub(crate) async fn found(world: &World, query: &str) -> Vec<u32> {
    let path = format!("/api/v1/activity?limit=200&{query}");
    let (status, page) = world.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{query}: {page}");
    numbers(&page)
}

/// Returns the numbers of the events of a page, in their order.
pub(crate) fn numbers(page: &Value) -> Vec<u32> {
    page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect()
}

/// Returns the number of an event.
pub(crate) fn number(event: &Value) -> u32 {
    let (_, digits) = event["uuid"].as_str().unwrap().rsplit_once('-').unwrap();
    digits.parse().unwrap()
}
