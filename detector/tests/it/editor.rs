//! What editors of rules ask.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_engine::{event_types, fields};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::bench::Bench;

mod bodies;
mod document;
mod explain;
mod test;
mod validate;

/// Rules with a macro, a list, a counter, and one that is off.
const RULES: &str = "\
- policy:
    id: sign-in
    name: Sign-ins
- list: home
  items: [Norway, Germany]
- macro: at_home
  condition: okta.client.geo.country in (home)
- rule: Sign-in abroad
  desc: Somebody signs in elsewhere.
  condition: okta.evt.type = user.session.start and not at_home
  output: \"%okta.actor.alternateid in %okta.client.geo.country\"
  priority: WARNING
  tags: [T1078]
- rule: Burst
  desc: Two failures.
  condition: okta.mfa.failure.countlast[300] >= 2
  output: \"%okta.mfa.failure.countlast[300] failures\"
  priority: INFO
  enabled: false
";

/// A rule of that name with that condition.
fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

fn file(name: &str, text: &str) -> Value {
    json!({"name": name, "text": text})
}

/// Asks and returns the answer with its JSON; null when it has no body.
async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    (head.status, head.headers, json)
}

async fn get(router: &Router, path: &str, has: Option<&[u8]>) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::get(path);
    if let Some(has) = has {
        request = request.header("if-none-match", has);
    }
    ask(router, request.body(Body::empty()).unwrap()).await
}

async fn post(
    router: &Router,
    path: &str,
    body: impl Into<Body>,
) -> (StatusCode, HeaderMap, Value) {
    let request = Request::post(path).body(body.into()).unwrap();
    ask(router, request).await
}

/// What a good request is answered with.
async fn answer(path: &str, body: &Value) -> Value {
    let router = Bench::new().routes().await;
    let (status, headers, answer) = post(&router, path, body.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(headers["content-type"], "application/json");
    answer
}

/// What a bad request is answered with.
async fn refusal(path: &str, body: &Value) -> Value {
    let router = Bench::new().routes().await;
    let (status, headers, problem) = post(&router, path, body.to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    assert_eq!(headers["content-type"], "application/problem+json");
    problem
}

#[tokio::test]
async fn the_fields_are_those_of_the_engine() {
    let router = Bench::new().routes().await;
    let (status, headers, page) = get(&router, "/api/v1/fields", None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "application/json");
    let listed = page["fields"].as_array().unwrap();
    assert_eq!(listed.len(), fields().len());
    let first = &listed[0];
    for key in [
        "name", "type", "argument", "doc", "example", "from", "source",
    ] {
        assert!(first[key].is_string(), "{key}: {first}");
    }
}

#[tokio::test]
async fn every_operator_comes_with_an_example_that_can_be_read() {
    let router = Bench::new().routes().await;
    let (status, _, page) = get(&router, "/api/v1/operators", None).await;
    assert_eq!(status, StatusCode::OK);
    let listed = page["operators"].as_array().unwrap();
    let named = |name: &str| listed.iter().any(|known| known["name"] == name);
    for name in ["and", "not", "icontains", "<=", "anyof", "tolower", "val"] {
        assert!(named(name), "{name}");
    }
    for word in listed {
        let (name, example) = (word["name"].as_str().unwrap(), &word["example"]);
        assert!(example.as_str().unwrap().contains(name), "{word}");
        let text = json!([{
            "rule": "example", "desc": "an example", "condition": example, "output": "it matches",
            "priority": "WARNING", "source": "okta",
        }]);
        let request = json!({"files": [{"name": "example.yaml", "text": text.to_string()}]});
        let (_, _, found) = post(&router, "/api/v1/rules/validate", request.to_string()).await;
        assert_eq!(found["ok"], true, "{example}: {found}");
    }
}

#[tokio::test]
async fn event_types_say_who_carries_them() {
    let router = Bench::new().routes().await;
    let (status, _, page) = get(&router, "/api/v1/event-types", None).await;
    assert_eq!(status, StatusCode::OK);
    let listed = page["event_types"].as_array().unwrap();
    assert_eq!(listed.len(), event_types().count());
    let named = |name: &str| listed.iter().find(|known| known["name"] == name);
    let sign_in = json!({"name": "user.session.start", "hook": true, "debug_data": true});
    assert_eq!(named("user.session.start"), Some(&sign_in));
    assert!(listed.iter().any(|known| known["hook"] == false));
    let data = page["debug_data"].as_array().unwrap();
    assert!(data.contains(&json!("threatSuspected")));
}

#[tokio::test]
async fn a_list_that_the_client_has_is_not_sent_again() {
    let router = Bench::new().routes().await;
    for path in ["/api/v1/fields", "/api/v1/operators", "/api/v1/event-types"] {
        let (_, headers, _) = get(&router, path, None).await;
        let etag = headers["etag"].to_str().unwrap().to_owned();
        for had in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
            let (status, headers, page) = get(&router, path, Some(had.as_bytes())).await;
            let expected = (StatusCode::NOT_MODIFIED, Value::Null);
            assert_eq!((status, page), expected, "{had}");
            assert_eq!(headers["etag"], etag);
        }
        for other in [&b"\"other\""[..], b"", b"\xff"] {
            let (status, ..) = get(&router, path, Some(other)).await;
            assert_eq!(status, StatusCode::OK, "{other:?}");
        }
    }
}
