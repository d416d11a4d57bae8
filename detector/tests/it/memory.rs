//! The memory may be stopped, lost, damaged or behind: verdicts stay the same.

use std::fs;

use nightlatch_chassis::topic::{Fault, Output};
use nightlatch_schemas::topics::RUNTIME_EVENTS;
use rusqlite::Connection;

use crate::bench::Bench;
use crate::fixtures::{by_rule, event, failure, until};

#[tokio::test(flavor = "multi_thread")]
async fn counters_and_emitted_ids_outlive_a_restart() {
    let bench = Bench::new();
    let first = bench.start();
    bench.send([failure("f1", 1), failure("f2", 2)]).await;
    bench.settled().await;
    first.stop().await;
    let second = bench.start();
    bench.send([failure("f2", 2), failure("f3", 3)]).await;
    let emitted = bench.settled().await;
    second.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 3);
    assert_eq!(by_rule(&emitted)["three failures"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_was_deleted_or_damaged_is_rebuilt_from_the_log() {
    for damage in ["deleted", "damaged"] {
        let bench = Bench::new();
        let first = bench.start();
        bench.send([failure("f1", 1), failure("f2", 2)]).await;
        bench.settled().await;
        first.stop().await;
        for ending in ["", "-wal", "-shm"] {
            let file = bench.folder.path().join(format!("detector.db{ending}"));
            if damage == "damaged" && ending.is_empty() {
                fs::write(
                    &file,
                    "this is no database, but long enough to look like one\n",
                )
                .unwrap();
            } else if file.exists() {
                fs::remove_file(&file).unwrap();
            }
        }
        let second = bench.start();
        bench.send([failure("f1", 1), failure("f3", 3)]).await;
        let emitted = bench.settled().await;
        second.stop().await;
        assert_eq!(by_rule(&emitted)["everything"], 3, "{damage}");
        assert_eq!(by_rule(&emitted)["three failures"], 1, "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_is_behind_catches_up_without_judging_again() {
    let bench = Bench::new();
    let first = bench.start();
    bench.send([failure("f1", 1)]).await;
    bench.settled().await;
    first.stop().await;
    let file = bench.folder.path().join("detector.db");
    let old = fs::read(&file).unwrap();
    let second = bench.start();
    bench
        .send([failure("f2", 2), event("u1", "user.session.start")])
        .await;
    bench.settled().await;
    second.stop().await;
    // As after a power cut: the log is ahead of what was remembered.
    fs::write(&file, old).unwrap();
    let third = bench.start();
    bench
        .send([event("u1", "user.session.start"), failure("f3", 3)])
        .await;
    let emitted = bench.settled().await;
    third.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 4);
    assert_eq!(by_rule(&emitted)["three failures"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_remembered_of_a_step_that_was_aborted() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([event("u0", "user.session.start")]).await;
    bench.settled().await;
    for _ in 0..3 {
        bench.faults.inject(Fault::AbortStep);
    }
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 2);
    running.stop().await;
}

/// Changes the memory's file beside the detector.
fn tamper(bench: &Bench, sql: &str) -> Connection {
    let file = Connection::open(bench.folder.path().join("detector.db")).unwrap();
    file.execute_batch(sql).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_is_ahead_of_the_log_is_rebuilt() {
    let bench = Bench::new();
    let first = bench.start();
    bench.send([failure("f1", 1), failure("f2", 2)]).await;
    bench.settled().await;
    first.stop().await;
    // As if the log were an older copy: it knows of steps that never were.
    drop(tamper(
        &bench,
        "UPDATE position SET input = 900, output = 900; DELETE FROM emitted;
         UPDATE observation SET uuid = uuid || '?'",
    ));
    let second = bench.start();
    bench.send([failure("f1", 1), failure("f3", 3)]).await;
    let emitted = bench.settled().await;
    second.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 3);
    let counts: Vec<_> = emitted
        .iter()
        .filter(|event| event.rule.name != "everything")
        .collect();
    assert_eq!(counts.len(), 1);
    assert_eq!(counts[0].output, "3 failures");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_of_another_log_is_not_believed() {
    let (one, other) = (Bench::new(), Bench::new());
    let running = one.start();
    one.send([event("u1", "user.session.start")]).await;
    one.settled().await;
    running.stop().await;
    fs::copy(
        one.folder.path().join("detector.db"),
        other.folder.path().join("detector.db"),
    )
    .unwrap();
    other
        .send([
            event("u0", "user.session.start"),
            event("u1", "user.session.start"),
        ])
        .await;
    let running = other.start();
    assert_eq!(other.settled().await.len(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_log_has_emitted_is_not_emitted_again_even_without_headers() {
    let seen = || event("u1", "user.session.start");
    let one = Bench::new();
    let running = one.start();
    one.send([seen()]).await;
    one.settled().await;
    running.stop().await;
    for is_bare in [false, true] {
        let other = Bench::new();
        let restored = one.records(RUNTIME_EVENTS).await.into_iter().map(|stored| {
            let mut record = stored.record;
            if is_bare {
                record.headers.clear();
            }
            let topic = RUNTIME_EVENTS;
            Output { topic, record }
        });
        other.log.append(restored.collect()).await.unwrap();
        let running = other.start();
        other
            .send([seen(), event("u2", "user.session.start")])
            .await;
        let emitted = other.settled().await;
        running.stop().await;
        let causes = emitted
            .into_iter()
            .map(|detection| detection.event.unwrap());
        let uuids: Vec<_> = causes.map(|event| event.uuid).collect();
        assert_eq!(uuids, ["u1", "u2"], "bare: {is_bare}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_of_another_version_is_made_anew() {
    let bench = Bench::new();
    drop(tamper(
        &bench,
        "CREATE TABLE position (x); PRAGMA user_version = 77",
    ));
    let running = bench.start();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_breaks_while_it_is_used_is_made_anew_and_nothing_is_doubled() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([failure("f1", 1), failure("f2", 2)]).await;
    bench.settled().await;
    drop(tamper(&bench, "DROP TABLE observation"));
    bench
        .send([failure("f2", 2), failure("f3", 3), failure("f4", 4)])
        .await;
    bench.settled().await;
    bench.send([failure("f1", 1), failure("f3", 3)]).await;
    let emitted = bench.settled().await;
    running.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 4);
    assert_eq!(by_rule(&emitted)["three failures"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_can_not_be_written_for_a_while_is_told_of_and_waited_for() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([failure("f1", 1)]).await;
    bench.settled().await;
    let lock = tamper(&bench, "BEGIN IMMEDIATE");
    bench.send([failure("f2", 2), failure("f3", 3)]).await;
    until("readiness tells of it", || async {
        bench
            .readiness
            .report()
            .contains("the memory on local disk")
    })
    .await;
    lock.execute_batch("ROLLBACK").unwrap();
    until("it is ready again", || async { bench.readiness.is_ready() }).await;
    bench
        .send([failure("f1", 1), failure("f3", 3), failure("f4", 4)])
        .await;
    let emitted = bench.settled().await;
    running.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 4);
    assert_eq!(by_rule(&emitted)["three failures"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_is_not_learnt_again_from_its_beginning() {
    let mut bench = Bench::new();
    bench.max_step = 300;
    let events = || (0..2000).map(|n| event(&format!("u{n}"), "user.session.start"));
    let first = bench.start();
    bench.send(events()).await;
    assert_eq!(bench.settled().await.len(), 2000);
    first.stop().await;
    let file = Connection::open(bench.folder.path().join("detector.db")).unwrap();
    let noted: i64 = file
        .query_row("SELECT output FROM position", [], |row| row.get(0))
        .unwrap();
    drop(file);
    assert!((1000..2000).contains(&noted), "{noted}");
    let second = bench.start();
    bench.send(events()).await;
    assert_eq!(bench.settled().await.len(), 2000);
    second.stop().await;
}
