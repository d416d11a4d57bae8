//! What Prometheus sees.

use axum::body::Body;
use axum::http::Request;
use nightlatch_chassis::topic::Fault;

use crate::bench::{Bench, KEY, SECRET, delivery, envelope};

fn assert_page(bench: &Bench, lines: &[&str]) {
    let page = bench.metrics.render().unwrap();
    for line in lines {
        let line = format!("nightlatch_{line}");
        assert!(
            page.lines().any(|found| found == line),
            "{line} is not in\n{page}"
        );
    }
    assert!(!page.contains("secret of at least"), "no secret is told");
}

#[tokio::test]
async fn what_is_alerted_on_is_there_from_the_start_as_zero() {
    assert_page(
        &Bench::new().await,
        &[
            "ingest_last_event_timestamp_seconds{integration=\"acme\"} 0",
            "ingest_hook_rejected_total{integration=\"acme\",reason=\"auth\"} 0",
            "ingest_hook_rejected_total{integration=\"acme\",reason=\"not_durable\"} 0",
            "ingest_hook_rejected_total{integration=\"unknown\",reason=\"unknown_org\"} 0",
            "dlq_records_total{reason=\"not_an_event\",stage=\"ingest\"} 0",
        ],
    );
}

#[tokio::test]
async fn metrics_tell_what_was_taken_and_refused() {
    let bench = Bench::new().await;
    bench
        .deliver(envelope(&[r#"{"eventType":"user.session.start"}"#, "1"]))
        .await;
    bench.deliver("no json").await;
    assert_page(
        &bench,
        &[
            "ingest_hook_events_total{event_type=\"user.session.start\",integration=\"acme\"} 1",
            "ingest_hook_rejected_total{integration=\"acme\",reason=\"malformed\"} 1",
            "dlq_records_total{reason=\"not_an_event\",stage=\"ingest\"} 1",
            "pipeline_latency_seconds_count{stage=\"okta_to_ingest\"} 0",
            "ingest_http_requests_total{code=\"204\",method=\"POST\",route=\"/hooks/okta/{key}\"} 1",
            "ingest_http_requests_total{code=\"400\",method=\"POST\",route=\"/hooks/okta/{key}\"} 1",
        ],
    );
    let page = bench.metrics.render().unwrap();
    let last = "nightlatch_ingest_last_event_timestamp_seconds{integration=\"acme\"} ";
    let last = page
        .lines()
        .find_map(|line| line.strip_prefix(last))
        .unwrap();
    assert!(last.parse::<f64>().unwrap() > 1_700_000_000.0, "{last}");
}

#[tokio::test]
async fn refusals_are_counted_for_whom_they_concern() {
    let bench = Bench::new().await;
    bench.ask(delivery(KEY), "{}").await;
    bench
        .ask(
            delivery("ffffffffffffffffffffff").header("Authorization", SECRET),
            "{}",
        )
        .await;
    bench.faults.inject(Fault::FailAppend);
    bench.deliver(envelope(&["{}"])).await;
    let challenge = Request::get(format!("/hooks/okta/{KEY}")).header("Authorization", SECRET);
    bench
        .ask(
            challenge.header("x-okta-verification-challenge", "abc"),
            Body::empty(),
        )
        .await;
    assert_page(
        &bench,
        &[
            "ingest_hook_rejected_total{integration=\"acme\",reason=\"auth\"} 1",
            "ingest_hook_rejected_total{integration=\"unknown\",reason=\"unknown_org\"} 1",
            "ingest_hook_rejected_total{integration=\"acme\",reason=\"not_durable\"} 1",
            "ingest_hook_verifications_total{integration=\"acme\",result=\"verified\"} 1",
            "ingest_last_event_timestamp_seconds{integration=\"acme\"} 0",
        ],
    );
}

#[tokio::test]
async fn event_types_can_not_make_labels_without_end() {
    let bench = Bench::new().await;
    let odd = [
        "{\"eventType\":\"not a name\"}",
        "{\"eventType\":\"a\\nb\"}",
        "{}",
    ];
    bench.deliver(envelope(&odd)).await;
    let many: Vec<String> = (0..2000)
        .map(|n| format!("{{\"eventType\":\"t.{n}\"}}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    bench.deliver(envelope(&many)).await;
    bench.deliver(envelope(&many)).await;
    let page = bench.metrics.render().unwrap();
    let of_events = "nightlatch_ingest_hook_events_total{";
    assert_eq!(
        page.lines()
            .filter(|line| line.starts_with(of_events))
            .count(),
        1500
    );
    assert_page(
        &bench,
        &[
            "ingest_hook_events_total{event_type=\"none\",integration=\"acme\"} 1",
            "ingest_hook_events_total{event_type=\"t.0\",integration=\"acme\"} 2",
            "ingest_hook_events_total{event_type=\"other\",integration=\"acme\"} 1006",
        ],
    );
}
