//! Pages of the System Log.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nightlatch_ingest::okta::{LogRequest, NextLink, Problem};
use nightlatch_okta_sim::{LimitOptions, LogOptions, Options};

use serde_json::Value;

use super::Bench;
use super::stranger::{Stranger, json};

/// An event may be kept a moment after it was published.
const DEADLINE: Duration = Duration::from_secs(20);
/// What the token endpoint answers.
pub(super) const TOKEN: &str =
    "{\"token_type\":\"Bearer\",\"access_token\":\"a\",\"expires_in\":3600}";

fn event(number: usize) -> String {
    let uuid = format!("00000000-0000-4000-8000-{number:012}");
    format!(
        "{{\"uuid\":\"{uuid}\",\"published\":\"{}\",\"eventType\":\"user.session.start\",\
         \"version\":\"0\",\"severity\":\"INFO\",\"actor\":{{\"id\":\"00u1\",\"type\":\"User\"}},\
         \"outcome\":{{\"result\":\"SUCCESS\"}}}}",
        Timestamp::now()
    )
}

fn at_once() -> Options {
    Options {
        log: LogOptions {
            usual_delay: Duration::ZERO,
            ..LogOptions::default()
        },
        limits: LimitOptions {
            logs: 6000,
            ..LimitOptions::default()
        },
        ..Options::default()
    }
}

pub(super) fn since_an_hour_ago(limit: u16) -> LogRequest {
    LogRequest::Since {
        since: Timestamp::now() - SignedDuration::from_hours(1),
        filter: Some("eventType eq \"user.session.start\"".to_owned()),
        limit,
    }
}

#[tokio::test]
async fn the_pages_of_the_log_hold_each_event_once_and_always_lead_on() {
    let bench = Bench::with(at_once()).await;
    for number in 0..25 {
        bench.org.emit(&event(number)).unwrap();
    }
    let okta = bench.integration();
    let (mut uuids, mut request) = (BTreeSet::new(), since_an_hour_ago(10));
    let mut follow = async |wanted: usize| {
        let deadline = Instant::now() + DEADLINE;
        while uuids.len() < wanted {
            assert!(Instant::now() < deadline, "{} of {wanted}", uuids.len());
            let page = okta.system_log(&request).await.unwrap();
            assert!(page.events.len() <= 10);
            for event in &page.events {
                let value: Value = serde_json::from_slice(event).unwrap();
                assert!(uuids.insert(value["uuid"].as_str().unwrap().to_owned()));
            }
            let next = page.next.unwrap();
            // It is kept as text and read again, as after a restart.
            request = LogRequest::Next(NextLink::read(next.as_str(), &bench.address).unwrap());
        }
    };
    follow(25).await;
    bench.org.emit(&event(25)).unwrap();
    follow(26).await;
}

#[tokio::test]
async fn a_span_of_the_log_ends() {
    let bench = Bench::with(at_once()).await;
    for number in 0..3 {
        bench.org.emit(&event(number)).unwrap();
    }
    let okta = bench.integration();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let request = LogRequest::Between {
            since: Timestamp::now() - SignedDuration::from_hours(1),
            until: Timestamp::now() + SignedDuration::from_hours(1),
            filter: None,
            limit: 1000,
        };
        let page = okta.system_log(&request).await.unwrap();
        assert_eq!(page.next, None);
        if page.events.len() >= 3 {
            return;
        }
        assert!(Instant::now() < deadline, "{:?}", page.events);
    }
}

#[tokio::test]
async fn a_place_that_okta_has_forgotten_is_told_from_other_refusals() {
    let bench = Bench::with(at_once()).await;
    let okta = bench.integration();
    let page = okta.system_log(&since_an_hour_ago(10)).await.unwrap();
    bench.org.forget_cursors();
    let error = okta.system_log(&LogRequest::Next(page.next.unwrap())).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error.problem(), Problem::LostPlace { .. }),
        "{error}"
    );

    let request = LogRequest::Since {
        since: Timestamp::now(),
        filter: Some("eventType eqq \"x\"".to_owned()),
        limit: 1,
    };
    let error = okta.system_log(&request).await.unwrap_err();
    assert!(
        matches!(error.problem(), Problem::Rejected { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn each_event_keeps_its_bytes_and_the_next_link_is_found_among_others() {
    let body = "[ {\"a\" : 1.0,\"a\":2}\n,{\"b\":\"\\u00e9\"} ]";
    let link = "link: <https://acme.okta.com/api/v1/logs?after=1,2>; rel=\"self\", \
                <https://acme.okta.com/api/v1/logs?after=3%2C4&limit=2>; rel=\"next\"";
    let answers = vec![json(200, &[], TOKEN), json(200, &[link], body)];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(super::secrecy::client_secret());
    let page = okta.system_log(&since_an_hour_ago(2)).await.unwrap();
    assert_eq!(
        page.events,
        [&b"{\"a\" : 1.0,\"a\":2}"[..], b"{\"b\":\"\\u00e9\"}"]
    );
    assert_eq!(
        page.next.unwrap().as_str(),
        "https://acme.okta.com/api/v1/logs?after=3%2C4&limit=2"
    );
}

#[tokio::test]
async fn a_page_may_be_larger_than_any_other_answer_and_has_an_end_too() {
    let large = format!("[{{\"a\":\"{}\"}}]", "x".repeat(11 * 1024 * 1024));
    let too_large = b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\
                      content-length: 67108865\r\nconnection: close\r\n\r\n[";
    let answers = vec![
        json(200, &[], TOKEN),
        json(200, &[], &large),
        too_large.to_vec(),
    ];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(super::secrecy::client_secret());
    let page = okta.system_log(&since_an_hour_ago(2)).await.unwrap();
    assert_eq!(page.events.len(), 1);
    let error = okta.system_log(&since_an_hour_ago(2)).await.unwrap_err();
    assert_eq!(*error.problem(), Problem::LargePage);
    let told = super::told(&error);
    assert!(told.contains("64 MiB") && !told.contains("proxy"), "{told}");
}

#[tokio::test]
async fn a_page_that_is_no_list_is_refused() {
    for body in ["{}", "[{}", "[{}] []", "[{},]", "", "null"] {
        let answers = vec![json(200, &[], TOKEN), json(200, &[], body)];
        let stranger = Stranger::start(answers).await;
        let okta = stranger.okta(super::secrecy::client_secret());
        let error = okta.system_log(&since_an_hour_ago(2)).await.unwrap_err();
        assert_eq!(*error.problem(), Problem::Unreadable, "{body}");
    }
}
