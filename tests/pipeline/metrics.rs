//! The metrics agree with what was sent and what came out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::deadline::until;
use crate::fleet::Service;
use crate::installation::{EVERY_EVENT, Installation};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained};
use crate::services::Services;
use crate::verdict::Verdict;

const DRAIN: Duration = Duration::from_mins(1);

/// Returns the sum of a metric's series that have a label, over all processes.
pub(crate) async fn sum(services: &Services, name: &str, label: &str) -> u64 {
    let mut sum = 0;
    for admin in services.admins() {
        sum += sum_at(admin, name, label).await;
    }
    sum
}

/// Returns the sum of a metric's series that have a label.
pub(crate) async fn sum_at(admin: SocketAddr, name: &str, label: &str) -> u64 {
    let url = format!("http://{admin}/metrics");
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let values = text.lines().filter_map(|line| {
        let (series, value) = line.strip_prefix("nightlatch_")?.rsplit_once(' ')?;
        let (found, labels) = series.split_once('{').unwrap_or((series, ""));
        (found == name && labels.contains(label)).then(|| value.parse::<u64>().unwrap())
    });
    values.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_agree_with_the_ledger() {
    let _machine = MACHINE.lock().await;
    let installation = Installation::watching_everything();
    let ledger = Arc::new(Ledger::default());
    let services = installation.start().await;
    let (_announce, addresses) = watch::channel(services.all_hooks());
    let pace = Pace {
        rate: 200,
        connections: 4,
        seed: 5,
    };
    let load = Load::start(&addresses, &ledger, pace);
    until("events come in", async || {
        (ledger.acked() > 400).then_some(())
    })
    .await;
    load.stop().await;
    let is_drained = drained(&services, &ledger, DRAIN).await;
    assert!(is_drained, "not drained in {DRAIN:?}");
    let verdict = Verdict::of(&installation, &services, &ledger, &[EVERY_EVENT]).await;
    verdict.assert_flawless();

    let deliveries = ledger.answers().into_values().sum();
    let copies = ledger.entries().into_values();
    let copies: u64 = copies.map(|entry| u64::from(entry.acked)).sum();
    let events = verdict.acked as u64;
    let rows = events * services.feeds().len() as u64;
    for (name, label, expected) in [
        ("ingest_http_requests_total", "code=\"204\"", deliveries),
        ("ingest_hook_events_total", "", copies),
        ("ingest_hook_rejected_total", "", 0),
        ("dlq_records_total", "", 0),
        ("detector_events_processed_total", "\"matched\"", copies),
        ("detector_rule_matches_total", EVERY_EVENT, events),
        ("sink_records_written_total", "\"sqlite\"", rows),
        ("sink_records_written_total", "\"activity\"", rows),
        ("log_consumer_lag_records", "", 0),
    ] {
        // Some are told a moment after the feed shows the event.
        until(&format!("{name} is {expected}"), async || {
            let found = sum(&services, name, label).await;
            (found == expected).then_some(())
        })
        .await;
    }
    for detector in services.running(Service::Detector) {
        let judged = sum_at(detector.admin, "detector_events_processed_total", "").await;
        assert!(judged > 0, "one detector had nothing to do");
    }
}
