//! What only the embedded log promises: it is one file on one machine.

mod beside;
mod child;
mod crash;
mod full;
mod retention;

use std::os::unix::fs::PermissionsExt;

use nightlatch_chassis::topic::{Fault, Log, Record, TopicError};

use super::bench::{
    Bench, CURSORS, DETECTIONS, EVENTS, all, append, metrics, output, soon, values,
};

fn local(bench: &Bench) -> Result<Log, TopicError> {
    Log::local(bench.folder.path(), bench.options(), metrics())
}

#[tokio::test]
async fn a_folder_serves_one_process_and_says_which() {
    let bench = Bench::new();
    let log = bench.open().await;
    let refused = local(&bench).unwrap_err();
    let pid = format!("(pid {})", std::process::id());
    assert!(
        matches!(&refused, TopicError::Locked(text) if text.contains(&pid)),
        "{refused}"
    );
    assert!(Log::folder_is_held(bench.folder.path()));
    append(&log, EVENTS, &["still works"]).await;
    drop(log);
    assert!(!Log::folder_is_held(bench.folder.path()));
    local(&bench).unwrap();
}

#[tokio::test]
async fn the_data_folder_is_made_for_its_owner_alone() {
    let mut bench = Bench::new();
    let parent = std::mem::replace(&mut bench.folder, tempfile::tempdir().unwrap());
    let folder = parent.path().join("new").join("deeper");
    let log = Log::local(&folder, bench.options(), metrics()).unwrap();
    append(&log, EVENTS, &["a"]).await;
    assert_eq!(
        folder.metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[tokio::test]
async fn a_file_that_is_not_a_log_is_refused_and_left_alone() {
    let foreign = |sql: &'static str| {
        let bench = Bench::new();
        let path = bench.folder.path().join("log.db");
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
        (
            local(&bench).unwrap_err().to_string(),
            std::fs::read(path).unwrap(),
            bench,
        )
    };
    let (error, ..) = foreign("CREATE TABLE other (a)");
    assert!(error.contains("something else"), "{error}");
    let (error, ..) = foreign("PRAGMA application_id = 1313623111; PRAGMA user_version = 99");
    assert!(
        error.contains("version 99") && error.contains("newer"),
        "{error}"
    );
    let bench = Bench::new();
    let path = bench.folder.path().join("log.db");
    std::fs::write(
        &path,
        "no database at all, though long enough to be taken for one",
    )
    .unwrap();
    let error = local(&bench).unwrap_err();
    assert!(
        matches!(&error, TopicError::Fatal(text) if text.contains("log.db")),
        "{error}"
    );
    assert!(
        std::fs::read_to_string(path)
            .unwrap()
            .starts_with("no database")
    );
}

#[tokio::test]
async fn a_topic_that_is_new_to_the_program_is_added_to_the_file() {
    let mut bench = Bench::new();
    let topics = std::mem::take(&mut bench.topics);
    bench.topics = topics[..1].to_vec();
    let log = bench.open().await;
    append(&log, EVENTS, &["a"]).await;
    drop(log);
    bench.topics = topics.into_iter().rev().collect();
    let log = bench.open().await;
    append(&log, DETECTIONS, &["b"]).await;
    assert_eq!(values(&log, EVENTS).await, ["a"]);
    assert_eq!(values(&log, DETECTIONS).await, ["b"]);
}

#[tokio::test]
async fn a_full_disk_refuses_the_whole_group_and_hurts_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    let before = append(&log, EVENTS, &["a"]).await;
    bench.faults.inject(Fault::FullDisk);
    let full = soon(log.append(vec![output(EVENTS, "k", "b"), output(DETECTIONS, "k", "b")])).await;
    assert!(matches!(full, Err(TopicError::NotDurable(_))), "{full:?}");
    let after = append(&log, EVENTS, &["c"]).await;
    assert_eq!(values(&log, EVENTS).await, ["a", "c"]);
    assert!(all(&log, DETECTIONS).await.is_empty());
    assert!(after[0].offset > before[0].offset);
}

#[tokio::test]
async fn the_wal_stays_small_while_others_read() {
    let bench = Bench::new();
    let log = bench.open().await;
    let reading = tokio::spawn({
        let log = log.clone();
        async move {
            let mut reader = log.reader(EVENTS, [(0, 0)].into());
            let mut read = 0;
            while read < 1500 {
                read += reader.next(10).await.unwrap().len();
            }
        }
    });
    let wal = bench.folder.path().join("log.db-wal");
    let mut largest = 0;
    for _ in 0..300 {
        let value = vec![b'x'; 20_000];
        let record = Record {
            value,
            ..Record::default()
        };
        let outputs = vec![
            nightlatch_chassis::topic::Output {
                topic: EVENTS,
                record
            };
            5
        ];
        soon(log.append(outputs)).await.unwrap();
        largest = largest.max(wal.metadata().unwrap().len());
    }
    soon(reading).await.unwrap();
    assert!(largest < 16 * 1024 * 1024, "{largest}");
    drop(log);
    assert!(!wal.exists(), "what was closed well is one file");
}

#[tokio::test]
async fn a_reading_that_ends_for_its_size_says_that_there_is_more() {
    let bench = Bench::new();
    let log = bench.open().await;
    let value = vec![b'x'; 900_000];
    for _ in 0..4 {
        let record = Record {
            value: value.clone(),
            ..Record::default()
        };
        let output = nightlatch_chassis::topic::Output {
            topic: EVENTS,
            record,
        };
        soon(log.append(vec![output])).await.unwrap();
    }
    let mut reader = log.reader(EVENTS, [(0, 0)].into());
    let first = soon(reader.next(1000)).await.unwrap().len();
    assert!(first < 4 && reader.has_more(), "{first} at once");
    assert_eq!(soon(reader.next(1000)).await.unwrap().len(), 4 - first);
    assert!(!reader.has_more());
}

#[tokio::test]
async fn the_latest_of_a_key_takes_the_place_of_those_before() {
    let bench = Bench::new();
    let log = bench.open().await;
    for round in 0..100 {
        soon(log.append(vec![output(CURSORS, "a", &round.to_string())]))
            .await
            .unwrap();
    }
    soon(log.append(vec![output(CURSORS, "b", "x")]))
        .await
        .unwrap();
    let found = all(&log, CURSORS).await;
    assert_eq!(super::bench::texts(&found), ["99", "x"]);
    assert_eq!(found[1].offset, 100);
}
