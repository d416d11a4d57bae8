//! What can't be set, and what is said then.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{INTEGRATIONS, acme, connect};
use crate::bench::Bench;

/// What is wrong with it, the status of the answer, and what that says among other things.
fn cases() -> Vec<(Value, u16, &'static str)> {
    let credentials = |credentials: Value| json!({"credentials": credentials});
    let own = |names: Value| json!({"event_types": names});
    vec![
        (
            json!({"domain": "acme.okta.com.evil.com"}),
            422,
            "only looks like an Okta address",
        ),
        (
            json!({"domain": "https://a@acme.okta.com"}),
            422,
            "holds an @",
        ),
        (json!({"name": "unknown"}), 400, "has a meaning of its own"),
        (json!({"name": " "}), 400, "1 to 100 bytes"),
        (json!({"org_id": "00o/../x"}), 400, "letters and digits"),
        (
            json!({"start": "2001-01-01T00:00:00Z"}),
            400,
            "between 90 days ago",
        ),
        (json!({"colour": "red"}), 400, "there is no member /colour"),
        (
            credentials(json!({"client_id": "0oa1"})),
            400,
            "give one of",
        ),
        (
            credentials(json!({"client_secret": "x"})),
            400,
            "client_id is missing",
        ),
        (
            credentials(json!({"api_token": "x", "client_id": "0oa1"})),
            400,
            "needs no client_id",
        ),
        (
            credentials(json!({"api_token": "x", "dpop": true})),
            400,
            "belong to a private_key",
        ),
        (
            credentials(json!({"api_token": "two words"})),
            400,
            "copy it once more",
        ),
        (
            own(json!(["user.session.strat"])),
            422,
            "no event type \"user.session.strat\"",
        ),
        (own(json!(["zone.create"])), 422, "None of these"),
        (own(json!("all")), 400, "event_types"),
    ]
}

#[tokio::test]
async fn what_can_not_be_connected_says_what_is_wrong() {
    let bench = Bench::new().await;
    let api = bench.client();
    for (more, status, says) in cases() {
        let answer = api.ask("POST", INTEGRATIONS, None, &acme(&more)).await;
        assert_eq!(answer.status.as_u16(), status, "{more}: {answer:?}");
        assert!(
            answer.detail().contains(says),
            "{more}: {}",
            answer.detail()
        );
    }
    let list = api.get(INTEGRATIONS).await;
    assert_eq!(list.body["integrations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_private_key_that_is_none_is_refused_before_it_is_kept() {
    let bench = Bench::new().await;
    let credentials = json!({"client_id": "0oa1", "private_key": "-----BEGIN NOTHING-----"});
    let new = acme(&json!({"credentials": credentials}));
    let answer = bench.client().ask("POST", INTEGRATIONS, None, &new).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{answer:?}"
    );
    assert!(answer.body["remedy"].is_string());
}

#[tokio::test]
async fn an_org_is_connected_once_and_a_name_is_given_once() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let twice = api
        .ask("POST", INTEGRATIONS, None, &acme(&json!({"name": "B"})))
        .await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.detail().contains("connected already"));
    let other = acme(&json!({"org_id": "00oother", "domain": "other.okta.com"}));
    let named_alike = api.ask("POST", INTEGRATIONS, None, &other).await;
    assert_eq!(named_alike.status, StatusCode::CONFLICT);
    assert!(named_alike.detail().contains("choose another name"));
    let as_in_the_file = api.amend(&path, &json!({"name": "acme"})).await;
    assert_eq!(as_in_the_file.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = format!("{INTEGRATIONS}/none");
    let etag = "\"0123456789abcdef\"";
    for (method, at) in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/event-types"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/complete"),
        ("POST", "/validate"),
        ("POST", "/hook-secret"),
    ] {
        let answer = api
            .ask(method, &format!("{path}{at}"), Some(etag), &json!({}))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {at}");
        assert!(answer.detail().contains("no integration \"none\""));
    }
    let wait = api.post(&format!("{path}/validate?wait=2h")).await;
    assert_eq!(wait.status, StatusCode::BAD_REQUEST);
    let unknown = api.post(&format!("{path}/validate?now=1")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}
