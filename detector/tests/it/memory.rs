//! The memory may be stopped, lost, damaged or behind: verdicts stay the same.

use std::fs;

use nightlatch_chassis::topic::Fault;

use crate::bench::{Bench, by_rule, event, failure};

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
                fs::write(&file, "this is no database, but long enough to look like one\n").unwrap();
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
    bench.send([failure("f2", 2), event("u1", "user.session.start")]).await;
    bench.settled().await;
    second.stop().await;
    // As after a power cut: the log is ahead of what was remembered.
    fs::write(&file, old).unwrap();
    let third = bench.start();
    bench.send([event("u1", "user.session.start"), failure("f3", 3)]).await;
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
