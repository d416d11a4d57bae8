//! The System Log: its two kinds of request, its links, its order, its limits.

use std::collections::BTreeSet;
use std::time::Duration;

use nightlatch_okta_sim::{Endpoint, LimitOptions, LogOptions, Options, Org, Simulator, Traffic};
use serde_json::Value;

use super::client::{Answer, Caller, start};

const LOGS: &str = "/api/v1/logs";
const HOUR: Duration = Duration::from_hours(1);

/// An org whose log is as late as it is told to be, with simulated time a day behind.
async fn org(log: LogOptions) -> (Simulator, Caller) {
    let (org, caller) = start(Options {
        starts_ago: 24 * HOUR,
        log,
        ..Options::default()
    })
    .await;
    let caller = caller.as_administrator(&org);
    (org, caller)
}

fn at_once() -> LogOptions {
    LogOptions {
        usual_delay: Duration::ZERO,
        ..LogOptions::default()
    }
}

/// Lets so many events happen, one a second of simulated time.
fn live(org: &Simulator, count: usize) {
    let mut traffic = Traffic::new(Org::new(7, "acme.okta.com"), 1);
    for _ in 0..count {
        org.happen(&traffic.next(org.clock().now_ms()));
        org.clock().skip(Duration::from_secs(1));
    }
}

fn uuids(answer: &Answer) -> Vec<String> {
    let events = answer
        .body
        .as_array()
        .unwrap_or_else(|| panic!("{answer:?}"));
    let uuid = |event: &Value| event["uuid"].as_str().unwrap().to_owned();
    events.iter().map(uuid).collect()
}

fn link(answer: &Answer, relation: &str) -> Option<String> {
    let links = answer.headers.get_all("link").iter();
    links
        .map(|link| link.to_str().unwrap())
        .find(|link| link.ends_with(&format!("; rel=\"{relation}\"")))
        .map(|link| {
            let (url, _) = link.split_once('>').unwrap();
            url.trim_start_matches('<').to_owned()
        })
}

/// Follows next links until a page is not full; returns all ids and the last link.
async fn walk(caller: &Caller, path: &str, limit: usize) -> (Vec<String>, Option<String>) {
    let mut next = Some(path.to_owned());
    let mut all = Vec::new();
    while let Some(path) = next {
        let answer = caller.get(&path).await;
        let page = uuids(&answer);
        next = link(&answer, "next");
        let is_full = page.len() == limit;
        all.extend(page);
        if !is_full {
            break;
        }
    }
    (all, next)
}

#[tokio::test]
async fn a_poll_returns_every_event_and_always_has_a_next_link() {
    let (org, caller) = org(at_once()).await;
    live(&org, 250);
    let (found, next) = walk(&caller, &format!("{LOGS}?limit=100"), 100).await;
    let logged: Vec<_> = org
        .events()
        .iter()
        .map(|event| event.uuid.to_string())
        .collect();
    assert_eq!(found, logged);
    let next = next.unwrap();
    assert!(next.starts_with(&format!("{}/api/v1/logs?limit=100&after=", caller.url)));
    let empty = caller.get(&next).await;
    assert_eq!(uuids(&empty).len(), 0);
    assert_eq!(link(&empty, "self").unwrap(), next);
    assert_eq!(link(&empty, "next").unwrap(), next);
    live(&org, 3);
    assert_eq!(uuids(&caller.get(&next).await).len(), 3);
    assert_eq!(
        uuids(&caller.get(&format!("{LOGS}?limit=0")).await).len(),
        0
    );
    assert_eq!(uuids(&caller.get(LOGS).await).len(), 100, "the default");
    live(&org, 800);
    assert_eq!(
        uuids(&caller.get(&format!("{LOGS}?limit=5000")).await).len(),
        1000
    );
}

#[tokio::test]
async fn late_events_come_out_of_order_to_polls_and_never_to_a_finished_span() {
    let (org, caller) = org(LogOptions {
        usual_delay: Duration::ZERO,
        late_share: 0.2,
        late_by: HOUR,
    })
    .await;
    let begin = org.clock().now_ms();
    live(&org, 300);
    let span = |until: i64| {
        let text = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
        format!(
            "{LOGS}?limit=1000&since={}&until={}",
            text(begin),
            text(until)
        )
    };
    let until = org.clock().now_ms();
    let early = caller.get(&span(until)).await;
    let seen = uuids(&early);
    assert!((200..290).contains(&seen.len()), "{}", seen.len());
    assert_eq!(link(&early, "next"), None);
    let published: Vec<_> = early.body.as_array().unwrap().iter().collect();
    assert!(published.is_sorted_by_key(|event| event["published"].as_str().unwrap()));

    let (first, next) = walk(&caller, &format!("{LOGS}?limit=1000"), 1000).await;
    org.clock().skip(HOUR);
    let (rest, _) = walk(&caller, &next.unwrap(), 1000).await;
    let polled: Vec<String> = first.into_iter().chain(rest).collect();
    assert_eq!(polled.iter().collect::<BTreeSet<_>>().len(), 300);
    assert_eq!(uuids(&caller.get(&span(until)).await).len(), 300);
    let times: Vec<_> = polled
        .iter()
        .map(|uuid| {
            let events = org.events();
            let event = events.iter().find(|event| event.uuid.to_string() == *uuid);
            event.unwrap().published_ms
        })
        .collect();
    assert!(!times.is_sorted());
}

#[tokio::test]
async fn a_bounded_request_ends_in_either_order() {
    let (org, caller) = org(at_once()).await;
    live(&org, 120);
    let until = jiff::Timestamp::from_millisecond(org.clock().now_ms()).unwrap();
    let forth = format!("{LOGS}?limit=50&until={until}");
    let (mut forwards, next) = walk(&caller, &forth, 50).await;
    assert_eq!((forwards.len(), next), (120, None));
    let (backwards, next) = walk(
        &caller,
        &format!("{LOGS}?limit=50&sortOrder=DESCENDING"),
        50,
    )
    .await;
    assert_eq!(next, None);
    forwards.reverse();
    assert_eq!(forwards, backwards);
}

#[tokio::test]
async fn the_log_shows_what_hooks_carry_in_a_shape_of_its_own() {
    let (org, caller) = org(at_once()).await;
    live(&org, 1);
    let answer = caller.get(LOGS).await;
    let event = &answer.body[0];
    assert!(event["client"].get("ipChain").is_none(), "{event}");
    assert!(event["request"]["ipChain"].is_array(), "{event}");
    assert!(event.get("insertionTimestamp").is_none(), "{event}");
}

#[tokio::test]
async fn filters_and_words_choose() {
    let (org, caller) = org(at_once()).await;
    live(&org, 300);
    org.emit(r#"{"eventType":"policy.evaluate_sign_on","actor":{"id":"zz-top"}}"#)
        .unwrap();
    let count =
        async |query: &str| uuids(&caller.get(&format!("{LOGS}?limit=1000&{query}")).await).len();
    let sso = count("filter=eventType+eq+%22user.authentication.sso%22").await;
    assert!((50..150).contains(&sso), "{sso}");
    let rest = count("filter=eventType+ne+%22user.authentication.sso%22").await;
    assert_eq!(sso + rest, 301);
    assert_eq!(count("filter=actor.id+eq+%22zz-top%22").await, 1);
    assert_eq!(count("q=ZZ-TOP+policy").await, 1);
    let answer = caller
        .get(&format!("{LOGS}?filter=eventType+eqq+%22x%22"))
        .await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (400, "E0000053")
    );
    assert!(
        answer
            .text("/errorSummary")
            .contains("Unrecognized attribute operator 'eqq'")
    );
}

#[tokio::test]
async fn what_can_not_be_asked_is_refused() {
    let (org, caller) = org(at_once()).await;
    for (query, code) in [
        ("since=yesterday", "E0000001"),
        ("since=2020-01-01T00:00:00Z", "E0000053"),
        ("since=2026-11-01T00:00:00Z&after=1_1", "E0000001"),
        ("after=lost", "E0000029"),
        ("after=1_999999", "E0000029"),
        ("sortOrder=SIDEWAYS", "E0000001"),
        ("limit=many", "E0000001"),
        ("q=1+2+3+4+5+6+7+8+9+10+11", "E0000001"),
        ("filter=published+gt+%22x%22", "E0000031"),
    ] {
        let answer = caller.get(&format!("{LOGS}?{query}")).await;
        assert_eq!(
            (answer.status, answer.text("/errorCode")),
            (400, code),
            "{query}"
        );
    }
    let next = link(&caller.get(LOGS).await, "next").unwrap();
    assert_eq!(caller.get(&next).await.status, 200);
    org.forget_cursors();
    let lost = caller.get(&next).await;
    assert_eq!(lost.text("/errorCauses/0/errorSummary"), "Invalid cursor.");
    let next = link(&caller.get(LOGS).await, "next").unwrap();
    assert_eq!(caller.get(&next).await.status, 200);
}

#[tokio::test]
async fn a_greedy_client_is_stopped_at_half_the_bucket_and_shows_in_the_log() {
    let (org, caller) = org(at_once()).await;
    org.set_limits(LimitOptions {
        logs: 20,
        ..LimitOptions::default()
    });
    let polite = caller.as_administrator(&org);
    for used in 1..=10 {
        let answer = caller.get(LOGS).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-rate-limit-limit"), "10");
        assert_eq!(
            answer.header("x-rate-limit-remaining"),
            (10 - used).to_string()
        );
    }
    let refused = caller.get(LOGS).await;
    assert_eq!(
        (refused.status, refused.text("/errorCode")),
        (429, "E0000047")
    );
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    assert!(!refused.header("x-rate-limit-reset").is_empty());
    assert_eq!(refused.header("retry-after"), "");
    let log = format!("{LOGS}?filter=eventType+sw+%22system.org.rate_limit%22");
    let told = polite.get(&log).await;
    let types: Vec<_> = told
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["eventType"].clone())
        .collect();
    assert_eq!(
        types,
        [
            "system.org.rate_limit.warning",
            "system.org.rate_limit.violation"
        ]
    );
    let noted: Vec<_> = org.limit_notices();
    let client = &noted[0].client;
    assert!(client.starts_with("token:"), "{client}");
    let noted: Vec<_> = noted
        .iter()
        .map(|notice| (notice.endpoint, &notice.client, notice.is_violation))
        .collect();
    assert_eq!(
        noted,
        [
            (Endpoint::Logs, client, false),
            (Endpoint::Logs, client, true)
        ]
    );
    assert!(org.peak_share(Endpoint::Logs) > 1.0);
    assert!(
        org.peaks()
            .iter()
            .any(|peak| peak.used == 1 && peak.limit == 10)
    );
}

#[tokio::test]
async fn an_event_that_is_none_does_not_happen() {
    let (org, _) = org(at_once()).await;
    for bad in [
        "7",
        "{",
        "{}",
        r#"{"eventType":"x","uuid":"y"}"#,
        r#"{"eventType":"x","published":"y"}"#,
    ] {
        assert!(org.emit(bad).is_err(), "{bad}");
    }
    assert_eq!(org.event_count(), 0);
}
