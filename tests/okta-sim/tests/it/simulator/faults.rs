//! Faults on demand: what clients must live with.

use std::time::{Duration, Instant};

use nightlatch_okta_sim::{Endpoint, Fault, Harm, LimitOptions, Options};
use reqwest::Method;

use super::client::start;

const LOGS: &str = "/api/v1/logs";

#[tokio::test]
async fn each_harm_is_done_as_often_as_it_is_said() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.as_administrator(&org);
    let harm = |harm: Harm| org.add_fault(Fault::at(Endpoint::Logs, harm).times(1));
    let call = async || caller.request(Method::GET, LOGS).send().await;

    harm(Harm::Status(500));
    let answer = caller.get(LOGS).await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (500, "E0000009")
    );
    harm(Harm::TooManyRequests);
    let answer = caller.get(LOGS).await;
    assert_eq!(
        (answer.status, answer.header("x-rate-limit-remaining")),
        (429, "0")
    );
    assert_eq!(answer.text("/errorCode"), "E0000047");
    harm(Harm::Html(503));
    let response = call().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.text().await.unwrap().contains("<html>"));
    harm(Harm::Redirect("http://169.254.169.254/".to_owned()));
    let response = call().await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "http://169.254.169.254/");
    harm(Harm::Dropped);
    assert!(call().await.is_err());
    harm(Harm::Unanswered);
    assert!(call().await.is_err());
    org.emit(r#"{"eventType":"user.session.start"}"#).unwrap();
    harm(Harm::Truncated);
    let response = call().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    harm(Harm::SlowMs(300));
    let began = Instant::now();
    assert_eq!(caller.get(LOGS).await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
    harm(Harm::TimedOutMs(100));
    assert_eq!(caller.get(LOGS).await.status, 500);
    assert_eq!(caller.get(LOGS).await.status, 200);
    assert_eq!(org.request_count(Endpoint::Logs, 0), 2);
    assert_eq!(org.request_count(Endpoint::Logs, 429), 1);
}

#[tokio::test]
async fn pages_of_the_log_are_large_their_links_die_and_lead_elsewhere() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.as_administrator(&org);
    let harm = |harm: Harm| {
        org.clear_faults();
        org.add_fault(Fault::at(Endpoint::Logs, harm));
    };
    let page = async |query: &str| {
        let request = caller.request(Method::GET, &format!("{LOGS}?{query}"));
        request.send().await.unwrap()
    };
    harm(Harm::LargePages {
        over: 10,
        bytes: 5000,
    });
    for (query, is_large) in [("limit=11", true), ("q=x", true), ("limit=10", false)] {
        let found = page(query).await.bytes().await.unwrap();
        assert_eq!(found.len() == 5000, is_large, "{query}");
    }
    harm(Harm::DeadLinks(410));
    assert_eq!(page("limit=10").await.status(), 200);
    assert_eq!(page("limit=10&after=1_1").await.status(), 410);
    harm(Harm::LinksTo("id.acme.example".to_owned()));
    let response = page("limit=10").await;
    let links: Vec<&str> = response
        .headers()
        .get_all("link")
        .iter()
        .map(|link| link.to_str().unwrap())
        .collect();
    assert_eq!(links.len(), 2);
    for link in links {
        let there = "<https://id.acme.example/api/v1/logs?";
        assert!(link.starts_with(there), "{link}");
    }
}

#[tokio::test]
async fn a_fault_keeps_to_its_endpoint_method_share_and_time() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.as_administrator(&org);
    org.add_fault(Fault::at(Endpoint::EventHooks, Harm::Status(500)).method("POST"));
    assert_eq!(caller.get(LOGS).await.status, 200);
    assert_eq!(caller.get("/api/v1/eventHooks").await.status, 200);
    let answer = caller.send(Method::POST, "/api/v1/eventHooks", None).await;
    assert_eq!(answer.status, 500);
    org.clear_faults();
    let answer = caller.send(Method::POST, "/api/v1/eventHooks", None).await;
    assert_eq!(answer.status, 400);

    org.set_limits(LimitOptions {
        logs: 10_000,
        ..LimitOptions::default()
    });
    org.add_fault(Fault::at(Endpoint::Logs, Harm::Status(503)).share(0.5));
    let mut failed = 0;
    for _ in 0..100 {
        failed += usize::from(caller.get(LOGS).await.status == 503);
    }
    assert!((25..75).contains(&failed), "{failed}");
    org.clear_faults();
    let fault = Fault::at(Endpoint::Logs, Harm::Status(503));
    org.add_fault(fault.lasting(Duration::from_millis(50)));
    let deadline = Instant::now() + Duration::from_secs(5);
    while caller.get(LOGS).await.status == 503 {
        assert!(Instant::now() < deadline);
    }
}

#[tokio::test]
async fn too_many_requests_at_a_time_are_told_without_a_bucket() {
    let (org, caller) = start(Options {
        limits: LimitOptions {
            concurrent: 1,
            ..LimitOptions::default()
        },
        ..Options::default()
    })
    .await;
    let caller = caller.as_administrator(&org);
    org.add_fault(Fault::at(Endpoint::Logs, Harm::SlowMs(2000)).times(1));
    let slow = tokio::spawn({
        let caller = caller.clone();
        async move { caller.get(LOGS).await.status }
    });
    let deadline = Instant::now() + Duration::from_secs(2);
    let refused = loop {
        let answer = caller.get(LOGS).await;
        if answer.status == 429 {
            break answer;
        }
        assert!(Instant::now() < deadline, "never refused");
    };
    assert_eq!(refused.header("x-rate-limit-limit"), "0");
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    assert_eq!(slow.await.unwrap(), 200);
}
