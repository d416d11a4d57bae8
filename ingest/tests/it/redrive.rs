//! Dead letters that are sent again.

use axum::http::StatusCode;
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::topics::dead_letter::{
    REASON, SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC, STAGE, TRUNCATED,
};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, OKTA_EVENTS};
use nightlatch_schemas::{Redrive, encode, integration_id};

use crate::bench::{Answer, Bench};

/// Puts a letter on the topic; returns its id.
async fn letter(bench: &Bench, headers: &[(&str, &str)], value: &[u8]) -> String {
    let headers = headers.iter();
    let record = Record {
        key: integration_id("00o1").to_string().into_bytes(),
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect(),
        value: value.to_vec(),
    };
    let places = bench.log.append(vec![Output {
        topic: DEAD_LETTERS,
        record,
    }]);
    let place = places.await.unwrap()[0];
    format!("{}:{}", place.partition, place.offset)
}

async fn redrive(bench: &Bench, id: &str) -> Answer {
    let path = format!("/api/v1/dead-letters/ingest/{id}/redrive");
    bench.post(&path).await
}

const OF_DETECTOR: [(&str, &str); 4] = [
    (STAGE, "detector"),
    (SOURCE_TOPIC, OKTA_EVENTS),
    (SOURCE_PARTITION, "0"),
    (SOURCE_OFFSET, "7"),
];

#[tokio::test]
async fn a_record_of_the_topic_goes_there_again_as_it_was_and_that_is_noted() {
    let bench = Bench::new().await;
    bench.import("", r#"{"uuid":"a"}"#).await;
    let value = encode(&bench.events().await[0]).unwrap();
    let id = letter(&bench, &OF_DETECTOR, &value).await;
    let answer = redrive(&bench, &id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["topic"], OKTA_EVENTS);
    let records = bench.records(OKTA_EVENTS).await;
    assert_eq!(records.len(), 2);
    assert_eq!(records[1].record.value, value);
    let notes = bench.records(CURSORS).await;
    let note = notes.last().unwrap();
    assert_eq!(note.record.key, format!("dead-letter/{id}").into_bytes());
    let note: Redrive = serde_json::from_slice(&note.record.value).unwrap();
    assert_eq!(note.topic, OKTA_EVENTS);
}

#[tokio::test]
async fn what_was_no_event_is_read_anew() {
    let bench = Bench::new().await;
    let id = letter(&bench, &[(STAGE, "ingest")], br#"{ "uuid":"b" }"#).await;
    assert_eq!(redrive(&bench, &id).await.status, StatusCode::OK);
    assert_eq!(bench.raws().await, [r#"{ "uuid":"b" }"#]);
    let id = letter(&bench, &[(STAGE, "ingest")], b"no json").await;
    let answer = redrive(&bench, &id).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.detail().starts_with("it is no event still: "),
        "{}",
        answer.body
    );
    assert_eq!(bench.events().await.len(), 1);
    // A letter is not made of a letter.
    assert_eq!(bench.dead_letters().await.len(), 2);
}

#[tokio::test]
async fn a_letter_that_is_cut_or_of_another_service_or_not_there_is_refused() {
    let bench = Bench::new().await;
    let mut headers = OF_DETECTOR.to_vec();
    headers.push((TRUNCATED, "true"));
    let cut = letter(&bench, &headers, b"x").await;
    headers[1].1 = "okta.runtime-events";
    headers.push((REASON, "why"));
    let of_sink = letter(&bench, &headers, b"x").await;
    for (id, status, said) in [
        (cut.as_str(), StatusCode::CONFLICT, "only the first of it"),
        (&of_sink, StatusCode::CONFLICT, "by the detector"),
        ("0:99", StatusCode::NOT_FOUND, "no dead letter"),
        ("9:0", StatusCode::NOT_FOUND, "no dead letter"),
        ("x", StatusCode::NOT_FOUND, "no dead letter"),
    ] {
        let answer = redrive(&bench, id).await;
        assert_eq!(answer.status, status, "{id}");
        assert!(answer.detail().contains(said), "{id}: {}", answer.body);
    }
    assert!(bench.events().await.is_empty());
}
