//! Rules that are set by the API while events come in.
//!
//! `NIGHTLATCH_RELOADS` says how often, `NIGHTLATCH_RATE` how many events come a second; what it costs
//! in time is printed, and means something in a release build.

use std::sync::Arc;
use std::time::Instant;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{DRAIN, assert_one_edition_an_event, comes_into_force, edition};
use crate::deadline::{SOON, until};
use crate::fleet::Service;
use crate::installation::Installation;
use crate::kill::number;
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, client, drained, now_ms};
use crate::services::Services;

const RELOADS: usize = 40;
const RATE: u32 = 150;
/// Events that come in between two changes at least.
const BETWEEN: usize = 15;
/// The id of the policy that the tests have in a file elsewhere.
const POLICY: &str = "everything";

/// A client of the API of the detector whose turn it is.
struct Api<'s> {
    services: &'s Services,
    client: reqwest::Client,
}

impl Api<'_> {
    fn url(&self, turn: usize, rest: &str) -> String {
        let detectors = self.services.running(Service::Detector);
        let detector = detectors[turn % detectors.len()];
        format!("http://{}/api/v1/policies{rest}", detector.api)
    }

    async fn create(&self, text: &str) {
        let request = self
            .client
            .post(self.url(0, ""))
            .json(&json!({"text": text}));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }

    /// Sets the policy's text at one detector after the other. Who has not seen the last change yet
    /// looks again.
    async fn set(&self, turn: usize, text: &str) {
        until("the policy is set", async || {
            let url = self.url(turn, &format!("/{POLICY}"));
            let seen = self.client.get(&url).send().await.unwrap();
            let etag = seen.headers().get("etag")?.clone();
            let request = self.client.patch(&url).header("if-match", etag);
            let answer = request.json(&json!({"text": text})).send().await.unwrap();
            let status = answer.status();
            let body: Value = answer.json().await.unwrap();
            match status {
                StatusCode::OK => Some(()),
                StatusCode::PRECONDITION_FAILED => None,
                _ => panic!("{status}: {body}"),
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_judged_by_exactly_one_edition_of_rules_that_are_set_by_the_api() {
    let _machine = MACHINE.lock().await;
    let reloads = number("NIGHTLATCH_RELOADS").unwrap_or(RELOADS);
    let pace = Pace {
        rate: number("NIGHTLATCH_RATE").unwrap_or(RATE),
        connections: 8,
        seed: 2,
    };
    let installation = Installation::new().with("detector.managed_policies", "false");
    let services = installation.start().await;
    let api = Api {
        services: &services,
        client: client(SOON),
    };
    let ledger = Arc::new(Ledger::default());
    api.create(&edition(0)).await;
    comes_into_force(&services, &ledger, 0).await;

    let (_announce, addresses) = watch::channel(services.all_hooks());
    let load = Load::start(&addresses, &ledger, pace);
    let still = calm(&ledger, reloads).await;
    let (began, begun) = (Instant::now(), now_ms());
    for number in 1..=reloads {
        api.set(number, &edition(number)).await;
        let enough = ledger.acked() + BETWEEN;
        until("events come in", async || {
            (ledger.acked() >= enough).then_some(())
        })
        .await;
    }
    let took = began.elapsed();
    load.stop().await;
    comes_into_force(&services, &ledger, reloads).await;
    assert!(
        drained(&services, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );
    assert_one_edition_an_event(&installation, &services, &ledger, reloads).await;
    let [calm, busy] = latencies(&installation, still, begun).await;
    println!(
        "{reloads} reloads in {took:.1?}: from receipt to detection p99 {busy} ms, before {calm} ms"
    );
}

/// Lets as many events come in as between all changes, and returns when that began.
async fn calm(ledger: &Ledger, reloads: usize) -> i64 {
    let began = now_ms();
    let enough = ledger.acked() + reloads * BETWEEN;
    until("events come in", async || {
        (ledger.acked() >= enough).then_some(())
    })
    .await;
    began
}

/// When an event was received and when its detection was made, in milliseconds since 1970.
#[derive(Debug, Deserialize)]
struct Timed {
    received_at: i64,
    detected_at: i64,
}

/// The 99th percentile from receipt to detection, in milliseconds: before an instant, and after it.
async fn latencies(installation: &Installation, from: i64, begun: i64) -> [i64; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    for record in installation.records::<Timed>("okta.runtime-events").await {
        let Timed {
            received_at,
            detected_at,
        } = record.value;
        if received_at >= from {
            parts[usize::from(received_at >= begun)].push(detected_at - received_at);
        }
    }
    parts.map(|mut part| {
        part.sort_unstable();
        part.get(part.len() * 99 / 100).copied().unwrap_or_default()
    })
}
