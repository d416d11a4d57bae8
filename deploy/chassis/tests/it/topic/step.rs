//! The atomic step: outputs and position together, in each of its five outcomes.

use std::slice::from_ref;
use std::time::{Duration, Instant};

use nightlatch_chassis::topic::{Fault, Log, Outcome, Polled, TopicError};

use super::bench::{
    Bench, DETECTIONS, EVENTS, all, append, copies, copy_until, next, only, output, soon, values,
};

const INPUT: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Runs a step that ends as `fault` makes it, and shows that the next poll starts from the truth
/// and that nothing is lost or doubled.
async fn recovers_from(fault: Fault, expected: fn(&Outcome) -> bool, has_happened: bool) {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, first) = next(&mut consumer, 1).await;
    assert_eq!(
        soon(consumer.commit(from_ref(&first), copies(&first))).await,
        Outcome::Committed
    );
    let before = soon(log.position("group", EVENTS)).await.unwrap();
    let done = all(&log, DETECTIONS).await.len();

    let (_, batch) = next(&mut consumer, 2).await;
    bench.faults.inject(fault);
    let outcome = soon(consumer.commit(from_ref(&batch), copies(&batch))).await;
    assert!(expected(&outcome), "{outcome:?}");

    let after = soon(log.position("group", EVENTS)).await.unwrap();
    let copied = all(&log, DETECTIONS).await.len() - done;
    assert_eq!(copied, if has_happened { batch.records.len() } else { 0 });
    assert_eq!(after != before, has_happened, "{before:?} {after:?}");

    let polled = soon(consumer.poll(1)).await.unwrap();
    let Polled::Assigned {
        partition,
        position,
    } = polled
    else {
        panic!("{polled:?}")
    };
    assert_eq!(after.get(&partition), Some(&position));
    drop(consumer);
    copy_until(&log, "group", INPUT.len()).await;
    assert_eq!(values(&log, DETECTIONS).await, INPUT);
}

#[tokio::test]
async fn an_aborted_step_has_not_happened() {
    recovers_from(
        Fault::AbortStep,
        |o| matches!(o, Outcome::Aborted(_)),
        false,
    )
    .await;
}

#[tokio::test]
async fn a_fenced_step_has_not_happened() {
    recovers_from(Fault::FenceStep, |o| *o == Outcome::Fenced, false).await;
}

#[tokio::test]
async fn an_unknown_step_that_was_lost_is_done_anew() {
    recovers_from(
        Fault::UnknownStepLost,
        |o| matches!(o, Outcome::Unknown(_)),
        false,
    )
    .await;
}

#[tokio::test]
async fn an_unknown_step_that_was_done_is_not_done_again() {
    recovers_from(
        Fault::UnknownStepDone,
        |o| matches!(o, Outcome::Unknown(_)),
        true,
    )
    .await;
}

#[tokio::test]
async fn of_a_batch_that_was_read_twice_only_one_copy_can_be_committed() {
    for is_old_first in [false, true] {
        let bench = Bench::new();
        let log = bench.open().await;
        append(&log, EVENTS, &INPUT).await;
        let mut consumer = log.consumer("group", EVENTS);
        let (_, old) = next(&mut consumer, 2).await;
        let (_, new) = next(&mut consumer, 2).await;
        let turns = if is_old_first {
            [&old, &new]
        } else {
            [&new, &old]
        };
        let mut committed = 0;
        for batch in turns {
            let outcome = soon(consumer.commit(from_ref(batch), copies(batch))).await;
            committed += usize::from(outcome == Outcome::Committed);
        }
        assert_eq!(committed, 1);
        assert_eq!(values(&log, DETECTIONS).await, INPUT[..2]);
    }
}

#[tokio::test]
async fn after_a_fatal_step_nothing_works_until_the_log_is_opened_anew() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 2).await;
    bench.faults.inject(Fault::FatalStep);
    let outcome = soon(consumer.commit(from_ref(&batch), copies(&batch))).await;
    assert!(matches!(outcome, Outcome::Fatal(_)), "{outcome:?}");
    assert!(matches!(soon(log.failed()).await, TopicError::Fatal(_)));
    let refused = soon(log.append(vec![output(EVENTS, "key", "late")])).await;
    assert!(matches!(refused, Err(TopicError::Fatal(_))), "{refused:?}");
    assert!(matches!(
        soon(consumer.poll(1)).await,
        Err(TopicError::Fatal(_))
    ));
    drop(consumer);
    let log = bench.reopen(log).await;
    copy_until(&log, "group", INPUT.len()).await;
    assert_eq!(values(&log, DETECTIONS).await, INPUT);
}

#[tokio::test]
async fn a_committed_step_outlives_the_process_whole() {
    let bench = Bench::new();
    let mut log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    for step in 1..=INPUT.len() {
        let mut consumer = log.consumer("group", EVENTS);
        let (_, batch) = next(&mut consumer, 1).await;
        assert_eq!(
            soon(consumer.commit(from_ref(&batch), copies(&batch))).await,
            Outcome::Committed
        );
        drop(consumer);
        log = bench.reopen(log).await;
        assert_eq!(values(&log, DETECTIONS).await, INPUT[..step]);
    }
    let position = soon(log.position("group", EVENTS)).await.unwrap();
    for bounds in soon(log.bounds(EVENTS)).await.unwrap() {
        let position = position
            .get(&bounds.partition)
            .copied()
            .unwrap_or(bounds.start);
        assert_eq!(position, bounds.end);
    }
}

#[tokio::test]
async fn a_step_without_outputs_moves_the_position() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let mut read = Vec::new();
    while read.len() < INPUT.len() {
        let (_, batch) = next(&mut consumer, 2).await;
        read.extend(super::bench::texts(&batch.records));
        assert_eq!(
            soon(consumer.commit(from_ref(&batch), Vec::new())).await,
            Outcome::Committed
        );
    }
    assert_eq!(read, INPUT);
}

#[tokio::test]
async fn a_batch_that_is_not_committed_comes_again() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, first) = next(&mut consumer, 2).await;
    drop(consumer);
    let mut consumer = log.consumer("group", EVENTS);
    let (assigned, again) = next(&mut consumer, 2).await;
    assert_eq!(first.records, again.records);
    assert_eq!(
        assigned.get(&again.partition()),
        Some(&again.records[0].offset)
    );
    assert!(again.next() > again.records[again.records.len() - 1].offset);
}

#[tokio::test]
async fn a_zombie_is_fenced_and_nothing_is_doubled() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut zombie = log.consumer("group", EVENTS);
    let (_, held) = next(&mut zombie, 2).await;

    let successor = bench.another(&log).await;
    let mut consumer = successor.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 3).await;
    assert_eq!(
        soon(consumer.commit(from_ref(&batch), copies(&batch))).await,
        Outcome::Committed
    );

    assert_eq!(
        soon(zombie.commit(from_ref(&held), copies(&held))).await,
        Outcome::Fenced
    );
    drop((zombie, consumer));
    copy_until(&log, "group", INPUT.len()).await;
    assert_eq!(values(&log, DETECTIONS).await, INPUT);
}

#[tokio::test]
async fn groups_do_not_know_of_each_other() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let (mut one, mut other) = (log.consumer("one", EVENTS), log.consumer("other", EVENTS));
    let (_, batch) = next(&mut one, 5).await;
    assert_eq!(
        soon(one.commit(from_ref(&batch), Vec::new())).await,
        Outcome::Committed
    );
    let (_, same) = next(&mut other, 5).await;
    assert_eq!(batch.records, same.records);
    assert_eq!(
        soon(other.commit(from_ref(&same), Vec::new())).await,
        Outcome::Committed
    );
}

/// Returns how long it takes from the end of an append to the batch of a poll that waited for it.
async fn wake_up(log: &Log, consumer: &mut nightlatch_chassis::topic::Consumer) -> Duration {
    let (poll, append) = (
        async { (next(consumer, 1).await.1, Instant::now()) },
        async {
            tokio::task::yield_now().await;
            append(log, EVENTS, &["x"]).await;
            Instant::now()
        },
    );
    let ((batch, polled), appended) = tokio::join!(poll, append);
    assert_eq!(
        soon(consumer.commit(from_ref(&batch), Vec::new())).await,
        Outcome::Committed
    );
    polled.saturating_duration_since(appended)
}

#[tokio::test]
async fn who_waits_is_woken_by_the_commit() {
    let bench = Bench::new();
    let log = bench.open().await;
    let mut consumer = log.consumer("group", EVENTS);
    let mut latencies = Vec::new();
    for _ in 0..25 {
        latencies.push(wake_up(&log, &mut consumer).await);
    }
    latencies.sort();
    assert!(latencies[12] < Duration::from_millis(50), "{latencies:?}");
}

#[tokio::test]
async fn futures_that_are_dropped_lose_and_double_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    let input: Vec<_> = (0..60).map(|at| at.to_string()).collect();
    append(
        &log,
        EVENTS,
        &input.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    let mut consumer = log.consumer("group", EVENTS);
    let mut patience = 0;
    while values(&log, DETECTIONS).await.len() < input.len() {
        patience += 1;
        let poll =
            tokio::time::timeout(Duration::from_micros(patience * 7 % 900), consumer.poll(3));
        let Ok(polled) = poll.await else { continue };
        let Polled::Batches(batches) = polled.unwrap() else {
            continue;
        };
        let batch = only(batches);
        let commit = consumer.commit(from_ref(&batch), copies(&batch));
        // Whether it happened or not, only the next poll tells.
        drop(tokio::time::timeout(Duration::from_micros(patience * 13 % 1500), commit).await);
        assert!(patience < 20_000, "no progress");
    }
    assert_eq!(values(&log, DETECTIONS).await, input);
}

#[tokio::test]
async fn a_gap_is_named_and_passed_over_on_request_alone() {
    let bench = Bench::new();
    let log = bench.open().await;
    let places = append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 1).await;
    assert_eq!(
        soon(consumer.commit(from_ref(&batch), Vec::new())).await,
        Outcome::Committed
    );
    drop(consumer);
    let kept = places[3];
    let log = bench
        .lose(log, EVENTS, &[(kept.partition, kept.offset)].into())
        .await;

    let mut consumer = log.consumer("group", EVENTS);
    for _ in 0..2 {
        let gap = loop {
            match soon(consumer.poll(5)).await {
                Ok(Polled::Assigned { .. }) => {}
                other => break other.map(|_| ()),
            }
        };
        let Err(TopicError::Gap {
            topic,
            partition,
            wanted,
            earliest,
        }) = gap
        else {
            panic!("{gap:?}")
        };
        assert_eq!(
            (topic, partition, earliest),
            (EVENTS, kept.partition, kept.offset)
        );
        assert_eq!(wanted, batch.next());
    }
    assert_eq!(
        soon(consumer.skip_gap(kept.offset)).await,
        Outcome::Committed
    );
    let (assigned, batch) = next(&mut consumer, 5).await;
    assert_eq!(assigned.get(&kept.partition), Some(&kept.offset));
    assert_eq!(super::bench::texts(&batch.records), INPUT[3..]);
}
