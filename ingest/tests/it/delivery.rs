//! What a delivery becomes on the topics.

use axum::http::StatusCode;
use nightlatch_schemas::event_uuid;
use nightlatch_schemas::topics::dead_letter;

use crate::bench::{Bench, envelope, header};

#[tokio::test]
async fn events_keep_their_bytes_whatever_they_look_like() {
    let bench = Bench::new().await;
    let odd = [
        r#"{ "uuid" : "a" ,	"x":[ ] }"#,
        "{\n  \"uuid\": \"b\",\r\n  \"n\": 123456789012345678901234567890, \"f\": 1e400\n}",
        r#"{"uuid":"c","uuid":"d","e":"\ud800\u0000é🔐","t":true,"nothing":null}"#,
        r#"{"z":{"uuid":"inner"},"eventType":"user.session.start","published":"2026-01-02T03:04:05.678Z","uuid":"e"}"#,
    ];
    let answer = bench.deliver(envelope(&odd)).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(bench.raws().await, odd);
    let events = bench.events().await;
    let uuids: Vec<&str> = events.iter().map(|event| event.uuid.as_str()).collect();
    assert_eq!(
        uuids,
        ["a", "b", "d", "e"],
        "of duplicate keys the last wins"
    );
    let last = events.last().unwrap();
    assert_eq!(last.event_type.as_deref(), Some("user.session.start"));
    assert_eq!(last.published, Some(1_767_323_045_678));
    assert_eq!(
        (last.org.as_str(), last.origin.as_str()),
        ("acme.okta.com", "hook")
    );
}

#[tokio::test]
async fn an_event_without_uuid_or_published_passes_with_what_stands_in() {
    let bench = Bench::new().await;
    let odd = [
        r#"{"eventType":1}"#,
        r#"{"uuid":"","published":"yesterday"}"#,
        r#"{"uuid":7,"published":null}"#,
        "{}",
    ];
    bench.deliver(envelope(&odd)).await;
    for (event, raw) in bench.events().await.iter().zip(odd) {
        assert_eq!(event.uuid, event_uuid(raw).to_string());
        assert_eq!((event.published, event.event_type.as_deref()), (None, None));
        assert!(event.received > 0);
    }
}

#[tokio::test]
async fn what_is_no_event_is_a_dead_letter_and_its_neighbours_pass() {
    let bench = Bench::new().await;
    let deep = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let large = |bytes: usize| format!("{{\"x\":\"{}\"}}", "y".repeat(bytes - 8));
    let (fits, too_deep, too_large) = (deep(64), deep(65), large(512 * 1024 + 1));
    let limit = large(512 * 1024);
    let body = envelope(&[
        "\"text\"", &fits, "null", &too_deep, &limit, "[1]", &too_large,
    ]);
    assert_eq!(bench.deliver(body).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.raws().await, [fits, limit]);
    let letters = bench.dead_letters().await;
    let reasons: Vec<_> = letters
        .iter()
        .map(|l| header(l, dead_letter::REASON))
        .collect();
    assert_eq!(letters.len(), 5, "{reasons:?}");
    assert!(
        reasons[2].contains("65") && reasons[4].contains("524289"),
        "{reasons:?}"
    );
    let last = letters.last().unwrap();
    assert_eq!(last.record.value.len(), 512 * 1024);
    assert_eq!(header(last, dead_letter::TRUNCATED), "true");
    assert_eq!(header(last, dead_letter::SIZE), "524289");
    assert_eq!(header(last, dead_letter::STAGE), "ingest");
    assert_eq!(letters[0].record.value, b"\"text\"");
}

#[tokio::test]
async fn a_body_that_is_no_delivery_says_what_is_wrong_and_where() {
    let bench = Bench::new().await;
    for (body, expected) in [
        ("", "byte 0"),
        (r#"{"data":{"events":[{"uuid":"u"}"#, "byte 31"),
        (r#"{"data":{"events":[{"uuid" "u"}]}}"#, "byte"),
        (r#"{"data":{"events":[]}} x"#, "byte 23"),
        (r#"{"data":{"events":{}}}"#, "data.events"),
        (r#"{"data":null}"#, "data.events"),
        ("[]", "data.events"),
    ] {
        let answer = bench.deliver(body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(
            answer.detail().contains(expected),
            "{body}: {}",
            answer.detail()
        );
    }
    assert!(bench.events().await.is_empty());
    assert_eq!(
        bench.deliver(envelope(&[])).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn of_two_event_lists_the_last_counts() {
    let bench = Bench::new().await;
    let body = r#"{"data":{"events":[{"uuid":"a"}]},"data":{"events":[{"uuid":"b"}],"events":[{"uuid":"c"}]}}"#;
    bench.deliver(body).await;
    let uuids: Vec<String> = bench
        .events()
        .await
        .into_iter()
        .map(|event| event.uuid)
        .collect();
    assert_eq!(uuids, ["c"]);
}
