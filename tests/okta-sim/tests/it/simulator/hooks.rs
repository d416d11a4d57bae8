//! Event hooks: how they are made, verified, changed and ended, and what is refused.

use std::time::Duration;

use nightlatch_okta_sim::{DeliveryOptions, Options, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, start};
use super::receiver::{Receiver, Reply};

const HOOKS: &str = "/api/v1/eventHooks";

/// What a hook is asked for with.
pub(super) fn wish(url: &str, types: &[&str]) -> Value {
    json!({
        "name": "Nightlatch",
        "events": {"type": "EVENT_TYPE", "items": types},
        "channel": {"type": "HTTP", "version": "1.0.0", "config": {
            "uri": url,
            "headers": [{"key": "X-Extra", "value": "more"}],
            "authScheme": {"type": "HEADER", "key": "Authorization", "value": "hook secret"},
        }},
    })
}

pub(super) async fn create(caller: &Caller, wish: &Value) -> Answer {
    caller.send(Method::POST, HOOKS, Some(wish)).await
}

/// Makes a hook and verifies it; returns its path.
pub(super) async fn verified(caller: &Caller, url: &str, types: &[&str]) -> String {
    let answer = create(caller, &wish(url, types)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let path = format!("{HOOKS}/{}", answer.text("/id"));
    let answer = act(caller, &path, "verify").await;
    assert_eq!(answer.text("/verificationStatus"), "VERIFIED", "{answer:?}");
    path
}

pub(super) async fn act(caller: &Caller, path: &str, act: &str) -> Answer {
    let path = format!("{path}/lifecycle/{act}");
    caller.send(Method::POST, &path, None).await
}

async fn with_receiver(timeout: Duration) -> (Simulator, Caller, Receiver) {
    let (org, caller) = start(Options {
        delivery: DeliveryOptions {
            timeout,
            ..DeliveryOptions::default()
        },
        ..Options::default()
    })
    .await;
    let receiver = Receiver::start(&org).await;
    let caller = caller.as_administrator(&org);
    (org, caller, receiver)
}

fn states(answer: &Answer) -> (&str, &str) {
    (answer.text("/status"), answer.text("/verificationStatus"))
}

#[tokio::test]
async fn a_hook_lives_as_okta_has_it() {
    let (org, caller, receiver) = with_receiver(Duration::from_secs(3)).await;
    let mut wish = wish(&receiver.url, &["user.session.start"]);
    let made = create(&caller, &wish).await;
    assert_eq!(
        (made.status, states(&made)),
        (200, ("ACTIVE", "UNVERIFIED"))
    );
    assert!(made.text("/id").starts_with("who"));
    assert!(made.text("/created").contains(".000Z"));
    assert_eq!(made.body["events"]["filter"], Value::Null);
    assert_eq!(made.text("/channel/config/headers/0/value"), "more");
    assert!(!made.body.to_string().contains("hook secret"));
    let path = format!("{HOOKS}/{}", made.text("/id"));
    assert!(
        made.text("/_links/verify/href")
            .ends_with(&format!("{path}/lifecycle/verify"))
    );

    let verified = act(&caller, &path, "verify").await;
    assert_eq!(
        (verified.status, states(&verified)),
        (200, ("ACTIVE", "VERIFIED"))
    );
    let call = &receiver.seen()[0];
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/okta"));
    assert_eq!(call.header("Authorization"), "hook secret");
    assert_eq!(call.header("X-Extra"), "more");
    assert_eq!(call.header("User-Agent"), "Okta-Integrations");
    assert_eq!(call.header("X-Okta-Verification-Challenge").len(), 40);

    let replaced = caller.send(Method::PUT, &path, Some(&wish)).await;
    assert_eq!(states(&replaced), ("ACTIVE", "VERIFIED"), "same channel");
    wish["channel"]["config"]["uri"] = json!(format!("{}/2", receiver.url));
    let replaced = caller.send(Method::PUT, &path, Some(&wish)).await;
    assert_eq!(
        states(&replaced),
        ("ACTIVE", "UNVERIFIED"),
        "another channel"
    );

    let early = caller.send(Method::DELETE, &path, None).await;
    assert_eq!(early.status, 400, "{early:?}");
    let ended = act(&caller, &path, "deactivate").await;
    assert_eq!(states(&ended), ("INACTIVE", "UNVERIFIED"));
    assert!(ended.body["_links"]["verify"].is_null() && !ended.body["_links"]["delete"].is_null());
    assert_eq!(
        states(&act(&caller, &path, "activate").await),
        ("ACTIVE", "UNVERIFIED")
    );
    wish["status"] = json!("INACTIVE");
    let replaced = caller.send(Method::PUT, &path, Some(&wish)).await;
    assert_eq!(states(&replaced), ("INACTIVE", "UNVERIFIED"));
    assert_eq!(caller.send(Method::DELETE, &path, None).await.status, 204);
    let gone = caller.get(&path).await;
    assert_eq!((gone.status, gone.text("/errorCode")), (404, "E0000007"));
    assert!(
        gone.text("/errorSummary").ends_with("(Webhook)"),
        "{gone:?}"
    );
    assert!(gone.text("/errorId").starts_with("oae"));
    assert!(org.hooks().is_empty());
}

#[tokio::test]
async fn verification_is_tried_twice_and_its_failure_is_told_and_logged() {
    let (_org, caller, receiver) = with_receiver(Duration::from_millis(200)).await;
    let made = create(&caller, &wish(&receiver.url, &["user.session.start"])).await;
    let path = format!("{HOOKS}/{}", made.text("/id"));
    receiver.reply(&[Reply::Status(503), Reply::Well]);
    assert_eq!(act(&caller, &path, "verify").await.status, 200);
    for (replies, calls) in [
        (vec![Reply::Status(500), Reply::Status(500)], 2),
        (vec![Reply::Never, Reply::Never], 2),
        (vec![Reply::Status(404)], 1),
        (vec![Reply::Text("not JSON")], 1),
        (vec![Reply::Text(r#"{"verification":"another"}"#)], 1),
    ] {
        let before = receiver.seen().len();
        receiver.reply(&replies);
        let answer = act(&caller, &path, "verify").await;
        assert_eq!(
            (answer.status, answer.text("/errorCode")),
            (400, "E0000001")
        );
        assert_eq!(
            answer.text("/errorSummary"),
            "Api validation failed: eventHook"
        );
        assert_eq!(
            answer.text("/errorCauses/0/errorSummary"),
            "Unable to verify event hook. Hook Nightlatch execution failed"
        );
        assert_eq!(receiver.seen().len() - before, calls, "{replies:?}");
    }
    let nobody = wish("https://127.0.0.1:1/", &["user.session.start"]);
    let made = create(&caller, &nobody).await;
    let path = format!("{HOOKS}/{}", made.text("/id"));
    assert_eq!(act(&caller, &path, "verify").await.status, 400);
}

#[tokio::test]
async fn what_okta_would_refuse_is_refused() {
    let (_org, caller, _receiver) = with_receiver(Duration::from_secs(3)).await;
    let good = wish("https://hooks.example/", &["user.session.start"]);
    let change = |pointer: &str, value: Value| {
        let mut wish = good.clone();
        *wish.pointer_mut(pointer).unwrap() = value;
        wish
    };
    let many = vec!["user.session.start"; 301];
    for (wish, said) in [
        (change("/events/items", json!(many)), "At most 300"),
        (change("/events/items", json!([])), "left blank"),
        (
            change("/events/items", json!(["policy.evaluate_sign_on"])),
            "not eligible",
        ),
        (
            change("/events/items", json!(["user.session.begin"])),
            "Unknown event type",
        ),
        (
            change("/channel/config/uri", json!("http://hooks.example/")),
            "invalid URL provided",
        ),
        (change("/channel/version", json!("2.0.0")), "version"),
        (change("/name", json!("")), "name"),
    ] {
        let answer = create(&caller, &wish).await;
        assert_eq!(
            (answer.status, answer.text("/errorCode")),
            (400, "E0000001")
        );
        let cause = answer.text("/errorCauses/0/errorSummary");
        assert!(cause.contains(said), "{cause}");
    }
    let request = caller.request(Method::POST, HOOKS).body("{");
    assert_eq!(request.send().await.unwrap().status(), 400);
    let answer = caller
        .send(Method::PATCH, &format!("{HOOKS}/who1"), None)
        .await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (405, "E0000022")
    );
}

#[tokio::test]
async fn the_twenty_sixth_hook_finds_no_room() {
    let (org, caller, receiver) = with_receiver(Duration::from_secs(3)).await;
    for _ in 0..25 {
        verified(&caller, &receiver.url, &["user.session.start"]).await;
    }
    let answer = create(&caller, &wish(&receiver.url, &["user.session.start"])).await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (400, "E0000001")
    );
    let id = org.hooks()[0].id.clone();
    act(&caller, &format!("{HOOKS}/{id}"), "deactivate").await;
    let made = create(&caller, &wish(&receiver.url, &["user.session.start"])).await;
    assert_eq!(made.status, 200);
    assert_eq!(caller.get(HOOKS).await.body.as_array().unwrap().len(), 26);
}

#[tokio::test]
async fn what_is_done_to_hooks_stands_in_the_system_log() {
    let (org, caller, receiver) = with_receiver(Duration::from_secs(3)).await;
    let path = verified(&caller, &receiver.url, &["user.session.start"]).await;
    receiver.reply(&[Reply::Status(404)]);
    act(&caller, &path, "verify").await;
    act(&caller, &path, "deactivate").await;
    act(&caller, &path, "activate").await;
    act(&caller, &path, "deactivate").await;
    caller.send(Method::DELETE, &path, None).await;
    let log = "/api/v1/logs?filter=eventType%20sw%20%22event_hook%22";
    let mut found = Vec::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while found.len() < 7 {
        assert!(tokio::time::Instant::now() < deadline, "{found:?}");
        let answer = caller.get(log).await;
        found = answer.body.as_array().unwrap().clone();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut told: Vec<_> = found
        .iter()
        .map(|event| {
            let text = |pointer: &str| event.pointer(pointer).unwrap().as_str().unwrap();
            (text("/eventType"), text("/outcome/result"))
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("event_hook.activated", "SUCCESS"),
            ("event_hook.created", "SUCCESS"),
            ("event_hook.deactivated", "SUCCESS"),
            ("event_hook.deactivated", "SUCCESS"),
            ("event_hook.deleted", "SUCCESS"),
            ("event_hook.verified", "FAILURE"),
            ("event_hook.verified", "SUCCESS"),
        ]
    );
    assert_eq!(org.event_count(), 7);
}
