//! What may go, and what may not.

use std::slice::from_ref;
use std::time::{Duration, Instant};

use nightlatch_chassis::topic::{Log, Outcome, Output, Positions, Record, TopicError, TopicSpec};

use super::super::bench::{
    Bench, CURSORS, DEADLINE, DETECTIONS, EVENTS, all, append, copies, next, output, soon, values,
};

const SOON: Option<Duration> = Some(Duration::from_millis(200));
const LATE: Option<Duration> = Some(Duration::from_hours(24));

fn bench(specs: [(&'static str, Option<Duration>); 2], max_bytes: Option<u64>) -> Bench {
    let mut bench = Bench::new();
    let plain = |(name, retention)| TopicSpec {
        name,
        partitions: 1,
        retention,
        compacted: false,
    };
    bench.topics = specs.map(plain).to_vec();
    bench.topics.push(TopicSpec {
        name: CURSORS,
        partitions: 1,
        retention: SOON,
        compacted: true,
    });
    bench.max_bytes = max_bytes;
    bench
}

async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < DEADLINE, "it takes too long");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn start(log: &Log, topic: &str) -> i64 {
    soon(log.bounds(topic)).await.unwrap()[0].start
}

async fn end(log: &Log, topic: &str) -> i64 {
    soon(log.bounds(topic)).await.unwrap()[0].end
}

async fn append_large(log: &Log, topic: &'static str, records: usize, size: usize) {
    for _ in 0..records {
        let record = Record {
            value: vec![b'x'; size],
            ..Record::default()
        };
        soon(log.append(vec![Output { topic, record }]))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn old_records_go_and_their_offsets_are_never_used_again() {
    let bench = bench([(EVENTS, SOON), (DETECTIONS, None)], None);
    let log = bench.open().await;
    let many: Vec<_> = (0..1500).map(|at| at.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let last = append(&log, EVENTS, &many).await[1499].offset;
    append(&log, DETECTIONS, &["stays"]).await;
    until(|| async { start(&log, EVENTS).await > last }).await;
    assert!(all(&log, EVENTS).await.is_empty());
    assert_eq!(values(&log, DETECTIONS).await, ["stays"]);
    let gap = soon(log.reader(EVENTS, [(0, last)].into()).next(1)).await;
    assert!(matches!(gap, Err(TopicError::Gap { .. })), "{gap:?}");

    let log = bench.reopen(log).await;
    assert_eq!(end(&log, EVENTS).await, last + 1);
    assert_eq!(append(&log, EVENTS, &["new"]).await[0].offset, last + 1);
    let mut reader = log.reader(EVENTS, [(0, last + 1)].into());
    assert_eq!(soon(reader.next(9)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_group_has_yet_to_read_stays_whatever_its_age_and_size() {
    let bench = bench([(EVENTS, SOON), (DETECTIONS, SOON)], Some(1024 * 1024));
    let log = bench.open().await;
    let mut consumer = log.consumer("group", EVENTS);
    // A group is known from its first poll on, before it has ever committed.
    assert!(matches!(
        soon(consumer.poll(1)).await,
        Ok(nightlatch_chassis::topic::Polled::Assigned { .. })
    ));
    append_large(&log, EVENTS, 40, 100_000).await;
    append(&log, DETECTIONS, &["goes"]).await;
    until(|| async { start(&log, DETECTIONS).await > 0 }).await;
    assert_eq!(start(&log, EVENTS).await, 0);

    drop(consumer);
    let log = bench.reopen(log).await;
    let mut consumer = log.consumer("group", EVENTS);
    let (_, batch) = next(&mut consumer, 10).await;
    assert_eq!(batch.records[0].offset, 0);
    assert_eq!(
        soon(consumer.commit(from_ref(&batch), copies(&batch)[..1].to_vec())).await,
        Outcome::Committed
    );
    until(|| async { start(&log, EVENTS).await == batch.next() }).await;
}

#[tokio::test]
async fn the_oldest_records_go_first_when_there_is_too_much() {
    let bench = bench([(EVENTS, LATE), (DETECTIONS, LATE)], Some(4 * 1024 * 1024));
    let log = bench.open().await;
    append_large(&log, EVENTS, 3, 3_000).await;
    append_large(&log, DETECTIONS, 3, 3_000).await;
    append_large(&log, EVENTS, 90, 100_000).await;
    let size = || bench.folder.path().join("log.db").metadata().unwrap().len();
    until(|| async { start(&log, DETECTIONS).await == 3 && start(&log, EVENTS).await > 40 }).await;
    let (from, to) = (start(&log, EVENTS).await, end(&log, EVENTS).await);
    assert!(to - from > 15, "{from} {to}: no more than needed goes");
    append_large(&log, EVENTS, 200, 100_000).await;
    until(|| async { start(&log, EVENTS).await > 230 }).await;
    until(|| async { size() < 16 * 1024 * 1024 }).await;
}

#[tokio::test]
async fn much_free_space_is_given_back_to_the_disk() {
    let bench = bench(
        [(EVENTS, Some(Duration::from_secs(2))), (DETECTIONS, None)],
        None,
    );
    let log = bench.open().await;
    append_large(&log, EVENTS, 40, 1_000_000).await;
    let path = bench.folder.path().join("log.db");
    let size = || path.metadata().unwrap().len();
    until(|| async { size() > 30_000_000 }).await;
    until(|| async { size() < 20_000_000 }).await;
}

#[tokio::test]
async fn settings_topics_are_never_shortened() {
    let bench = bench([(EVENTS, LATE), (DETECTIONS, None)], Some(1));
    let log = bench.open().await;
    append(&log, DETECTIONS, &["kept"]).await;
    append(&log, EVENTS, &["goes"]).await;
    until(|| async { start(&log, EVENTS).await > 0 }).await;
    assert_eq!(values(&log, DETECTIONS).await, ["kept"]);
}

#[tokio::test]
async fn tombstones_go_after_a_while() {
    let bench = bench([(EVENTS, LATE), (DETECTIONS, None)], None);
    let log = bench.open().await;
    for round in 0..10 {
        let key = round.to_string();
        soon(log.append(vec![output(CURSORS, &key, "x"), output(CURSORS, &key, "")]))
            .await
            .unwrap();
    }
    assert_eq!(all(&log, CURSORS).await.len(), 10);
    let last = end(&log, CURSORS).await;
    let mut waiting = log.reader(CURSORS, Positions::new());
    soon(waiting.next(100)).await.unwrap();
    until(|| async { all(&log, CURSORS).await.len() == 1 }).await;
    drop(waiting);
    let log = bench.reopen(log).await;
    assert_eq!(end(&log, CURSORS).await, last, "the end is never forgotten");
}
