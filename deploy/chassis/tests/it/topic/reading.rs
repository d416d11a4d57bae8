//! Reading with the position kept by the caller.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use nightlatch_chassis::topic::{Positions, TopicError};

use super::bench::{Bench, EVENTS, all, append, soon, texts};

#[tokio::test]
async fn a_reader_goes_on_from_the_positions_that_another_left() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a", "b", "c", "d"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    let mut read = texts(&soon(reader.next(3)).await.unwrap());
    let positions = reader.positions().clone();
    drop(reader);
    let log = bench.reopen(log).await;
    let mut reader = log.reader(EVENTS, positions.clone());
    while read.len() < 4 {
        read.extend(texts(&soon(reader.next(3)).await.unwrap()));
    }
    assert_eq!(read, ["a", "b", "c", "d"]);
    reader.seek(positions);
    assert_eq!(texts(&soon(reader.next(3)).await.unwrap()), ["d"]);
}

#[tokio::test]
async fn a_reader_waits_at_the_end_and_reads_on() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    assert_eq!(texts(&soon(reader.next(10)).await.unwrap()), ["a"]);
    assert!(soon(reader.read(10)).await.unwrap().is_empty());
    for bounds in soon(log.bounds(EVENTS)).await.unwrap() {
        let position = reader.positions().get(&bounds.partition).copied();
        assert_eq!(position.unwrap_or(bounds.end), bounds.end);
    }
    assert!(
        tokio::time::timeout(Duration::from_millis(20), reader.next(10))
            .await
            .is_err()
    );
    let (read, _) = tokio::join!(soon(reader.next(10)), append(&log, EVENTS, &["b"]));
    assert_eq!(texts(&read.unwrap()), ["b"]);
}

/// Polls a future so often at most, then drops it.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), times);
    poll_fn(move |context| {
        let polled = future.as_mut().poll(context).map(Some);
        left = left.saturating_sub(1);
        if polled.is_pending() && left == 0 {
            return Poll::Ready(None);
        }
        polled
    })
    .await
}

#[tokio::test]
async fn a_reading_that_is_given_up_at_any_instant_loses_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a", "b", "c"]).await;
    for times in 1..=8 {
        for is_to_the_end in [false, true] {
            let mut reader = log.reader(EVENTS, Positions::new());
            let first = if is_to_the_end {
                polled(times, reader.read(1)).await
            } else {
                polled(times, reader.next(1)).await
            };
            let mut read = texts(&first.map(Result::unwrap).unwrap_or_default());
            while read.len() < 3 {
                let next = soon(reader.next(3)).await;
                read.extend(texts(
                    &next.unwrap_or_else(|e| panic!("{times} polls: {e}")),
                ));
            }
            read.sort_unstable();
            assert_eq!(read, ["a", "b", "c"], "{times} polls");
            assert!(soon(reader.read(3)).await.unwrap().is_empty(), "twice");
        }
    }
}

#[tokio::test]
async fn a_reader_goes_where_it_was_sent_last_whatever_was_given_up_before() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a", "b", "c"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    let mut places = vec![reader.positions().clone()];
    let mut read = Vec::new();
    while read.len() < 3 {
        read.extend(texts(&soon(reader.next(1)).await.unwrap()));
        places.push(reader.positions().clone());
    }
    for times in 1..=8 {
        reader.seek(places[2].clone());
        drop(polled(times, reader.next(3)).await);
        reader.seek(places[0].clone());
        let mut again = Vec::new();
        while again.len() < 3 {
            again.extend(texts(&soon(reader.next(3)).await.unwrap()));
        }
        again.sort_unstable();
        assert_eq!(again, ["a", "b", "c"], "{times} polls");
    }
}

#[tokio::test]
async fn a_reader_reads_at_least_one_record_whatever_it_asks_for() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a", "b"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    assert_eq!(soon(reader.next(0)).await.unwrap().len(), 1);
    assert_eq!(soon(reader.next(usize::MAX)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reader_says_whether_there_may_be_more_at_once() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a", "b", "c"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    let mut read = 0;
    while read < 3 {
        let records = soon(reader.next(2)).await.unwrap().len();
        read += records;
        assert!(
            records < 2 || reader.has_more() || read == 3,
            "{records} of 2"
        );
    }
    assert!(soon(reader.read(2)).await.unwrap().is_empty());
    assert!(!reader.has_more(), "at the end");
}

#[tokio::test]
async fn a_reader_is_told_of_a_gap_and_can_go_past_it() {
    let bench = Bench::new();
    let log = bench.open().await;
    let places = append(&log, EVENTS, &["a", "b", "c"]).await;
    let mut reader = log.reader(EVENTS, Positions::new());
    soon(reader.next(1)).await.unwrap();
    let positions = reader.positions().clone();
    drop(reader);
    let kept = Positions::from([(places[2].partition, places[2].offset)]);
    let log = bench.lose(log, EVENTS, &kept).await;
    let mut reader = log.reader(EVENTS, positions);
    let gap = soon(reader.next(1)).await;
    let Err(TopicError::Gap {
        earliest,
        partition,
        ..
    }) = gap
    else {
        panic!("{gap:?}")
    };
    assert_eq!(
        (partition, earliest),
        (places[2].partition, places[2].offset)
    );
    reader.seek(kept);
    assert_eq!(texts(&soon(reader.next(5)).await.unwrap()), ["c"]);
    assert_eq!(all(&log, EVENTS).await.len(), 1);
}

#[tokio::test]
async fn a_position_of_another_log_is_refused_instead_of_waiting_for_ever() {
    let bench = Bench::new();
    let log = bench.open().await;
    let places = append(&log, EVENTS, &["a"]).await;
    let beyond = Positions::from([(places[0].partition, places[0].offset + 1000)]);
    let mut reader = log.reader(EVENTS, beyond);
    let refused = soon(reader.next(1)).await;
    assert!(
        matches!(refused, Err(TopicError::Beyond { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_log_keeps_its_name_and_another_has_another() {
    let (one, other) = (Bench::new(), Bench::new());
    let log = one.open().await;
    let name = soon(log.id()).await.unwrap();
    assert!(name.is_some());
    let log = one.reopen(log).await;
    assert_eq!(soon(log.id()).await.unwrap(), name);
    assert_ne!(soon(other.open().await.id()).await.unwrap(), name);
}
