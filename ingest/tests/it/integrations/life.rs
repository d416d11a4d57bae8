//! From connecting an org to deleting it, as far as Okta need not be there.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{INTEGRATIONS, acme, connect};
use crate::bench::{Bench, envelope};

#[tokio::test]
async fn an_org_that_is_connected_is_listed_and_shown_whole() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let shown = api.get(&path).await;
    assert_eq!(shown.status, StatusCode::OK);
    let id = nightlatch_schemas::integration_id("00oacme").to_string();
    assert_eq!(shown.body["id"], json!(id));
    assert_eq!(shown.body["domain"], json!("acme.okta.com"));
    assert_eq!(shown.body["org_id"], json!("00oacme"));
    assert_eq!(shown.body["credentials"]["mode"], json!("client_secret"));
    assert_eq!(shown.body["credentials"]["client_id"], json!("0oa1"));
    assert_eq!(shown.body["status"]["state"], json!("pending"));
    assert_eq!(shown.body["event_types"]["chosen"], json!("default"));
    assert_eq!(shown.body["changed"]["who"], json!("ann"));
    let list = api.get(INTEGRATIONS).await;
    let names: Vec<&Value> = list.body["integrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, [&json!("Acme"), &json!("acme")]);
}

#[tokio::test]
async fn one_of_the_file_is_shown_and_left_alone() {
    let bench = Bench::new().await;
    let api = bench.client();
    let list = api.get(INTEGRATIONS).await;
    let of_file = &list.body["integrations"][0];
    assert_eq!(
        (&of_file["origin"], &of_file["read_only"]),
        (&json!("file"), &json!(true))
    );
    let path = format!("{INTEGRATIONS}/{}", of_file["id"].as_str().unwrap());
    let etag = api.get(&path).await.etag();
    for (method, at) in [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/validate"),
    ] {
        let path = format!("{path}{at}");
        let answer = api.ask(method, &path, Some(&etag), &json!({})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {at}");
        assert!(answer.detail().contains("the configuration file owns"));
    }
    let of_the_same_org = acme(&json!({"org_id": "00o1", "name": "other"}));
    let made = api.ask("POST", INTEGRATIONS, None, &of_the_same_org).await;
    assert_eq!(made.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn of_two_who_have_seen_the_same_one_is_told_that_the_other_was_faster() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let etag = api.get(&path).await.etag();
    let first = json!({"name": "first"});
    let won = api.ask("PATCH", &path, Some(&etag), &first).await;
    assert_eq!(won.status, StatusCode::OK, "{won:?}");
    assert_eq!(won.body["name"], json!("first"));
    let lost = api
        .ask("PATCH", &path, Some(&etag), &json!({"name": "second"}))
        .await;
    assert_eq!(lost.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(lost.body["current"], json!(won.etag()));
    let silent = api.ask("PATCH", &path, None, &first).await;
    assert_eq!(silent.status, StatusCode::PRECONDITION_REQUIRED);
    let same = api.amend(&path, &first).await;
    assert_eq!(
        same.etag(),
        won.etag(),
        "nothing changes, so nothing is written"
    );
}

#[tokio::test]
async fn event_types_that_no_hook_carries_are_left_to_the_system_log() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let types = json!(["zone.create", "user.session.start", "user.session.start"]);
    let set = api.amend(&path, &json!({"event_types": types})).await;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    assert_eq!(
        set.body["event_types"]["hook"],
        json!(["user.session.start"])
    );
    assert_eq!(
        set.body["event_types"]["system_log"],
        json!(["zone.create"])
    );
    let listed = api.get(&format!("{path}/event-types")).await;
    let first = &listed.body["event_types"][0];
    assert_eq!(first["name"], json!("user.session.start"));
    assert_eq!(
        (&first["source"], &first["subscribed"]),
        (&json!("hook"), &json!(true))
    );
    assert_eq!(
        (&first["count_24h"], &first["last_seen"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn what_came_is_counted_by_event_type() {
    let bench = Bench::new().await;
    let api = bench.client();
    let event = r#"{"eventType":"user.session.start","uuid":"u1"}"#;
    bench.deliver(envelope(&[event, event])).await;
    bench
        .import("", "{\"eventType\":\"user.session.end\"}")
        .await;
    let id = nightlatch_schemas::integration_id("00o1");
    let listed = api.get(&format!("{INTEGRATIONS}/{id}/event-types")).await;
    let [only] = listed.body["event_types"].as_array().unwrap().as_slice() else {
        panic!("what is imported is not counted: {listed:?}");
    };
    assert_eq!(
        (&only["name"], &only["count_24h"]),
        (&json!("user.session.start"), &json!(2))
    );
    assert!(only["last_seen"].is_string());
    let shown = api.get(&format!("{INTEGRATIONS}/{id}")).await;
    assert_eq!(shown.body["events_24h"], json!(2));
    assert_eq!(shown.body["hook_events_24h"], json!(2));
    assert_eq!(shown.body["hook_events_daily_quota"], json!(400_000));
}

#[tokio::test]
async fn a_pause_is_noted_once_and_ends() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let paused = api.post(&format!("{path}/pause")).await;
    assert_eq!(
        paused.body["status"]["state"],
        json!("paused"),
        "{paused:?}"
    );
    let again = api.post(&format!("{path}/pause")).await;
    assert_eq!(again.body["paused"], paused.body["paused"]);
    let refused = api.post(&format!("{path}/validate")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let resumed = api.post(&format!("{path}/resume")).await;
    assert_eq!(resumed.body["paused"], Value::Null);
    let early = api.post(&format!("{path}/complete")).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.detail().contains("has not verified"));
}

#[tokio::test]
async fn a_deleted_org_is_gone_and_can_be_connected_anew_under_the_same_id() {
    let bench = Bench::new().await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let etag = api.get(&path).await.etag();
    let gone = api.ask("DELETE", &path, Some(&etag), &Value::Null).await;
    assert_eq!(gone.status, StatusCode::OK);
    assert_eq!(gone.body, json!({"hook": "none", "problem": null}));
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(connect(&api, &acme(&json!({}))).await, path);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_told_so_and_never_read_by_its_order() {
    let bench = Bench::new().await;
    let api = bench.client();
    let start = format!("{INTEGRATIONS}/start");
    for body in [json!(["acme.okta.com"]), json!([]), json!("acme.okta.com")] {
        let answer = api.ask("POST", &start, None, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let detail = answer.detail();
        assert!(detail.contains("must be a JSON object"), "{body}: {detail}");
    }
}
