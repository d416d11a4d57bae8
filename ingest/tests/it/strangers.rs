//! Whatever is sent, the answer is clear and everything is accounted for.

use axum::http::{Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::bench::{Bench, KEY, SECRET, delivery};

/// What may stand in a delivery's list of events, or instead of one.
fn element() -> impl Strategy<Value = String> {
    let odd = vec![
        "{}",
        "null",
        "17",
        "[]",
        "\"text\"",
        "{\"uuid\":\"a\",\"uuid\":7}",
        "{\"uuid\":{\"x\":[]}}",
        "{\"uuid\":\"\\ud800\"}",
        "{\"published\":\"9999-99-99\"}",
        "{ }",
        "[[{}]]",
        "{\"\\u0075uid\":\"b\"}",
        "{\"eventType\":\"\u{0}\"}",
        "{\"n\":1e999999}",
    ];
    prop_oneof![
        8 => select(odd).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| Value::from(text).to_string()),
        1 => (60_usize..70).prop_map(|n| format!("{{\"d\":{}{}}}", "[".repeat(n), "]".repeat(n))),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let list = prop::collection::vec(element(), 0..8);
    let envelope = (list, select(vec![" ", "", "\n"])).prop_map(|(list, space)| {
        format!("{{\"data\":{space}{{\"events\":[{}]}}}}", list.join(",")).into_bytes()
    });
    prop_oneof![4 => envelope, 1 => any::<Vec<u8>>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_delivery_is_refused_whole_or_every_part_of_it_is_kept(body in body()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let answer = bench.deliver(body.clone()).await;
            let (events, letters) = (bench.raws().await, bench.dead_letters().await);
            // serde_json follows no deeper than 128 levels, which none here has.
            let list = serde_json::from_slice::<Value>(&body).ok();
            let list = list.as_ref().and_then(|value| value["data"]["events"].as_array());
            match answer.status {
                StatusCode::NO_CONTENT => {
                    let kept = events.len() + letters.len();
                    if let Some(list) = list {
                        assert_eq!(kept, list.len());
                    }
                    let text = String::from_utf8_lossy(&body);
                    assert!(events.iter().all(|event| text.contains(event.as_str())));
                }
                StatusCode::BAD_REQUEST => {
                    assert!(!answer.detail().is_empty());
                    assert_eq!((events.len(), letters.len(), list), (0, 0, None));
                }
                other => panic!("{other}: {}", answer.body),
            }
        });
    }

    #[test]
    fn who_has_no_secret_gets_nothing_done(
        method in select(vec!["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]),
        key in prop_oneof![Just(KEY.to_owned()), "[a-zA-Z0-9_%/.-]{0,40}"],
        header in select(vec!["authorization", "x-okta-verification-challenge", "cookie"]),
        value in "[ -~]{0,64}",
        body in any::<Vec<u8>>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let uri = format!("/hooks/okta/{key}");
            let request = Request::builder().method(method).uri(&uri).header(header, value);
            if uri.parse::<axum::http::Uri>().is_err() {
                return;
            }
            let answer = bench.ask(request, body).await;
            let refused = [
                StatusCode::UNAUTHORIZED,
                StatusCode::NOT_FOUND,
                StatusCode::METHOD_NOT_ALLOWED,
            ];
            assert!(refused.contains(&answer.status), "{}", answer.status);
            assert!(bench.raws().await.is_empty() && bench.dead_letters().await.is_empty());
        });
    }
}

#[tokio::test]
async fn a_delivery_of_very_many_scraps_is_refused_before_it_costs_memory() {
    let bench = Bench::new().await;
    let body = |count: usize| format!("{{\"data\":{{\"events\":[1{}]}}}}", ",1".repeat(count - 1));
    let answer = bench.deliver(body(20_001)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.detail().contains("over 20000 events"),
        "{}",
        answer.detail()
    );
    assert!(bench.dead_letters().await.is_empty());
    assert_eq!(
        bench.deliver(body(20_000)).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.dead_letters().await.len(), 20_000);
}

#[tokio::test]
async fn a_large_delivery_is_taken_like_a_small_one() {
    let bench = Bench::new().await;
    let event = |n: usize| format!("{{\"uuid\":\"{n}\",\"x\":\"{}\"}}", "y".repeat(3000));
    let events: Vec<String> = (0..1000).map(event).collect();
    let body = format!("{{\"data\":{{\"events\":[{}]}}}}", events.join(","));
    assert_eq!(bench.deliver(body).await.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.raws().await, events);
    let bad = format!("{{\"data\":{{\"events\":[{}]}}", events.join(","));
    assert_eq!(bench.deliver(bad).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_key_with_escapes_is_no_key() {
    let bench = Bench::new().await;
    for key in [
        "%FF%00",
        "%30123456789abcdef012345",
        "0123456789abcdef01234%35",
    ] {
        let request = delivery(key).header("Authorization", SECRET);
        let answer = bench.ask(request, "{}").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{key}");
        assert!(answer.detail().contains("no integration has this address"));
    }
}
