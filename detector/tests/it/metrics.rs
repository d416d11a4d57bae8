//! What Prometheus sees.

use crate::bench::Bench;
use crate::fixtures::{event, raw};

const EVENTS: &str = "nightlatch_detector_events_processed_total";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_alerted_on_is_there_from_the_start_as_zero() {
    let bench = Bench::new();
    let running = bench.start();
    for name in [
        "nightlatch_detector_rules_reload_failures_total",
        "nightlatch_detector_policies_unusable",
        "nightlatch_detector_lost_records_total",
    ] {
        assert_eq!(bench.metric(name), Some(0.0), "{name}");
    }
    assert_eq!(
        bench.metric("nightlatch_detector_rules_loaded{kind=\"custom\"}"),
        Some(2.0)
    );
    assert_eq!(
        bench.metric("nightlatch_detector_rules_loaded{kind=\"managed\"}"),
        Some(0.0)
    );
    let loaded = bench.metric("nightlatch_detector_rules_reload_timestamp_seconds");
    assert!(loaded > Some(1_700_000_000.0), "{loaded:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn event_types_that_no_rule_names_share_a_label() {
    let bench = Bench::new();
    bench.write_rules(
        "- rule: named\n  desc: d\n  condition: okta.evt.type = user.session.start\n  output: o\n  \
         priority: NOTICE\n  source: okta\n\
         - rule: any\n  desc: d\n  condition: okta.evt.type exists\n  output: o\n  \
         priority: NOTICE\n  source: okta\n",
    );
    let running = bench.start();
    bench
        .send((0..50).map(|n| event(&format!("u{n}"), &format!("made.up.{n}"))))
        .await;
    bench
        .send([
            event("u1", "made.up.1"),
            event("named", "user.session.start"),
        ])
        .await;
    bench
        .log
        .append(vec![raw(b"poison".to_vec())])
        .await
        .unwrap();
    bench.settled().await;
    running.stop().await;
    let label = |kind: &str, result: &str| {
        bench.metric(&format!(
            "{EVENTS}{{event_type=\"{kind}\",result=\"{result}\"}}"
        ))
    };
    assert_eq!(label("user.session.start", "matched"), Some(1.0));
    assert_eq!(label("other", "matched"), Some(51.0));
    assert_eq!(label("other", "error"), Some(1.0));
    assert_eq!(label("made.up.1", "matched"), None);
    let suppressed = "nightlatch_detector_rule_suppressed_total{reason=\"repeat\",rule=\"any\"}";
    assert_eq!(bench.metric(suppressed), Some(1.0));
    let letters = "nightlatch_dlq_records_total{reason=\"undecodable\",stage=\"detector\"}";
    assert_eq!(bench.metric(letters), Some(1.0));
    let latency = "nightlatch_pipeline_latency_seconds_count{stage=\"ingest_to_detect\"}";
    assert_eq!(bench.metric(latency), Some(52.0));
}
