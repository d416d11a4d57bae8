//! Rate limits: never above half, and patience after a refusal.

use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use nightlatch_ingest::okta::{Bucket, LogRequest, SCOPES, Scope};
use nightlatch_okta_sim::{Endpoint, LimitOptions, Options};

use super::Bench;
use super::secrecy::client_secret;
use super::stranger::{Stranger, json};

const HOOKS: &str = "[]";

fn token() -> Vec<u8> {
    let token = "{\"token_type\":\"Bearer\",\"access_token\":\"a\",\"expires_in\":3600}";
    json(200, &[], token)
}

/// The date and the rate headers of a window that ends some seconds from now.
fn told(limit: u32, remaining: u32, seconds: i64) -> [String; 4] {
    let now = Timestamp::now();
    let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    [
        format!("date: {}", date.unwrap()),
        format!("x-rate-limit-limit: {limit}"),
        format!("x-rate-limit-remaining: {remaining}"),
        format!("x-rate-limit-reset: {}", now.as_second() + seconds),
    ]
}

fn answer(status: u16, headers: &[String; 4], body: &str) -> Vec<u8> {
    json(status, &headers.each_ref().map(String::as_str), body)
}

#[tokio::test]
async fn no_more_than_half_of_a_limit_is_used_and_the_rest_waits() {
    let limits = LimitOptions {
        logs: 40,
        ..LimitOptions::default()
    };
    let bench = Bench::with(Options {
        limits,
        ..Options::default()
    })
    .await;
    let okta = bench.integration();
    let request = LogRequest::Since {
        since: Timestamp::now() - SignedDuration::from_hours(1),
        filter: None,
        limit: 1,
    };
    // The org advertises 20: half of the bucket is for one client. A call is left for other processes.
    for _ in 0..9 {
        okta.system_log(&request).await.unwrap();
    }
    let next = okta.system_log(&request);
    let waits = tokio::time::timeout(Duration::from_millis(300), next).await;
    assert!(waits.is_err(), "the tenth call waits for the next window");
    let share = bench.org.peak_share(Endpoint::Logs);
    assert!((share - 0.45).abs() < f64::EPSILON, "{share}");
}

/// The other one has walked before, was another's for a while, and takes the walk over within a window.
#[tokio::test]
async fn two_processes_on_one_bucket_use_no_more_than_half_of_it_together() {
    let limits = LimitOptions {
        logs: 120,
        ..LimitOptions::default()
    };
    let bench = Bench::with(Options {
        limits,
        ..Options::default()
    })
    .await;
    let credentials = bench.secret(&SCOPES.map(Scope::name));
    let (first, second) = (
        bench.okta(credentials.clone()),
        bench.elsewhere(credentials),
    );
    let request = LogRequest::Since {
        since: Timestamp::now() - SignedDuration::from_hours(1),
        filter: None,
        limit: 1,
    };
    let mut calls = 0;
    for okta in [&second, &first, &second, &first] {
        for _ in 0..20 {
            if okta.until_room(Bucket::SystemLog).is_some() {
                break;
            }
            okta.system_log(&request).await.unwrap();
            calls += 1;
        }
    }
    // Of the 60 that the org advertises.
    assert!((27..=30).contains(&calls), "{calls}");
    let share = bench.org.peak_share(Endpoint::Logs);
    assert!(share <= 0.5, "{share}");
}

#[tokio::test]
async fn clients_of_one_org_share_its_limits() {
    let bench = Bench::with(Options {
        limits: LimitOptions {
            management: 20,
            ..LimitOptions::default()
        },
        ..Options::default()
    })
    .await;
    let (first, second) = (bench.integration(), bench.integration());
    for _ in 0..3 {
        first.event_hooks().await.unwrap();
    }
    for _ in 0..2 {
        second.event_hooks().await.unwrap();
    }
    let next = second.event_hooks();
    let waits = tokio::time::timeout(Duration::from_millis(300), next).await;
    assert!(waits.is_err(), "five of ten are used");
}

#[tokio::test]
async fn a_refused_call_waits_for_the_window_and_is_made_again_once() {
    let body = "{\"errorCode\":\"E0000047\",\"errorSummary\":\"API call exceeded rate limit due to \
                too many requests.\",\"errorId\":\"oae1\",\"errorCauses\":[]}";
    let answers = vec![
        token(),
        answer(429, &told(50, 0, 1), body),
        answer(200, &told(50, 49, 60), HOOKS),
    ];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    assert_eq!(okta.event_hooks().await.unwrap(), []);
    let seen = stranger.seen();
    assert_eq!(seen.len(), 3);
    let waited = seen[2].0 - seen[1].0;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn too_many_calls_at_a_time_are_followed_by_a_pause() {
    let answers = vec![
        token(),
        answer(429, &told(0, 0, 60), "{\"errorCode\":\"E0000047\"}"),
        answer(200, &told(50, 49, 60), HOOKS),
    ];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    assert_eq!(okta.event_hooks().await.unwrap(), []);
    let seen = stranger.seen();
    let waited = seen[2].0 - seen[1].0;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    assert!(waited < Duration::from_secs(30), "{waited:?}");
}

#[tokio::test]
async fn a_reset_in_the_past_is_tolerated() {
    let answers = vec![token(), answer(200, &told(50, 49, -86_400), HOOKS)];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    for _ in 0..3 {
        assert_eq!(okta.event_hooks().await.unwrap(), []);
    }
}
