//! Reading beside the process that writes.

use std::slice::from_ref;
use std::time::Duration;

use nightlatch_chassis::topic::{Log, Outcome, Positions, TopicError};

use super::super::bench::{Bench, DETECTIONS, EVENTS, append, metrics, next, output, soon, texts};
use super::child::{self, Process};

fn beside(bench: &Bench) -> Log {
    Log::local_beside(bench.folder.path(), &bench.topics, metrics()).unwrap()
}

/// The other process: appends a record for each round, then a step, and ends.
#[tokio::test]
#[ignore = "a child process of other tests"]
async fn child_that_writes() {
    let Some(folder) = child::folder() else {
        return;
    };
    let bench = Bench::new();
    let log = Log::local(&folder, bench.options(), metrics()).unwrap();
    for round in 0..30 {
        append(&log, EVENTS, &[&round.to_string()]).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut consumer = log.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 30).await;
    let outputs = vec![output(DETECTIONS, "k", "detected")];
    assert_eq!(
        consumer.commit(from_ref(&batch), outputs).await,
        Outcome::Committed
    );
    child::say("written");
    if folder.join("stay").exists() {
        std::future::pending::<()>().await;
    }
}

async fn reads_what_the_child_writes(bench: &Bench, log: &Log) {
    let mut reader = log.reader(EVENTS, Positions::new());
    let mut read = Vec::new();
    while read.len() < 30 {
        read.extend(texts(&soon(reader.next(4)).await.unwrap()));
    }
    assert_eq!(
        read,
        (0..30).map(|round| round.to_string()).collect::<Vec<_>>()
    );
    let mut reader = log.reader(DETECTIONS, Positions::new());
    assert_eq!(texts(&soon(reader.next(4)).await.unwrap()), ["detected"]);
    let position = soon(log.position("group", EVENTS)).await.unwrap();
    let bounds = soon(log.bounds(EVENTS)).await.unwrap();
    assert_eq!(position.get(&0), Some(&bounds[0].end));
    assert!(
        Log::folder_is_held(bench.folder.path()) || bench.folder.path().join("log.db").exists()
    );
}

#[tokio::test]
async fn a_reader_sees_what_a_process_writes_that_started_later() {
    let bench = Bench::new();
    let log = beside(&bench);
    assert_eq!(soon(log.bounds(EVENTS)).await.unwrap()[0].end, 0);
    assert_eq!(soon(log.id()).await.unwrap(), None);
    let process = Process::start("beside::child_that_writes", bench.folder.path());
    reads_what_the_child_writes(&bench, &log).await;
    process.end();
    // The file is closed and the WAL gone or not: what was read once is read again.
    reads_what_the_child_writes(&bench, &log).await;
    reads_what_the_child_writes(&bench, &beside(&bench)).await;
}

#[tokio::test]
async fn a_reader_reads_what_a_killed_process_left_in_the_wal() {
    let bench = Bench::new();
    std::fs::write(bench.folder.path().join("stay"), "").unwrap();
    let mut process = Process::start("beside::child_that_writes", bench.folder.path());
    assert_eq!(process.line().as_deref(), Some("written"));
    let log = beside(&bench);
    reads_what_the_child_writes(&bench, &log).await;
    let refused = Log::local(bench.folder.path(), bench.options(), metrics()).unwrap_err();
    assert!(matches!(refused, TopicError::Locked(_)), "{refused}");
    process.kill();
    reads_what_the_child_writes(&bench, &log).await;
    reads_what_the_child_writes(&bench, &beside(&bench)).await;
    // Whoever comes next takes the log over while it is read.
    let writer = bench.open().await;
    append(&writer, DETECTIONS, &["next"]).await;
    let mut reader = log.reader(DETECTIONS, [(0, 1)].into());
    assert_eq!(texts(&soon(reader.next(4)).await.unwrap()), ["next"]);
}

#[tokio::test]
async fn who_reads_beside_cannot_write() {
    let bench = Bench::new();
    let writer = bench.open().await;
    append(&writer, EVENTS, &["a"]).await;
    let log = beside(&bench);
    let refused = soon(log.append(vec![output(EVENTS, "k", "v")])).await;
    assert!(matches!(refused, Err(TopicError::Locked(_))), "{refused:?}");
    assert!(matches!(
        soon(log.consumer("group", EVENTS).poll(1)).await,
        Err(TopicError::Locked(_))
    ));
    assert_eq!(soon(log.bounds(EVENTS)).await.unwrap()[0].end, 1);
}

#[tokio::test]
async fn a_topic_that_the_writer_does_not_know_is_empty() {
    let mut bench = Bench::new();
    let topics = bench.topics.clone();
    bench.topics.retain(|topic| topic.name == EVENTS);
    let writer = bench.open().await;
    append(&writer, EVENTS, &["a"]).await;
    let log = Log::local_beside(bench.folder.path(), &topics, metrics()).unwrap();
    assert_eq!(soon(log.bounds(DETECTIONS)).await.unwrap()[0].end, 0);
    let mut reader = log.reader(DETECTIONS, Positions::new());
    assert!(soon(reader.read(1)).await.unwrap().is_empty());
}
