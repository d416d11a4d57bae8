//! What was not read of the System Log in time is made up for, and that is seen.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightlatch_okta_sim::{Endpoint, Fault, Harm};
use nightlatch_schemas::topics::CURSORS;
use serde_json::{Value, json};

use super::okta::{World, until};
use super::system_log::{Working, now_ms, whole, world};

/// Events of a page of the System Log.
const PAGE: usize = 1000;

/// Makes it so that the end was reached last an hour ago, and something was read last at another time.
async fn set_back(world: &World, last_read: Timestamp) {
    let cursors = world.bench.log.cursors(CURSORS).await.unwrap();
    let (key, value) = cursors.under(b"system-log/").pop_first().unwrap();
    let mut standing: Value = serde_json::from_slice(&value).unwrap();
    standing["complete_to"] = json!(an_hour_ago());
    standing["last_read"] = json!(last_read);
    let value = serde_json::to_vec(&standing).unwrap();
    cursors.put(&key, value).await.unwrap();
}

fn an_hour_ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(1)
}

fn emit(world: &World, count: usize, published: Timestamp) {
    for _ in 0..count {
        let event =
            format!(r#"{{"eventType":"policy.evaluate_sign_on","published":"{published:.3}"}}"#);
        world.org.emit(&event).unwrap();
    }
}

async fn shown(world: &World, path: &str) -> Value {
    world.api().get(path).await.body
}

#[tokio::test]
async fn after_a_stop_it_is_told_how_much_is_made_up_for_until_the_end_is_reached() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 1, Timestamp::now());
    whole(&world, since).await;
    working.end().await;
    set_back(&world, an_hour_ago()).await;
    let now = Timestamp::now();
    emit(&world, PAGE, now - SignedDuration::from_mins(30));
    emit(&world, 10, now);
    let slow = Fault::at(Endpoint::Logs, Harm::SlowMs(1500));
    world.org.add_fault(slow);

    let working = Working::begin(&world.bench);
    let is_half_done = || async {
        let log = &shown(&world, &path).await["system_log"];
        let progress = log["progress"].as_f64().unwrap();
        (0.4..0.6).contains(&progress)
    };
    until("half of it", is_half_done).await;
    let half = shown(&world, &path).await;
    let status = &half["status"];
    assert_eq!(status["state"], json!("connected"), "{status}");
    let reason = status["reason"].as_str().unwrap();
    assert!(
        reason.contains(" % is done, 60 minutes behind."),
        "{reason}"
    );
    assert!(half["system_log"]["catch_up_from"].is_string(), "{half}");
    assert!(half["system_log"]["lag_seconds"].as_f64().unwrap() >= 3600.0);

    world.org.clear_faults();
    whole(&world, since).await;
    let is_done = || async { shown(&world, &path).await["system_log"]["progress"] == json!(1.0) };
    until("the end", is_done).await;
    working.end().await;
    let done = shown(&world, &path).await;
    let reason = done["status"]["reason"].as_str().unwrap();
    assert!(!reason.contains("is being read"), "{reason}");
    let log = &done["system_log"];
    assert_eq!(log["catch_up_from"], Value::Null);
    let [gap] = log["gaps"].as_array().unwrap().as_slice() else {
        panic!("{log}")
    };
    assert_eq!(gap["events"], json!(PAGE + 10));
    assert!(gap["filled"].as_str() >= gap["to"].as_str(), "{gap}");
}

#[tokio::test]
async fn a_busy_org_leaves_no_gap_however_long_the_end_is_not_reached() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 1, Timestamp::now());
    whole(&world, since).await;
    working.end().await;
    // The end was reached long ago, and a page was read just now.
    set_back(&world, Timestamp::now()).await;

    let working = Working::begin(&world.bench);
    emit(&world, 1, Timestamp::now());
    whole(&world, since).await;
    let is_done = || async { shown(&world, &path).await["system_log"]["progress"] == json!(1.0) };
    until("the end", is_done).await;
    working.end().await;

    let log = &shown(&world, &path).await["system_log"];
    assert_eq!(log["gaps"], json!([]), "{log}");
}

/// How often the log was asked for in vain.
fn refusals(world: &World) -> u64 {
    world.org.request_count(Endpoint::Logs, 500)
}

/// An org whose System Log can't be read, which is tried again and again.
async fn refused() -> (World, String, Working) {
    let world = world().await;
    let path = world.connected().await;
    let fault = Fault::at(Endpoint::Logs, Harm::Status(500));
    world.org.add_fault(fault);
    let working = Working::begin(&world.bench);
    until("a second try", || async { refusals(&world) >= 2 }).await;
    (world, path, working)
}

/// Tries of a walk that goes on come after 1, 2 and 4 seconds.
async fn assert_ended(world: &World, what: &str) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ended = refusals(world);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(refusals(world), ended, "it goes on though it is {what}");
}

#[tokio::test]
async fn a_walk_that_is_refused_ends_with_its_integration() {
    let (world, path, working) = refused().await;
    let api = world.api();
    let etag = api.get(&path).await.etag();
    let gone = api.ask("DELETE", &path, Some(&etag), &Value::Null);
    assert_eq!(gone.await.body["hook"], json!("deleted"));
    assert_ended(&world, "deleted").await;
    working.end().await;
}

#[tokio::test]
async fn a_walk_that_is_refused_ends_with_a_pause_and_goes_on_after_it() {
    let (world, path, working) = refused().await;
    world.api().post(&format!("{path}/pause")).await;
    assert_ended(&world, "paused").await;

    let before = refusals(&world);
    world.api().post(&format!("{path}/resume")).await;
    until("another try", || async { refusals(&world) > before }).await;
    working.end().await;
}
