//! A file a day: what is too old goes at once, what is damaged is set aside.

use std::fs;
use std::path::{Path, PathBuf};

use nightlatch_schemas::OktaEvent;

use super::events::{DAY, append, event, event_at, found, put, start, world};
use crate::fixtures::NOON;
use crate::world::{World, until};

fn files(folder: &Path) -> Vec<String> {
    let folder = fs::read_dir(folder.join("activity")).unwrap();
    let names = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with('2')).collect();
    names.sort();
    names
}

/// Returns how many days have files.
fn databases(folder: &Path) -> usize {
    let is_day = |name: &&String| name.len() == "2026-06-01.db".len();
    files(folder).iter().filter(is_day).count()
}

/// Returns events of the last days, the n-th n days ago.
fn days_ago(numbers: impl IntoIterator<Item = u32>) -> Vec<OktaEvent> {
    let now = jiff::Timestamp::now().as_millisecond();
    let event = |n| event_at(n, now - i64::from(n) * DAY);
    numbers.into_iter().map(event).collect()
}

#[tokio::test]
async fn days_that_are_too_old_go_with_their_files_and_are_not_kept_when_they_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    append(&world, &days_ago([40, 31, 29, 3])).await;
    put(&world, &days_ago([0])).await;
    assert_eq!(found(&world, "").await, [0, 3, 29]);
    let too_old = "nightlatch_sink_activity_copies_total{result=\"too_old\"}";
    assert_eq!(world.sample(too_old), Some(2.0));
    // A query has the files open, too.
    assert_eq!(found(&world, "q=message").await, [0, 3, 29]);
    world.stop().await.unwrap();

    let world = World::start(folder.path(), &[("sink.activity.retention", "7d")]);
    until(async || databases(folder.path()) == 2).await;
    assert_eq!(found(&world, "").await, [0, 3]);
    let (_, counts) = world.get("/api/v1/activity/histogram?buckets=1").await;
    assert_eq!(counts["buckets"][0]["total"], 2);
}

#[tokio::test]
async fn when_there_is_too_much_the_oldest_days_go() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.activity.max_size", "1 B")]);
    append(&world, &days_ago([5, 2])).await;
    put(&world, &days_ago([0])).await;
    until(async || found(&world, "").await == [0]).await;
    until(async || databases(folder.path()) == 1).await;
}

#[tokio::test]
async fn more_days_than_may_be_open_are_written_and_read() {
    let (folder, world) = world();
    let at = |n: u32| NOON + i64::from(n % 60) * DAY + i64::from(n);
    let events: Vec<_> = (0..180).map(|n| event_at(n, at(n))).collect();
    put(&world, &events).await;
    assert_eq!(found(&world, "q=message").await.len(), 180);
    assert_eq!(found(&world, "actor=user1@acme.com").await.len(), 45);
    world.stop().await.unwrap();
    let world = start(folder.path());
    assert_eq!(found(&world, "").await.len(), 180);
}

/// Waits until a file is closed by all, with nothing beside it.
async fn closed(file: &Path) {
    let mut beside = file.to_path_buf().into_os_string();
    beside.push("-wal");
    let beside = PathBuf::from(beside);
    let is_closed = || {
        // The last who closes it takes away what stands beside it.
        let last = rusqlite::Connection::open(file).unwrap();
        last.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        drop(last);
        !beside.exists()
    };
    until(async || is_closed()).await;
}

#[tokio::test]
async fn a_damaged_day_is_set_aside_at_the_start_and_all_others_go_on() {
    let (folder, world) = world();
    put(&world, &[event(0), event_at(1, NOON + DAY), event(2)]).await;
    world.stop().await.unwrap();
    let file = folder.path().join("activity/2026-06-02.db");
    closed(&file).await;
    fs::write(&file, "this is no database").unwrap();
    let world = start(folder.path());
    assert_eq!(found(&world, "").await, [2, 0]);
    until(async || {
        world
            .readiness
            .report()
            .contains("the activity of 2026-06-02")
    })
    .await;
    until(async || world.readiness.is_ready()).await;
    assert!(
        files(folder.path())
            .iter()
            .any(|name| name.contains("damaged"))
    );
    // The day begins anew.
    put(&world, &[event_at(3, NOON + DAY)]).await;
    assert_eq!(found(&world, "").await, [3, 2, 0]);
}

#[tokio::test]
async fn a_day_that_is_damaged_meanwhile_is_set_aside_when_a_query_finds_out() {
    let (folder, world) = world();
    put(&world, &[event(0), event_at(1, NOON + DAY)]).await;
    world.stop().await.unwrap();
    let file = folder.path().join("activity/2026-06-02.db");
    closed(&file).await;
    // The head is whole, so that the start sees nothing.
    let mut bytes = fs::read(&file).unwrap();
    let page = u16::from_be_bytes([bytes[16], bytes[17]]);
    let database = rusqlite::Connection::open(&file).unwrap();
    let root: usize = database
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'record'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    drop(database);
    let start_of_page = (root - 1) * usize::from(page);
    bytes[start_of_page..start_of_page + 64].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    let world = start(folder.path());
    assert_eq!(found(&world, "").await, [0]);
    until(async || {
        world
            .readiness
            .report()
            .contains("the activity of 2026-06-02")
    })
    .await;
    assert_eq!(found(&world, "").await, [0]);
}
