//! Okta's one-time challenge, and who is let in at all.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::bench::{Bench, KEY, OLD_SECRET, SECRET, delivery, envelope};

const CHALLENGE: &str = "x-okta-verification-challenge";

fn challenge(key: &str) -> axum::http::request::Builder {
    Request::get(format!("/hooks/okta/{key}")).header(CHALLENGE, "Me_rShK8\"JHsTnbyYrWXCEoMGbM")
}

#[tokio::test]
async fn a_challenge_with_the_secret_is_echoed_as_json() {
    let bench = Bench::new().await;
    let answer = bench
        .ask(
            challenge(KEY).header("Authorization", SECRET),
            Body::empty(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.kind, "application/json");
    assert_eq!(
        answer.body,
        r#"{"verification":"Me_rShK8\"JHsTnbyYrWXCEoMGbM"}"#
    );
}

#[tokio::test]
async fn strangers_get_no_echo() {
    let bench = Bench::new().await;
    for request in [
        challenge(KEY),
        challenge(KEY).header("Authorization", "wrong"),
    ] {
        let answer = bench.ask(request, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(!answer.detail().contains("Me_rShK8"));
    }
    let unknown = challenge("ffffffffffffffffffffff").header("Authorization", SECRET);
    assert_eq!(
        bench.ask(unknown, Body::empty()).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_get_without_a_challenge_says_which_header_is_missing() {
    let bench = Bench::new().await;
    let request = Request::get(format!("/hooks/okta/{KEY}")).header("Authorization", SECRET);
    let answer = bench.ask(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.detail().contains(CHALLENGE));
}

#[tokio::test]
async fn a_delivery_needs_a_valid_secret_and_two_are_valid_while_one_is_changed() {
    let bench = Bench::new().await;
    let body = || envelope(&["{\"uuid\":\"u\"}"]);
    for secret in [SECRET, OLD_SECRET] {
        let answer = bench
            .ask(delivery(KEY).header("Authorization", secret), body())
            .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    for request in [
        delivery(KEY),
        delivery(KEY).header("Authorization", ""),
        delivery(KEY).header("Authorization", SECRET.to_uppercase()),
        delivery(KEY).header("Authorization", format!("{SECRET}x")),
        delivery(KEY).header("X-Authorization", SECRET),
    ] {
        assert_eq!(
            bench.ask(request, body()).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let unknown = delivery("0123456789abcdef012346").header("Authorization", SECRET);
    assert_eq!(
        bench.ask(unknown, body()).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(bench.events().await.len(), 2);
}

#[tokio::test]
async fn other_paths_and_methods_are_problems() {
    let bench = Bench::new().await;
    let answer = bench.ask(Request::get("/"), Body::empty()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let put = Request::put(format!("/hooks/okta/{KEY}")).header("Authorization", SECRET);
    assert_eq!(
        bench.ask(put, Body::empty()).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn the_header_of_the_secret_has_the_name_that_is_configured() {
    let bench = Bench::with(&format!(
        "[[integrations]]\nname = \"other\"\norg_id = \"00o2\"\ndomain = \"other.okta.com\"\n\
         path_key = \"other-key-0123456789abc\"\nheader = \"X-Hook-Secret\"\n\
         secret = \"{SECRET}\"\n"
    ))
    .await;
    let body = || envelope(&["{}"]);
    let key = "other-key-0123456789abc";
    let right = delivery(key).header("x-hook-secret", SECRET);
    assert_eq!(
        bench.ask(right, body()).await.status,
        StatusCode::NO_CONTENT
    );
    let wrong = delivery(key).header("Authorization", SECRET);
    assert_eq!(
        bench.ask(wrong, body()).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(bench.events().await[0].org, "other.okta.com");
}

#[tokio::test]
async fn a_challenge_that_is_too_long_is_not_echoed() {
    let bench = Bench::new().await;
    let request = Request::get(format!("/hooks/okta/{KEY}"))
        .header("Authorization", SECRET)
        .header(CHALLENGE, "x".repeat(513));
    let answer = bench.ask(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
