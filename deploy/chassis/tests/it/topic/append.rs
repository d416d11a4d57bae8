//! Appending.

use nightlatch_chassis::topic::{
    Fault, MAX_RECORD_BYTES, Output, Polled, Positions, Record, TopicError,
};

use super::bench::{Bench, DETECTIONS, EVENTS, all, append, append_in_vain, output, soon, values};

#[tokio::test]
async fn what_was_appended_is_there_after_the_log_is_opened_again() {
    let bench = Bench::new();
    let log = bench.open().await;
    let places = append(&log, EVENTS, &["a", "b", "c"]).await;
    let before = all(&log, EVENTS).await;
    let log = bench.reopen(log).await;
    let after = all(&log, EVENTS).await;
    assert_eq!(before, after);
    let found: Vec<_> = after
        .iter()
        .map(|stored| (stored.partition, stored.offset))
        .collect();
    let told: Vec<_> = places
        .iter()
        .map(|place| (place.partition, place.offset))
        .collect();
    assert_eq!(found, told);
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_given() {
    let bench = Bench::new();
    let log = bench.open().await;
    let headers = vec![
        ("traceparent".to_owned(), b"00-ab".to_vec()),
        (String::new(), Vec::new()),
        ("twice".to_owned(), vec![0, 255]),
        ("twice".to_owned(), b"again".to_vec()),
    ];
    let record = Record {
        key: vec![0, 159, 146],
        headers,
        value: (0..=255).collect(),
    };
    let empty = Record::default();
    let outputs = [record.clone(), empty.clone()].map(|record| Output {
        topic: EVENTS,
        record,
    });
    soon(log.append(outputs.to_vec())).await.unwrap();
    let found: Vec<_> = all(&log, EVENTS)
        .await
        .into_iter()
        .map(|stored| stored.record)
        .collect();
    assert!(
        found.contains(&record) && found.contains(&empty) && found.len() == 2,
        "{found:?}"
    );
}

#[tokio::test]
async fn records_of_one_key_keep_their_order_however_they_are_appended() {
    let bench = Bench::new();
    let log = bench.open().await;
    for round in 0..20 {
        let outputs = (0..3).map(|at| output(EVENTS, "one", &format!("{round}.{at}")));
        soon(log.append(outputs.collect())).await.unwrap();
        soon(log.append(vec![output(EVENTS, "other", "x")]))
            .await
            .unwrap();
    }
    let found: Vec<_> = all(&log, EVENTS)
        .await
        .into_iter()
        .filter(|stored| stored.record.key == b"one")
        .collect();
    let expected: Vec<_> = (0..20)
        .flat_map(|round| (0..3).map(move |at| format!("{round}.{at}")))
        .collect();
    assert_eq!(super::bench::texts(&found), expected);
    assert!(found.is_sorted_by(|a, b| a.partition != b.partition || a.offset < b.offset));
}

#[tokio::test]
async fn record_time_never_goes_back() {
    let bench = Bench::new();
    let mut log = bench.open().await;
    for _ in 0..3 {
        for _ in 0..10 {
            append(&log, EVENTS, &["x", "y"]).await;
        }
        log = bench.reopen(log).await;
    }
    let found = all(&log, EVENTS).await;
    assert_eq!(found.len(), 60);
    assert!(found.is_sorted_by_key(|stored| (
        stored.partition,
        stored.offset,
        stored.timestamp_ms
    )));
    assert!(
        found
            .iter()
            .all(|stored| stored.timestamp_ms > 1_700_000_000_000)
    );
}

#[tokio::test]
async fn records_for_several_topics_go_together() {
    let bench = Bench::new();
    let log = bench.open().await;
    let outputs = vec![output(EVENTS, "k", "a"), output(DETECTIONS, "k", "b")];
    assert_eq!(soon(log.append(outputs)).await.unwrap().len(), 2);
    assert_eq!(values(&log, EVENTS).await, ["a"]);
    assert_eq!(values(&log, DETECTIONS).await, ["b"]);
    assert!(soon(log.append(Vec::new())).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_callers_at_once_all_get_their_own_answer() {
    let bench = Bench::new();
    let log = bench.open().await;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..200 {
        let log = log.clone();
        let value = format!("{caller}");
        callers.spawn(async move {
            let places = log
                .append(vec![output(EVENTS, &value, &value)])
                .await
                .unwrap();
            (places, value)
        });
    }
    let answers = soon(callers.join_all()).await;
    let found = all(&log, EVENTS).await;
    assert_eq!(found.len(), 200);
    for (places, value) in answers {
        let at = |stored: &&_| {
            let stored: &nightlatch_chassis::topic::Stored = stored;
            (stored.partition, stored.offset) == (places[0].partition, places[0].offset)
        };
        assert_eq!(super::bench::text(found.iter().find(at).unwrap()), value);
    }
}

#[tokio::test]
async fn a_refused_append_leaves_nothing_behind() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, EVENTS, &["a"]).await;
    bench.faults.inject(Fault::FailAppend);
    let refused = soon(log.append(vec![output(EVENTS, "key", "b")])).await;
    assert!(
        matches!(refused, Err(TopicError::NotDurable(_))),
        "{refused:?}"
    );
    append(&log, EVENTS, &["c"]).await;
    assert_eq!(values(&log, EVENTS).await, ["a", "c"]);
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_and_the_largest_is_not() {
    let bench = Bench::new();
    let log = bench.open().await;
    let large = |size| {
        let record = Record {
            value: vec![7; size],
            ..Record::default()
        };
        log.append(vec![
            output(EVENTS, "key", "small"),
            Output {
                topic: EVENTS,
                record,
            },
        ])
    };
    let refused = soon(large(MAX_RECORD_BYTES + 1)).await;
    let Err(TopicError::TooLarge {
        topic,
        bytes,
        limit,
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (topic, bytes, limit),
        (EVENTS, MAX_RECORD_BYTES + 1, MAX_RECORD_BYTES)
    );
    assert!(all(&log, EVENTS).await.is_empty());
    soon(large(MAX_RECORD_BYTES)).await.unwrap();
    let sizes: Vec<_> = all(&log, EVENTS)
        .await
        .iter()
        .map(|s| s.record.value.len())
        .collect();
    assert_eq!(sizes.iter().max(), Some(&MAX_RECORD_BYTES));
}

#[tokio::test]
async fn a_topic_that_does_not_exist_is_named() {
    let bench = Bench::new();
    let log = bench.open().await;
    let unknown = TopicError::UnknownTopic("none".to_owned());
    assert_eq!(
        soon(log.append(vec![output("none", "k", "v")])).await,
        Err(unknown.clone())
    );
    assert_eq!(soon(log.bounds("none")).await, Err(unknown.clone()));
    assert_eq!(
        soon(log.position("group", "none")).await,
        Err(unknown.clone())
    );
    assert_eq!(
        soon(log.reader("none", Positions::new()).next(1)).await,
        Err(unknown.clone())
    );
    let polled = soon(log.consumer("group", "none").poll(1)).await;
    assert_eq!(polled.map(|_: Polled| ()), Err(unknown));
}

#[tokio::test]
async fn an_append_that_is_given_up_hurts_nobody() {
    let bench = Bench::new();
    let log = bench.open().await;
    append_in_vain(&bench, &log).await;
    for round in 0..50 {
        let value = format!("{round}");
        tokio::select! {
            biased;
            _ = log.append(vec![output(EVENTS, "key", "maybe")]) => {}
            () = tokio::task::yield_now() => {}
        }
        append(&log, EVENTS, &[&value]).await;
    }
    let found = values(&log, EVENTS).await;
    let certain: Vec<_> = found.iter().filter(|value| *value != "maybe").collect();
    assert_eq!(
        certain,
        (0..50)
            .map(|round| round.to_string())
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    assert!(!found.contains(&"lost".to_owned()));
}
