//! Cursors on a compacted topic.

use super::bench::{Bench, CURSORS, EVENTS, all, append, output, soon};

#[tokio::test]
async fn a_cursor_is_durable_when_put_returns() {
    let bench = Bench::new();
    let log = bench.open().await;
    let cursors = soon(log.cursors(CURSORS)).await.unwrap();
    assert_eq!(cursors.get(b"a"), None);
    soon(cursors.put(b"a", b"1".to_vec())).await.unwrap();
    soon(cursors.put(b"b", b"1".to_vec())).await.unwrap();
    soon(cursors.put(b"a", b"2".to_vec())).await.unwrap();
    assert_eq!(cursors.get(b"a"), Some(b"2".to_vec()));
    let all = cursors.all();
    drop(cursors);
    let log = bench.reopen(log).await;
    let cursors = soon(log.cursors(CURSORS)).await.unwrap();
    assert_eq!(cursors.all(), all);
    assert_eq!(
        all.into_iter().collect::<Vec<_>>(),
        [
            (b"a".to_vec(), b"2".to_vec()),
            (b"b".to_vec(), b"1".to_vec())
        ]
    );
}

#[tokio::test]
async fn a_deleted_cursor_stays_deleted() {
    let bench = Bench::new();
    let log = bench.open().await;
    let cursors = soon(log.cursors(CURSORS)).await.unwrap();
    soon(cursors.put(b"a", b"1".to_vec())).await.unwrap();
    soon(cursors.delete(b"a")).await.unwrap();
    soon(cursors.delete(b"never there")).await.unwrap();
    assert!(cursors.all().is_empty());
    drop(cursors);
    let log = bench.reopen(log).await;
    assert!(soon(log.cursors(CURSORS)).await.unwrap().all().is_empty());
}

#[tokio::test]
async fn who_follows_the_cursors_sees_what_others_write() {
    let bench = Bench::new();
    let log = bench.open().await;
    let writer = soon(log.cursors(CURSORS)).await.unwrap();
    let another = bench.another(&log).await;
    let reader = soon(another.cursors(CURSORS)).await.unwrap();
    for round in 0..20_u8 {
        soon(writer.put(&[round % 3], vec![round + 1]))
            .await
            .unwrap();
    }
    soon(writer.delete(&[0])).await.unwrap();
    soon(reader.catch_up()).await.unwrap();
    assert_eq!(reader.all(), writer.all());
    assert_eq!(reader.get(&[1]), Some(vec![20]));
}

#[tokio::test]
async fn a_compacted_topic_gives_the_latest_of_each_key_to_who_reads_it_from_the_start() {
    let bench = Bench::new();
    let log = bench.open().await;
    for round in 0..30 {
        let value = round.to_string();
        let outputs = ["a", "b", "c"].map(|key| output(CURSORS, key, &value));
        soon(log.append(outputs.to_vec())).await.unwrap();
    }
    soon(log.append(vec![output(CURSORS, "a", "last")]))
        .await
        .unwrap();
    // Others keep all there was.
    append(&log, EVENTS, &["x", "y"]).await;
    assert_eq!(all(&log, EVENTS).await.len(), 2);
    let mut latest = std::collections::BTreeMap::new();
    for stored in all(&log, CURSORS).await {
        latest.insert(stored.record.key, stored.record.value);
    }
    assert_eq!(
        latest.into_values().collect::<Vec<_>>(),
        [b"last".to_vec(), b"29".to_vec(), b"29".to_vec()]
    );
}
