//! `kill -9` at random instants: what was answered is there, once.

use std::collections::BTreeSet;
use std::path::Path;
use std::slice::from_ref;
use std::time::Duration;

use nightlatch_chassis::topic::{Log, Outcome, Polled};

use super::super::bench::{
    Bench, DETECTIONS, EVENTS, append, copies, copy_until, metrics, only, output, values,
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

/// Kills appenders; returns what is wrong afterwards.
async fn kill_appenders(bug: &str) -> Result<(), String> {
    let bench = Bench::new();
    let mut acked = Vec::new();
    for kill in 0..KILLS {
        let part = "crash::child_that_appends";
        let mut process = Process::start_with_bug(part, bench.folder.path(), bug);
        for _ in 0..5 + kill * 7 {
            acked.extend(process.line());
        }
        let mut last = process.kill();
        // The kill may have cut the last line off.
        last.pop();
        acked.extend(last);
    }
    assert!(acked.len() > KILLS * 5);
    let log = bench.open().await;
    let (events, detections) = (values(&log, EVENTS).await, values(&log, DETECTIONS).await);
    if events != detections {
        return Err("an append is there in part".to_owned());
    }
    let found: BTreeSet<_> = events.iter().collect();
    if found.len() != events.len() {
        return Err("something is doubled".to_owned());
    }
    let lost = acked.iter().filter(|value| !found.contains(value)).count();
    if lost == 0 {
        Ok(())
    } else {
        Err(format!("{lost} of {} acknowledged are lost", acked.len()))
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it_once() {
    assert_eq!(kill_appenders("").await, Ok(()));
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
        if let Polled::Batches(batches) = consumer.poll(3).await.unwrap() {
            let batch = only(batches);
            assert_eq!(
                consumer.commit(from_ref(&batch), copies(&batch)).await,
                Outcome::Committed
            );
            child::say("step");
        }
    }
}

/// Kills copiers; returns what is wrong afterwards.
async fn kill_copiers(bug: &str) -> Result<(), String> {
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
        let part = "crash::child_that_copies";
        let mut process = Process::start_with_bug(part, bench.folder.path(), bug);
        for _ in 0..=kill * 3 {
            process.line();
        }
        // At another instant of a step each time.
        tokio::time::sleep(Duration::from_micros(700) * u32::try_from(kill).unwrap()).await;
        process.kill();
    }
    let log = bench.open().await;
    let copied = values(&log, DETECTIONS).await;
    assert!(copied.len() >= KILLS);
    copy_until(&log, "group", copied.len() + 30).await;
    let copied = values(&log, DETECTIONS).await;
    let wrong = copied
        .iter()
        .zip(&input)
        .position(|(found, expected)| found != expected);
    wrong.map_or(Ok(()), |at| {
        Err(format!("{} stands where {} should", copied[at], input[at]))
    })
}

#[tokio::test]
async fn a_killed_copier_loses_and_doubles_nothing() {
    assert_eq!(kill_copiers("").await, Ok(()));
}

/// Copies the files of a log that is open, before its WAL was copied into the file.
fn snapshot(folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let (file, wal) = (folder.join("log.db"), folder.join("log.db-wal"));
    loop {
        let before = std::fs::read(&file).unwrap();
        let wal = std::fs::read(&wal).unwrap();
        if std::fs::read(&file).unwrap() == before {
            return (before, wal);
        }
    }
}

#[tokio::test]
async fn whatever_a_power_cut_leaves_of_the_wal_the_log_is_a_whole_beginning_of_what_it_was() {
    let bench = Bench::new();
    let log = bench.open().await;
    let mut expected = Vec::new();
    for round in 0..12 {
        let value = format!("{round}:{}", "x".repeat(round * 900));
        let outputs = [EVENTS, DETECTIONS].map(|topic| output(topic, "k", &value));
        log.append(outputs.to_vec()).await.unwrap();
        expected.push(value);
    }
    let (file, wal) = snapshot(bench.folder.path());
    let mut lengths = BTreeSet::new();
    for part in 0..=40 {
        let torn = Bench::new();
        let mut left = wal.clone();
        let at = wal.len() * part / 40;
        if part % 2 == 0 {
            left.truncate(at);
        } else {
            left[at.min(wal.len() - 1)] ^= 0x10;
        }
        std::fs::write(torn.folder.path().join("log.db"), &file).unwrap();
        std::fs::write(torn.folder.path().join("log.db-wal"), left).unwrap();
        let log = torn.open().await;
        let found = values(&log, EVENTS).await;
        assert_eq!(found, expected[..found.len()]);
        assert_eq!(values(&log, DETECTIONS).await, found);
        log.append(vec![output(EVENTS, "k", "goes on")])
            .await
            .unwrap();
        lengths.insert(found.len());
    }
    assert!(lengths.contains(&expected.len()), "{lengths:?}");
}

#[cfg(feature = "seeded-bugs")]
#[tokio::test]
async fn the_kills_show_an_append_that_is_answered_too_early() {
    kill_appenders("ack-before-durable").await.unwrap_err();
}

#[cfg(feature = "seeded-bugs")]
#[tokio::test]
async fn the_kills_show_a_step_whose_position_goes_first() {
    kill_copiers("position-before-outputs").await.unwrap_err();
}
