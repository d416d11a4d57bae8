//! An org that is deleted and connected anew is the same integration, and begins at nothing.

use axum::http::StatusCode;
use nightlatch_schemas::topics::CURSORS;
use serde_json::{Value, json};

use super::client::Client;
use super::okta::{SIGN_IN, World, until};
use super::system_log::{Working, now_ms, whole, world};

/// Deletes an integration by way of another replica.
async fn delete(world: &World, path: &str) {
    let replica = world.replica().await;
    let api = Client(&replica);
    let etag = api.get(path).await.etag();
    let gone = api.ask("DELETE", path, Some(&etag), &Value::Null).await;
    assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
}

#[tokio::test]
async fn what_came_before_is_not_counted_whichever_replica_took_it() {
    let world = World::new().await;
    let path = world.connected().await;
    world.org.emit(SIGN_IN).unwrap();
    let counted = || async { world.api().get(&path).await.body["events_24h"].clone() };
    until("an event", || async { counted().await == json!(1) }).await;

    delete(&world, &path).await;
    assert_eq!(world.connected().await, path);

    let shown = world.api().get(&path).await.body;
    assert_eq!(shown["events_24h"], json!(0), "{shown}");
    assert_eq!(shown["hook_events_24h"], json!(0));
    assert_eq!(shown["events_by_hour"], json!(vec![0; 24]));
    assert_eq!(shown["last_event"], Value::Null);
    assert_eq!(shown["hook"]["last_delivery"], Value::Null);
    let types = world.api().get(&format!("{path}/event-types")).await.body;
    let types = types["event_types"].as_array().unwrap();
    assert!(
        types.iter().all(|of| of["last_seen"].is_null()),
        "{types:?}"
    );
    let deliveries = world.api().get(&format!("{path}/deliveries")).await.body;
    assert_eq!(deliveries["deliveries"], json!([]));
    // The checklist waits for an event of now.
    let validate = format!("{path}/validate?wait=0s");
    let text = world.api().post(&validate).await.text;
    assert!(text.contains("No event has come yet"), "{text}");

    world.org.emit(SIGN_IN).unwrap();
    until("another event", || async { counted().await == json!(1) }).await;
}

#[tokio::test]
async fn where_the_log_was_read_to_does_not_outlive_the_integration() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    world.org.emit(SIGN_IN).unwrap();
    whole(&world, since).await;
    let cursors = world.bench.log.cursors(CURSORS).await.unwrap();
    let (key, place) = cursors.under(b"system-log/").pop_first().unwrap();
    delete(&world, &path).await;
    working.end().await;
    // A replica that was in the middle of a page notes its place after the end.
    cursors.put(&key, place).await.unwrap();

    assert_eq!(world.connected().await, path);
    let shown = world.api().get(&path).await.body;
    assert_eq!(shown["system_log"], Value::Null, "{shown}");
    let working = Working::begin(&world.bench);
    let is_read =
        || async { world.api().get(&path).await.body["system_log"]["complete_to"].is_string() };
    until("a walk", is_read).await;
    let shown = world.api().get(&path).await.body;
    assert_eq!(shown["system_log"]["since"], shown["created"]);
    working.end().await;
}
