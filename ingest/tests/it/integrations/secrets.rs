//! Secrets are sealed where they are kept, and shown nowhere.

use axum::http::StatusCode;
use nightlatch_schemas::topics::INTEGRATIONS as TOPIC;
use serde_json::json;

use super::{CANARY, INTEGRATIONS, acme, connect};
use crate::bench::Bench;

/// A secret whose every form is looked for.
fn assert_hidden(text: &str, what: &str) {
    assert!(!text.contains(CANARY), "{what} shows the secret:\n{text}");
    assert!(
        !text.contains(CANARY.split_at(20).0),
        "{what} shows a part of the secret"
    );
}

#[tokio::test]
async fn a_secret_is_shown_by_no_answer_and_stands_in_no_record_and_no_metric() {
    let bench = Bench::new().await;
    let api = bench.client();
    let made = api.ask("POST", INTEGRATIONS, None, &acme(&json!({}))).await;
    assert_hidden(&made.text, "the answer");
    let path = made.headers["location"].to_str().unwrap();
    assert_hidden(&api.get(path).await.text, "the integration");
    assert_hidden(&api.get(INTEGRATIONS).await.text, "the list");
    let rotated = api.post(&format!("{path}/hook-secret")).await;
    assert_eq!(rotated.status, StatusCode::OK);
    for stored in bench.records(TOPIC).await {
        let value = String::from_utf8_lossy(&stored.record.value).into_owned();
        assert_hidden(&value, "the settings log");
        assert!(value.contains("sealed1."), "it is kept sealed: {value}");
    }
    assert_hidden(&bench.metrics.render().unwrap(), "the metrics");
    for text in bench.files() {
        assert_hidden(&String::from_utf8_lossy(&text), "the data folder");
    }
}

#[tokio::test]
async fn a_body_that_is_refused_is_not_shown_back() {
    let bench = Bench::new().await;
    let api = bench.client();
    let wrong = json!({"client_id": "0oa1", "client_secret": format!("{CANARY} and more")});
    let answer = api
        .ask(
            "POST",
            INTEGRATIONS,
            None,
            &acme(&json!({"credentials": wrong})),
        )
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_hidden(&answer.text, "the refusal");
}

#[tokio::test]
async fn a_rotation_keeps_the_old_secret_until_okta_has_verified_the_new_one() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let rotated = api.post(&format!("{path}/hook-secret")).await;
    let states: Vec<&str> = rotated.body["hook"]["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["next", "current"]);
    let again = api.post(&format!("{path}/hook-secret")).await;
    assert_eq!(
        again.etag(),
        rotated.etag(),
        "the one that is on its way is fresh enough"
    );
}
