//! `kill -9` at random instants: what was answered is there, once.

use std::collections::BTreeSet;

use nightlatch_chassis::topic::{Log, Outcome, Polled};

use super::super::bench::{
    Bench, DETECTIONS, EVENTS, append, copies, copy_until, metrics, output, values,
};
use super::child::{self, Process};

const KILLS: usize = 12;

/// Appends from several tasks at once and says what is durable.
#[tokio::test]
#[ignore = "a child process of other tests"]
async fn child_that_appends() {
    let Some(folder) = child::folder() else {
        return;
    };
    let log = Log::local(&folder, Bench::new().options(), metrics()).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let (log, process) = (log.clone(), std::process::id());
        tasks.spawn(async move {
            for round in 0.. {
                let value = format!("{process}.{task}.{round}");
                let outputs = vec![output(EVENTS, "k", &value), output(DETECTIONS, "k", &value)];
                log.append(outputs).await.unwrap();
                child::say(&value);
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it_once() {
    let bench = Bench::new();
    let mut acked = Vec::new();
    for kill in 0..KILLS {
        let mut process = Process::start("crash::child_that_appends", bench.folder.path());
        for _ in 0..5 + kill * 7 {
            acked.extend(process.line());
        }
        acked.extend(process.kill());
    }
    let log = bench.open().await;
    let (events, detections) = (values(&log, EVENTS).await, values(&log, DETECTIONS).await);
    assert_eq!(events, detections, "an append is there whole or not at all");
    let found: BTreeSet<_> = events.iter().collect();
    assert_eq!(found.len(), events.len(), "nothing is doubled");
    // The last line may have been cut off by the kill.
    let lost: Vec<_> = acked
        .iter()
        .filter(|value| !found.contains(value))
        .collect();
    let cut = |value: &str| found.iter().any(|known| known.starts_with(value));
    assert!(
        lost.iter().all(|value| cut(value)) && lost.len() <= KILLS,
        "{lost:?}"
    );
    assert!(acked.len() > KILLS * 5);
}

/// Copies events to detections in atomic steps.
#[tokio::test]
#[ignore = "a child process of other tests"]
async fn child_that_copies() {
    let Some(folder) = child::folder() else {
        return;
    };
    let log = Log::local(&folder, Bench::new().options(), metrics()).unwrap();
    let mut consumer = log.consumer("group", EVENTS);
    loop {
        if let Polled::Batch(batch) = consumer.poll(3).await.unwrap() {
            assert_eq!(
                consumer.commit(&batch, copies(&batch)).await,
                Outcome::Committed
            );
            child::say("step");
        }
    }
}

#[tokio::test]
async fn a_killed_copier_loses_and_doubles_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    let input: Vec<_> = (0..3000).map(|at| at.to_string()).collect();
    append(
        &log,
        EVENTS,
        &input.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    drop(log);
    for kill in 0..KILLS {
        let mut process = Process::start("crash::child_that_copies", bench.folder.path());
        for _ in 0..=kill * 3 {
            process.line();
        }
        process.kill();
    }
    let log = bench.open().await;
    let copied = values(&log, DETECTIONS).await;
    assert_eq!(copied, input[..copied.len()]);
    assert!(copied.len() >= KILLS);
    copy_until(&log, "group", copied.len() + 30).await;
    let copied = values(&log, DETECTIONS).await;
    assert_eq!(copied, input[..copied.len()]);
}
