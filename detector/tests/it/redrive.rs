//! Detections that a sink could not store, sent again.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::topics::dead_letter::{
    SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC, STAGE,
};
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, RUNTIME_EVENTS};
use tower::ServiceExt;

use crate::bench::Bench;

/// Puts a letter about a record of a topic on the dead letters; returns its id.
async fn letter(bench: &Bench, topic: &str) -> String {
    let headers = [
        (STAGE, "sink"),
        (SOURCE_TOPIC, topic),
        (SOURCE_PARTITION, "0"),
        (SOURCE_OFFSET, "3"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let record = Record {
        key: b"acme".to_vec(),
        headers: headers.into(),
        value: b"as it was".to_vec(),
    };
    let places = bench.log.append(vec![Output {
        topic: DEAD_LETTERS,
        record,
    }]);
    let place = places.await.unwrap()[0];
    format!("{}:{}", place.partition, place.offset)
}

async fn redrive(bench: &Bench, id: &str) -> StatusCode {
    let path = format!("/api/v1/dead-letters/detector/{id}/redrive");
    let request = Request::post(path).body(Body::empty()).unwrap();
    bench
        .routes()
        .await
        .oneshot(request)
        .await
        .unwrap()
        .status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detection_goes_on_its_topic_again_as_it_was() {
    let bench = Bench::new();
    let ours = letter(&bench, RUNTIME_EVENTS).await;
    let of_ingest = letter(&bench, OKTA_EVENTS).await;
    assert_eq!(redrive(&bench, &ours).await, StatusCode::OK);
    assert_eq!(redrive(&bench, &of_ingest).await, StatusCode::CONFLICT);
    assert_eq!(redrive(&bench, "0:99").await, StatusCode::NOT_FOUND);
    assert_eq!(redrive(&bench, "x").await, StatusCode::NOT_FOUND);
    let records = bench.records(RUNTIME_EVENTS).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].record.value, b"as it was");
    assert_eq!(records[0].record.key, b"acme");
}
