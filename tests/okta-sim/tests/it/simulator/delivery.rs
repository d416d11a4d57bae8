//! Delivery of events to hooks, and all that can go wrong with it.

use std::collections::BTreeSet;
use std::time::Duration;

use nightlatch_okta_sim::{
    DeliveryOptions, LogOptions, Mishaps, Options, Outcome, Scenario, Simulator,
};
use serde_json::{Value, json};

use super::client::{Caller, start};
use super::hooks::{act, create, verified, wish};
use super::receiver::{Receiver, Reply, Seen, eventually};

const START: &str = r#"{"eventType":"user.session.start"}"#;

fn options() -> Options {
    Options {
        starts_ago: Duration::from_hours(48),
        log: LogOptions {
            usual_delay: Duration::ZERO,
            ..LogOptions::default()
        },
        delivery: DeliveryOptions {
            timeout: Duration::from_millis(300),
            batch_window: Duration::from_millis(50),
            ..DeliveryOptions::default()
        },
        ..Options::default()
    }
}

/// An org with a hook for the start of sessions that is warm.
async fn warm(options: Options) -> (Simulator, Caller, Receiver) {
    let (org, caller) = start(options).await;
    let receiver = Receiver::start(&org).await;
    let caller = caller.as_administrator(&org);
    verified(&caller, &receiver.url, &["user.session.start"]).await;
    org.clock().skip(Duration::from_mins(1));
    (org, caller, receiver)
}

/// What the log says of hooks and of limits of operations.
async fn told(caller: &Caller, org: &Simulator) -> Vec<Value> {
    org.clock().skip(Duration::from_secs(1));
    let filter = "eventType+eq+%22event_hook.delivery%22+or+eventType+sw+%22system.operation%22";
    let answer = caller.get(&format!("/api/v1/logs?filter={filter}")).await;
    answer.body.as_array().unwrap().clone()
}

#[tokio::test]
async fn an_event_comes_in_the_envelope_with_the_hooks_headers() {
    let (org, caller, receiver) = warm(options()).await;
    let uuid = org.emit(START).unwrap();
    org.emit(r#"{"eventType":"user.session.end"}"#).unwrap();
    eventually("a delivery", || !receiver.posts().is_empty()).await;
    org.settle().await;
    assert_eq!(
        receiver.posts().len(),
        1,
        "the other type is not subscribed to"
    );
    let post = &receiver.posts()[0];
    assert_eq!(post.uuids(), [uuid.to_string()]);
    assert_eq!(post.header("Authorization"), "hook secret");
    assert_eq!(post.header("X-Extra"), "more");
    assert_eq!(post.header("Content-Type"), "application/json");
    assert_eq!(post.header("User-Agent"), "Okta-Integrations");
    let source = post.body["source"].as_str().unwrap();
    let id = &org.hooks()[0].id;
    assert_eq!(
        source,
        format!("https://acme.okta.com/api/v1/eventHooks/{id}")
    );
    assert_eq!(post.body["eventType"], "com.okta.event_hook");
    org.clock().skip(Duration::from_secs(1));
    let answer = caller
        .get("/api/v1/logs?filter=eventType+eq+%22user.session.start%22")
        .await;
    assert_eq!(answer.body.as_array().unwrap().len(), 1);
    let events = org.events();
    let event = events.iter().find(|event| event.uuid == uuid).unwrap();
    assert_eq!(event.delivered, 1);
}

#[tokio::test]
async fn an_org_with_a_custom_domain_names_it_as_the_source() {
    let (org, _caller, receiver) = warm(Options {
        custom_domain: Some("id.acme.example".to_owned()),
        ..options()
    })
    .await;
    org.emit(START).unwrap();
    org.settle().await;
    let source = receiver.posts()[0].body["source"].clone();
    let id = &org.hooks()[0].id;
    assert_eq!(
        source,
        format!("https://id.acme.example/api/v1/eventHooks/{id}")
    );
}

#[tokio::test]
async fn a_hook_needs_a_minute_to_warm_up() {
    let (org, caller) = start(options()).await;
    let receiver = Receiver::start(&org).await;
    let caller = caller.as_administrator(&org);
    verified(&caller, &receiver.url, &["user.session.start"]).await;
    org.emit(START).unwrap();
    org.clock().skip(Duration::from_mins(1));
    let uuid = org.emit(START).unwrap();
    eventually("the second event", || !receiver.posts().is_empty()).await;
    org.settle().await;
    let posts = receiver.posts();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].uuids(), [uuid.to_string()]);
}

#[tokio::test]
async fn events_close_to_each_other_share_a_delivery() {
    let (org, _caller, receiver) = warm(options()).await;
    for _ in 0..20 {
        org.emit(START).unwrap();
    }
    org.settle().await;
    let posts = receiver.posts();
    assert!(posts.len() < 10, "{}", posts.len());
    let uuids: BTreeSet<_> = posts.iter().flat_map(Seen::uuids).collect();
    assert_eq!(uuids.len(), 20);
}

#[tokio::test]
async fn a_delivery_is_tried_again_after_5xx_and_silence_but_not_after_4xx() {
    let (org, caller, receiver) = warm(options()).await;
    for (replies, calls, accepted) in [
        (vec![Reply::Status(503)], 2, true),
        (vec![Reply::Never], 2, true),
        (vec![Reply::Status(500), Reply::Status(500)], 2, false),
        (vec![Reply::Never, Reply::Never], 2, false),
        (vec![Reply::Status(429)], 1, false),
        (vec![Reply::Status(301)], 1, false),
        (vec![Reply::Status(204)], 1, true),
    ] {
        let before = receiver.posts().len();
        receiver.reply(&replies);
        org.emit(START).unwrap();
        org.settle().await;
        let posts = receiver.posts();
        assert_eq!(posts.len() - before, calls, "{replies:?}");
        assert!(
            posts[before..]
                .windows(2)
                .all(|pair| pair[0].body["eventId"] == pair[1].body["eventId"])
        );
        let last = org.deliveries().pop().unwrap();
        assert_eq!(last.outcome == Outcome::Accepted, accepted, "{last:?}");
    }
    let told = told(&caller, &org).await;
    assert_eq!(told.len(), 4);
    let texts: Vec<_> = told
        .iter()
        .map(|event| {
            event["debugContext"]["debugData"]["errorMessage"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert!(
        texts.contains(&"Hook \"Nightlatch\" execution failed. Hook timed out"),
        "{texts:?}"
    );
    assert!(
        told.iter()
            .all(|event| event["outcome"]["result"] == "FAILURE")
    );
}

#[tokio::test]
async fn a_hook_that_was_reset_or_ended_is_not_called() {
    let (org, caller, receiver) = warm(options()).await;
    let id = org.hooks()[0].id.clone();
    org.reset_hook(&id);
    org.emit(START).unwrap();
    org.settle().await;
    assert!(receiver.posts().is_empty());
    let path = format!("/api/v1/eventHooks/{id}/lifecycle/verify");
    caller.send(reqwest::Method::POST, &path, None).await;
    org.clock().skip(Duration::from_mins(1));
    org.emit(START).unwrap();
    org.settle().await;
    assert_eq!(receiver.posts().len(), 1);
}

#[tokio::test]
async fn mishaps_lose_double_delay_and_shuffle() {
    let (org, _caller, receiver) = warm(options()).await;
    let emit = || {
        (0..20)
            .map(|_| org.emit(START).unwrap().to_string())
            .collect::<Vec<_>>()
    };
    org.set_mishaps(Mishaps {
        lost: 1.0,
        ..Mishaps::default()
    });
    emit();
    org.settle().await;
    assert!(receiver.posts().is_empty());
    assert!(org.delivery_counts().lost > 0);

    org.set_mishaps(Mishaps {
        duplicated: 1.0,
        ..Mishaps::default()
    });
    emit();
    org.settle().await;
    let posts = receiver.posts();
    let uuids: Vec<_> = posts.iter().flat_map(Seen::uuids).collect();
    assert_eq!(uuids.len(), 40);
    assert_eq!(uuids.iter().collect::<BTreeSet<_>>().len(), 20);

    let before = posts.len();
    org.set_mishaps(Mishaps {
        delayed: 1.0,
        delayed_by_s: 7200.0,
        shuffled: 1.0,
        ..Mishaps::default()
    });
    let emitted = emit();
    org.settle().await;
    assert_eq!(receiver.posts().len(), before, "held back");
    org.clock().skip(Duration::from_hours(2));
    eventually("all that was held back", || {
        let posts = receiver.posts();
        posts[before..]
            .iter()
            .map(|post| post.uuids().len())
            .sum::<usize>()
            == 20
    })
    .await;
    let late: Vec<_> = receiver.posts()[before..]
        .iter()
        .flat_map(Seen::uuids)
        .collect();
    assert_ne!(late, emitted);
    assert_eq!(
        late.iter().collect::<BTreeSet<_>>(),
        emitted.iter().collect()
    );
}

#[tokio::test]
async fn the_days_quota_warns_then_ends_and_begins_anew() {
    let (org, caller, receiver) = warm(Options {
        delivery: DeliveryOptions {
            daily_quota: 10,
            ..options().delivery
        },
        ..options()
    })
    .await;
    for _ in 0..12 {
        org.emit(START).unwrap();
    }
    org.settle().await;
    let count = || {
        receiver
            .posts()
            .iter()
            .map(|post| post.uuids().len())
            .sum::<usize>()
    };
    assert_eq!(count(), 10);
    assert_eq!(org.delivery_counts().events_over_quota, 2);
    let told = told(&caller, &org).await;
    let types: Vec<_> = told
        .iter()
        .map(|event| event["eventType"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "system.operation.rate_limit.warning",
            "system.operation.rate_limit.violation"
        ]
    );
    let data = &told[0]["debugContext"]["debugData"];
    assert_eq!(data["operationRateLimitType"], "event_hook_delivery");
    org.clock().skip(Duration::from_hours(24));
    org.emit(START).unwrap();
    org.settle().await;
    assert_eq!((count(), org.quota_used()), (11, 1));
}

#[tokio::test]
async fn the_org_lives_at_its_pace_in_simulated_time_and_is_attacked() {
    // A failed delivery is an event, too, and a busy machine is slow to answer.
    let (org, caller, receiver) = warm(Options {
        delivery: DeliveryOptions {
            timeout: Duration::from_secs(10),
            ..options().delivery
        },
        ..options()
    })
    .await;
    org.set_pace(2.0);
    org.attack(Scenario::AccountTakeover);
    org.clock().skip(Duration::from_mins(10));
    org.settle().await;
    org.set_pace(0.0);
    let count = org.event_count();
    assert!((1200..1400).contains(&count), "{count}");
    let events = org.events();
    let span = events.last().unwrap().published_ms - events[5].published_ms;
    assert!((500_000..700_000).contains(&span), "{span} ms");
    let sessions: usize = receiver.posts().iter().map(|post| post.uuids().len()).sum();
    assert!((100..400).contains(&sessions), "{sessions}");
    let log = "/api/v1/logs?filter=eventType+eq+%22system.api_token.create%22";
    assert!(!caller.get(log).await.body.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_but_this_machine_is_called() {
    let (org, caller) = start(options()).await;
    let caller = caller.as_administrator(&org);
    for url in ["https://192.0.2.1/", "https://[2001:db8::1]/"] {
        let wish = super::hooks::wish(url, &["user.session.start"]);
        let made = caller
            .send(reqwest::Method::POST, "/api/v1/eventHooks", Some(&wish))
            .await;
        let path = format!("/api/v1/eventHooks/{}/lifecycle/verify", made.text("/id"));
        let began = std::time::Instant::now();
        assert_eq!(
            caller.send(reqwest::Method::POST, &path, None).await.status,
            400
        );
        assert!(
            began.elapsed() < Duration::from_millis(250),
            "it was called"
        );
    }
}

#[tokio::test]
async fn a_filter_lets_through_what_meets_its_condition() {
    let (org, caller) = start(options()).await;
    let receiver = Receiver::start(&org).await;
    let caller = caller.as_administrator(&org);
    let mut filtered = wish(&receiver.url, &["user.session.start", "user.session.end"]);
    filtered["events"]["filter"] = json!({"type": "EXPRESSION_LANGUAGE", "eventFilterMap": [
        {"event": "user.session.start",
         "condition": {"expression": "event.outcome.result eq 'FAILURE'"}},
    ]});
    let made = create(&caller, &filtered).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let condition = &made.body["events"]["filter"]["eventFilterMap"][0]["condition"];
    assert_eq!(condition["version"], Value::Null);
    let path = format!("/api/v1/eventHooks/{}", made.text("/id"));
    act(&caller, &path, "verify").await;
    org.clock().skip(Duration::from_mins(1));
    let event = |kind: &str, result: &str| {
        let event = json!({"eventType": kind, "outcome": {"result": result}});
        org.emit(&event.to_string()).unwrap().to_string()
    };
    let failed = event("user.session.start", "FAILURE");
    event("user.session.start", "SUCCESS");
    let ended = event("user.session.end", "SUCCESS");

    org.clock().skip(Duration::from_secs(1));
    org.settle().await;

    let delivered: BTreeSet<String> = receiver.posts().iter().flat_map(Seen::uuids).collect();
    assert_eq!(delivered, BTreeSet::from([failed, ended]));
    filtered["events"]["filter"]["eventFilterMap"][0]["condition"]["expression"] = json!("event.");
    assert_eq!(create(&caller, &filtered).await.status, 400);
}
