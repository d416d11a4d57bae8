//! Outputs that are handed over ahead of their step: there with its commit, or never.

use std::slice::from_ref;

use nightlatch_chassis::topic::{Fault, Outcome};
use tokio::task::block_in_place;

use super::bench::{
    Bench, DETECTIONS, EVENTS, all, append, copies, copy_until, next, soon, values,
};

const INPUT: [&str; 4] = ["a", "b", "c", "d"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_over_is_there_with_the_commit_and_in_order() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let mut copied = 0;
    while copied < INPUT.len() {
        let (_, batch) = next(&mut consumer, 2).await;
        let mut outputs = copies(&batch);
        copied += outputs.len();
        let last = outputs.pop().unwrap();
        block_in_place(|| consumer.hand_over(outputs));
        let seen = all(&log, DETECTIONS).await.len();
        assert_eq!(
            seen,
            copied - batch.records.len(),
            "nothing before the commit"
        );
        assert_eq!(
            soon(consumer.commit(from_ref(&batch), vec![last])).await,
            Outcome::Committed
        );
        assert_eq!(all(&log, DETECTIONS).await.len(), copied);
    }
    assert_eq!(values(&log, DETECTIONS).await, INPUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_over_and_not_committed_has_never_been() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &INPUT).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 2).await;
    block_in_place(|| consumer.hand_over(copies(&batch)));
    // Polled again without a commit: the step was given up.
    let (_, again) = next(&mut consumer, 2).await;
    assert_eq!(again.records, batch.records);
    assert_eq!(values(&log, DETECTIONS).await, Vec::<String>::new());
    block_in_place(|| consumer.hand_over(copies(&again)));
    drop(consumer);
    copy_until(&log, "group", INPUT.len()).await;
    assert_eq!(values(&log, DETECTIONS).await, INPUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_takes_what_was_handed_over_with_it() {
    for fault in [Fault::AbortStep, Fault::FenceStep, Fault::UnknownStepLost] {
        let bench = Bench::new();
        let log = bench.open().await;
        append(&log, EVENTS, &INPUT).await;
        let mut consumer = log.consumer("group", EVENTS);
        let (_, batch) = next(&mut consumer, 2).await;
        bench.faults.inject(fault);
        let mut outputs = copies(&batch);
        let last = outputs.split_off(1);
        block_in_place(|| consumer.hand_over(outputs));
        let outcome = soon(consumer.commit(from_ref(&batch), last)).await;
        assert_ne!(outcome, Outcome::Committed, "{fault:?}");
        assert_eq!(
            values(&log, DETECTIONS).await,
            Vec::<String>::new(),
            "{fault:?}"
        );
        drop(consumer);
        copy_until(&log, "group", INPUT.len()).await;
        assert_eq!(values(&log, DETECTIONS).await, INPUT, "{fault:?}");
    }
}
