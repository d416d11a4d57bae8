//! A test goes the way of Okta's deliveries, and says where it got stuck.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use nightlatch_schemas::connection_test::{EVENT_TYPE, detection_id};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::okta::World;
use super::{INTEGRATIONS, acme, connect};
use crate::bench::{Bench, envelope};

/// Something that answers this to whatever comes.
async fn answering(answer: (StatusCode, HeaderMap, &'static str)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().fallback(move || std::future::ready(answer.clone().into_response()));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// Sends a test by this public address, and returns what is wrong and what to do.
async fn told(public_url: &str) -> String {
    let settings =
        format!("[ingest]\npublic_url = '{public_url}'\n[ingest.okta]\nallow_loopback = true\n");
    let bench = Bench::with(&settings).await;
    let api = bench.client();
    let path = connect(&api, &acme(&json!({}))).await;
    let answer = api.post(&format!("{path}/test")).await;
    let status = if public_url.is_empty() {
        StatusCode::CONFLICT
    } else {
        StatusCode::BAD_GATEWAY
    };
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(
        answer.body["type"],
        json!("urn:problem-type:nightlatch:test-not-delivered")
    );
    assert!(!answer.text.contains("/hooks/okta/0"), "{}", answer.text);
    assert_eq!(bench.events().await, []);
    let part = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    let text = format!("{}\n-> {}\n", part("sentence"), part("remedy"));
    match public_url.rsplit_once(':') {
        Some((_, port)) => text.replace(&format!(":{port}"), ":PORT"),
        None => text,
    }
}

#[tokio::test]
async fn a_test_comes_by_the_hook_and_is_known_as_one() {
    let world = World::new().await;
    let path = world.connected().await;
    let sent = world.api().post(&format!("{path}/test")).await;
    assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
    let id = path.rsplit('/').next().unwrap();
    let events = world.bench.events().await;
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(event.origin, "test");
    assert_eq!(event.integration, id);
    assert_eq!(event.event_type.as_deref(), Some(EVENT_TYPE));
    assert_eq!(sent.body["event"], json!(event.uuid));
    assert_eq!(
        sent.body["runtime_event"],
        json!(detection_id(id, &event.uuid).to_string())
    );
    assert!(sent.body["answered_ms"].is_u64());
    let posted: jiff::Timestamp = sent.body["posted_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(event.published, Some(posted.as_millisecond()));
    assert!(event.received >= posted.as_millisecond());
    let shown = world.api().get(&path).await;
    assert_eq!(
        shown.body["last_event"],
        Value::Null,
        "a test is no sign of life of Okta's"
    );
    assert_eq!(shown.body["hook"]["last_delivery"], Value::Null);
    let again = world.api().post(&format!("{path}/test")).await;
    assert_ne!(again.body["event"], sent.body["event"]);
}

#[tokio::test]
async fn a_test_of_one_integration_is_an_ordinary_event_of_another() {
    let world = World::new().await;
    let path = world.connected().await;
    world.api().post(&format!("{path}/test")).await;
    let raw = world.bench.raws().await.remove(0);
    let taken = world.bench.deliver(envelope(&[&raw])).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT);
    let events = world.bench.events().await;
    let origins: Vec<&str> = events.iter().map(|event| event.origin.as_str()).collect();
    assert_eq!(origins, ["test", "hook"]);
}

#[tokio::test]
async fn a_paused_integration_is_not_tested() {
    let world = World::new().await;
    let path = world.connected().await;
    world.api().post(&format!("{path}/pause")).await;
    let refused = world.api().post(&format!("{path}/test")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(
        refused.detail(),
        "The integration is paused, so its hook takes nothing. Resume it, then send the test again."
    );
}

#[tokio::test]
async fn one_of_the_file_is_not_tested_and_one_that_is_not_there_is_not_found() {
    let bench = Bench::new().await;
    let api = bench.client();
    let id = nightlatch_schemas::integration_id("00o1");
    let refused = api.post(&format!("{INTEGRATIONS}/{id}/test")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.detail().contains("whose secret is not kept"));
    let nobody = api.post(&format!("{INTEGRATIONS}/nobody/test")).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_is_said_why_the_hook_was_not_reached() {
    // Connections wait there, and are never accepted.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let plain = answering((StatusCode::NO_CONTENT, HeaderMap::new(), "")).await;
    let mut said = String::new();
    for url in [
        String::new(),
        "http://127.0.0.1:1".to_owned(),
        format!("https://{plain}"),
        format!("http://{address}"),
        "https://10.0.0.1:8443".to_owned(),
    ] {
        said += &told(&url).await;
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn it_is_said_what_answered_instead_of_the_hook() {
    let problem = [(header::CONTENT_TYPE, "application/problem+json")];
    let page = [(header::CONTENT_TYPE, "text/html")];
    let elsewhere = [(header::LOCATION, "https://169.254.169.254/latest/")];
    let mut said = String::new();
    for (status, header) in [
        (200, &page),
        (302, &elsewhere),
        (401, &problem),
        (401, &page),
        (404, &problem),
        (404, &page),
        (503, &problem),
        (503, &page),
        (413, &page),
    ] {
        let headers = header.iter().map(|(name, value)| (name.clone(), *value));
        let headers = headers.map(|(name, value)| (name, value.parse().unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        let address = answering((status, headers.collect(), "something")).await;
        said += &told(&format!("http://{address}")).await;
    }
    insta::assert_snapshot!(said);
}
