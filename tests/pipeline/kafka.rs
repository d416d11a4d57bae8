//! What only Kafka has: members of a group, topics that others make, gaps, headers, transactions.
//!
//! Run by name, since there must be a cluster:
//! `NIGHTLATCH_TEST_KAFKA=host:port,… cargo test --test pipeline -- --ignored kafka:: --skip seeded`

#[cfg(feature = "seeded-bugs")]
mod aborted;
mod admin;
mod groups;
mod secure;
mod strangers;
mod topics;

use nightlatch_okta_sim::{Org, Traffic};
use serde_json::Value;

pub(crate) use admin::all_records;

use crate::deadline::{SOON, until};
use crate::fleet::Service;
use crate::installation::{EVERY_EVENT, EVERYTHING, Installation, SECRET, orgs};
use crate::ledger::{Delivery, Ledger};
use crate::load::{client, now_ms, shown};
use crate::records::Record;

/// What each service tells at least, and begins so.
const TOLD: [(Service, &str); 14] = [
    (
        Service::Ingest,
        "kafka_brokers_connected{client=\"appender\"}",
    ),
    (
        Service::Ingest,
        "kafka_producer_queue_records{client=\"appender\"} 0",
    ),
    (
        Service::Ingest,
        "kafka_producer_queue_bytes{client=\"appender\"} 0",
    ),
    (Service::Ingest, "kafka_append_waiting_records 0"),
    (Service::Ingest, "kafka_append_waiting_bytes 0"),
    (Service::Ingest, "log_append_duration_seconds_count"),
    (
        Service::Detector,
        "kafka_brokers_connected{client=\"member\"}",
    ),
    (Service::Detector, "kafka_producer_queue_records{client="),
    (
        Service::Detector,
        "kafka_rebalances_total{kind=\"assigned\"}",
    ),
    (
        Service::Detector,
        "log_consumer_lag_records{group=\"detector\"",
    ),
    (
        Service::Detector,
        "log_consumer_lag_seconds{group=\"detector\",topic=\"okta.events\"} 0",
    ),
    (
        Service::Detector,
        "log_step_outcomes_total{group=\"detector\",outcome=\"committed\"}",
    ),
    (Service::Sink, "log_consumer_lag_records{group="),
    (Service::Sink, "log_consumer_lag_seconds{group="),
];

/// Returns what is to be shown on Kafka, or panics when there is none.
fn installation() -> Installation {
    assert!(
        crate::cluster::given().is_some(),
        "NIGHTLATCH_TEST_KAFKA names no brokers"
    );
    Installation::watching_everything()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_service_apart_without_brokers_says_what_to_set() {
    let installation = installation().with("kafka.brokers", "''");
    for service in Service::ALL {
        let refused = installation.spawn_replica(service, 1).ended().await;

        assert_eq!(refused.status.code(), Some(64), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("kafka.brokers"),
            "{}",
            refused.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn runtime_events_carry_the_headers_of_a_cloud_event_and_a_trace() {
    let installation = installation();
    let services = installation.start().await;
    let ledger = Ledger::default();
    shown(&services, &ledger).await;

    let records: Vec<Record<Value>> = installation.records("okta.runtime-events").await;

    assert!(records.len() >= ledger.acked(), "{records:?}");
    for Record { headers, value, .. } in records {
        let integration = value["integration"].as_str().unwrap();
        assert_eq!(headers["ce_specversion"], "1.0");
        assert_eq!(headers["ce_id"], value["id"]);
        let source = format!("/nightlatch/integrations/{integration}");
        assert_eq!(headers["ce_source"], source);
        assert_eq!(headers["ce_type"], "io.nightlatch.RuntimeEvent");
        assert_eq!(headers["ce_subject"], format!("{EVERYTHING}/{EVERY_EVENT}"));
        assert_eq!(headers["content-type"], "application/avro");
        let traceparent = headers["traceparent"].as_str().unwrap();
        let parts: Vec<_> = traceparent.split('-').map(str::len).collect();
        assert_eq!(parts, [2, 32, 16, 2], "{traceparent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_delivery_that_the_producer_has_no_room_for_at_once_is_taken_whole() {
    let small = "['queue.buffering.max.messages=3']";
    let installation = installation().with("kafka.properties", small);
    let services = installation.start().await;
    let org = orgs().remove(0);
    let mut traffic = Traffic::new(Org::new(1, &org.domain), 1);
    let events: Vec<_> = (0..20).map(|_| traffic.next(now_ms())).collect();
    let delivery = Delivery::of(&org.domain, &events, now_ms());

    let url = format!("http://{}/hooks/okta/{}", services.hooks(), org.path_key);
    let request = client(SOON).post(url).header("Authorization", SECRET);
    let answer = request.body(delivery.body.clone()).send().await.unwrap();

    assert_eq!(answer.status(), 204);
    assert_eq!(installation.events().await.len(), events.len());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn each_service_tells_of_its_clients_its_group_and_its_steps() {
    let installation = installation();
    let services = installation.start().await;
    shown(&services, &Ledger::default()).await;
    for (service, words) in TOLD {
        for replica in services.running(service) {
            let url = format!("http://{}/metrics", replica.admin);
            until(
                &format!("{words} in the metrics of {service:?}"),
                async || {
                    let metrics = reqwest::get(&url).await.unwrap().text().await.unwrap();
                    metrics
                        .contains(&format!("\nnightlatch_{words}"))
                        .then_some(())
                },
            )
            .await;
        }
    }
    // As many orgs as it takes for each partition, and so each detector, to have some.
    let events = installation.events().await;
    let mut partitions: Vec<_> = events.iter().map(|event| event.partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    assert_eq!(partitions, [0, 1, 2, 3, 4, 5]);
}
