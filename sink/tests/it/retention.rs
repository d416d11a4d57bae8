//! What retention takes, and what it leaves.

use std::path::Path;

use crate::fixtures::{event, event_with};
use crate::world::{World, until};

fn pages(folder: &Path) -> i64 {
    let database = rusqlite::Connection::open(folder.join("feed.db")).unwrap();
    database
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn what_arrived_too_long_ago_goes_and_the_disk_space_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    let events: Vec<_> = (0..700).map(event).collect();
    world.put(&events).await;
    world.stop().await.unwrap();
    let before = pages(folder.path());
    let world = World::start(folder.path(), &[("sink.retention", "0s")]);
    until(async || world.found("").await.is_empty()).await;
    assert_eq!(world.found("q=okta").await, [0; 0]);
    assert_eq!(
        world.sample("nightlatch_sink_records_repeated_total"),
        Some(0.0)
    );
    until(async || pages(folder.path()) < before / 3).await;
    until(async || world.sample("nightlatch_sink_rows{store=\"sqlite\"}") == Some(0.0)).await;
}

#[tokio::test]
async fn an_old_event_that_arrives_now_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.retention", "1h")]);
    let old = event_with(0, |event| event.occurred_at = 0);
    world.put(&[old, event(1)]).await;
    // The store is looked after before its size is told.
    until(async || world.sample("nightlatch_sink_rows{store=\"sqlite\"}") == Some(2.0)).await;
    assert_eq!(world.found("").await, [1, 0]);
}

#[tokio::test]
async fn a_store_that_grows_too_large_loses_what_arrived_first() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    let raw = format!("{{\"padding\":\"{}\"}}", "x ".repeat(4000));
    for chunk in 0..10 {
        let events: Vec<_> = (chunk * 100..chunk * 100 + 100)
            .map(|n| crate::fixtures::event_of(n, &raw))
            .collect();
        world.put(&events).await;
    }
    world.stop().await.unwrap();
    let world = World::start(folder.path(), &[("sink.max_size", "6 MiB")]);
    until(async || {
        world
            .sample("nightlatch_sink_rows{store=\"sqlite\"}")
            .is_some()
    })
    .await;
    until(async || {
        let bytes = world
            .sample("nightlatch_sink_db_size_bytes{store=\"sqlite\"}")
            .unwrap();
        bytes <= 6.5 * 1024.0 * 1024.0
    })
    .await;
    let rest = world.found("").await;
    assert!(!rest.is_empty());
    let newest: Vec<_> = (0..1000).rev().take(rest.len()).collect();
    assert_eq!(rest, newest, "the newest stay");
    world.put(&[event(1000)]).await;
}
