//! What a stop, a crash and an older or another log do to the feed: nothing lost, nothing doubled.

use std::time::Duration;

use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::encode;
use nightlatch_schemas::topics::RUNTIME_EVENTS;
use nightlatch_sink::{RunError, Sink};

use crate::fixtures::{event, event_with};
use crate::world::{World, config, log_keeping, until};

#[tokio::test]
async fn a_repeat_changes_nothing() {
    let (_folder, world) = World::new();
    world.put(&[event(0), event(1)]).await;
    let (_, before) = world.get(&format!("/api/v1/events/{}", event(0).id)).await;
    let again = event_with(0, |event| "changed".clone_into(&mut event.output));
    world.append(&[again.clone(), again, event(1)]).await;
    world.put(&[event(2)]).await;
    assert_eq!(world.found("").await, [2, 1, 0]);
    assert_eq!(world.found("q=changed").await, [0; 0]);
    let (_, after) = world.get(&format!("/api/v1/events/{}", event(0).id)).await;
    assert_eq!(after, before);
    assert_eq!(
        world.sample("nightlatch_sink_records_repeated_total"),
        Some(3.0)
    );
    assert_eq!(
        world.sample("nightlatch_sink_records_written_total{store=\"sqlite\"}"),
        Some(3.0)
    );
}

#[tokio::test]
async fn a_repeat_within_one_batch_changes_nothing() {
    let (_folder, world) = World::new();
    world
        .put(&[event(0), event(0), event(1), event(0), event(2)])
        .await;
    assert_eq!(world.found("").await, [2, 1, 0]);
}

#[tokio::test]
async fn a_sink_killed_at_any_moment_goes_on_without_loss_or_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = 0;
    for round in 0..8 {
        let world = World::start(folder.path(), &[]);
        for _ in 0..10 {
            let events: Vec<_> = (next..next + 25).map(event).collect();
            next += 25;
            world.append(&events).await;
            // At another moment each round, with work in flight.
            tokio::time::sleep(Duration::from_micros(300 * round)).await;
        }
        world.kill().await;
    }
    let world = World::start(folder.path(), &[]);
    world.put(&[event(next)]).await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let (_, page) = world
            .get(&format!("/api/v1/events?limit=200{cursor}"))
            .await;
        found.extend(crate::world::numbers(&page));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, (0..=next).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn two_sinks_on_one_store_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = Metrics::new().unwrap();
    let log = crate::world::log(folder.path(), &metrics);
    let world = World::start_on(log.clone(), metrics, folder.path(), &[]);
    let other = World::start_on(log, Metrics::new().unwrap(), folder.path(), &[]);
    for n in 0..40 {
        world.append(&[event(n)]).await;
    }
    world.until_found(&event(39).id).await;
    assert_eq!(other.found("").await, (0..40).rev().collect::<Vec<_>>());
    world.stop().await.unwrap();
    other.put(&[event(40)]).await;
    assert_eq!(other.found("").await.len(), 41);
}

#[tokio::test]
async fn a_store_of_another_log_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world.put(&[event(0), event(1)]).await;
    world.stop().await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let metrics = Metrics::new().unwrap();
    let log = crate::world::log(elsewhere.path(), &metrics);
    let world = World::start_on(log, metrics, folder.path(), &[]);
    let readiness = world.readiness.clone();
    let error = world.ended().await.unwrap_err();
    assert!(matches!(error, RunError::AnotherLog { .. }), "{error}");
    // Both stores have read it; which is the first to say so is chance.
    assert!(error.to_string().contains("away to build the"), "{error}");
    assert!(!readiness.is_ready());
}

#[tokio::test]
async fn a_log_that_was_emptied_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = Metrics::new().unwrap();
    let log = crate::world::log(folder.path(), &metrics);
    let world = World::start_on(log.clone(), metrics, folder.path(), &[]);
    world.put(&[event(0), event(1)]).await;
    world.stop().await.unwrap();
    let database = rusqlite::Connection::open(folder.path().join("feed.db")).unwrap();
    database
        .execute("UPDATE position SET next = 3", [])
        .unwrap();
    drop(database);
    let world = World::start_on(log, Metrics::new().unwrap(), folder.path(), &[]);
    let error = world.ended().await.unwrap_err();
    assert!(
        matches!(
            error,
            RunError::Emptied {
                topic: RUNTIME_EVENTS,
                position: 3,
                end: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    World::start(folder.path(), &[]).stop().await.unwrap();
    let database = rusqlite::Connection::open(folder.path().join("feed.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let readiness = Readiness::new(Shutdown::new());
    let metrics = Metrics::new().unwrap();
    let keys = Keyring::local(folder.path()).unwrap();
    let error = Sink::open(&config(&[]), keys, folder.path(), &metrics, &readiness).unwrap_err();
    assert!(error.to_string().contains("has version 99"), "{error}");
}

#[tokio::test]
async fn a_gap_in_the_topic_is_told_and_the_feed_goes_on_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world.put(&[event(0)]).await;
    let unread = world.log.bounds(RUNTIME_EVENTS).await.unwrap()[0].end;
    world.stop().await.unwrap();
    // While the sink is away, retention takes what it has not read.
    let metrics = Metrics::new().unwrap();
    let forgetful = log_keeping(folder.path(), &metrics, Some(Duration::from_millis(1)));
    let record = Record {
        value: encode(&event(1)).unwrap(),
        ..Record::default()
    };
    forgetful
        .append(vec![Output {
            topic: RUNTIME_EVENTS,
            record,
        }])
        .await
        .unwrap();
    until(async || forgetful.bounds(RUNTIME_EVENTS).await.unwrap()[0].start > unread).await;
    drop(forgetful);

    let world = World::start(folder.path(), &[]);
    world.put(&[event(2)]).await;
    assert_eq!(world.found("").await, [2, 0]);
    assert_eq!(world.sample("nightlatch_sink_topic_gaps_total"), Some(1.0));
    let report = world.readiness.report();
    assert!(
        report.contains("[+]feed ok: records") && report.contains("were gone"),
        "{report}"
    );
}

#[tokio::test]
async fn readiness_follows_the_loop() {
    let (_folder, world) = World::new();
    until(async || world.readiness.is_ready()).await;
    assert!(world.readiness.report().contains("[+]feed ok"));
}

#[tokio::test]
async fn the_loop_waits_for_a_store_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world.put(&[event(0)]).await;
    // Another process holds the write lock longer than a writer waits.
    let database = rusqlite::Connection::open(folder.path().join("feed.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.append(&[event(1)]).await;
    until(async || !world.readiness.is_ready()).await;
    assert!(
        world.readiness.report().contains("[-]feed failed"),
        "{}",
        world.readiness.report()
    );
    assert_eq!(world.found("").await, [0]);
    database.execute_batch("ROLLBACK").unwrap();
    world.until_found(&event(1).id).await;
    until(async || world.readiness.is_ready()).await;
}

#[tokio::test]
async fn latency_and_size_are_measured() {
    let (_folder, world) = World::new();
    let now = jiff::Timestamp::now().as_millisecond();
    let fresh = event_with(0, |event| {
        event.received_at = now - 20;
        event.detected_at = now - 10;
    });
    world.put(&[fresh]).await;
    world.get("/api/v1/events?q=okta").await;
    for (sample, value) in [
        (
            "nightlatch_pipeline_latency_seconds_count{stage=\"end_to_end\"}",
            1.0,
        ),
        (
            "nightlatch_pipeline_latency_seconds_count{stage=\"detect_to_sink\"}",
            1.0,
        ),
        ("nightlatch_sink_batch_size_count", 1.0),
        (
            "nightlatch_sink_write_duration_seconds_count{store=\"sqlite\"}",
            1.0,
        ),
        (
            "nightlatch_sink_query_duration_seconds_count{query=\"search\"}",
            1.0,
        ),
    ] {
        assert_eq!(world.sample(sample), Some(value), "{sample}");
    }
    until(async || world.sample("nightlatch_sink_rows{store=\"sqlite\"}") == Some(1.0)).await;
    assert!(
        world
            .sample("nightlatch_sink_db_size_bytes{store=\"sqlite\"}")
            .unwrap()
            > 0.0
    );
    let oldest = world.sample("nightlatch_sink_oldest_event_timestamp_seconds{store=\"sqlite\"}");
    assert_eq!(oldest, Some(1_780_315_200.0));
    let lag = "topic=\"okta.runtime-events\"}";
    let records =
        format!("nightlatch_log_consumer_lag_records{{group=\"sink\",partition=\"0\",{lag}");
    let seconds = format!("nightlatch_log_consumer_lag_seconds{{group=\"sink\",{lag}");
    until(async || world.sample(&records) == Some(0.0)).await;
    until(async || world.sample(&seconds) == Some(0.0)).await;
}
