//! Detectors that share the partitions, and what happens while none is there.

use nightlatch_okta_sim::{Org, Traffic};

use super::admin::{delete_records, ends, named};
use super::installation;
use crate::deadline::{SOON, until};
use crate::fleet::Service;
use crate::installation::{SECRET, orgs};
use crate::ledger::{Delivery, Ledger};
use crate::load::{client, now_ms, shown};
use crate::metrics::{sum, sum_at};
use crate::services::Services;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_process_under_the_name_of_another_takes_over_from_it() {
    let installation = installation().with("kafka.instance", "'twin'");
    installation.succeed(&["topics", "create"]).await;
    let mut first = installation.spawn_replica(Service::Detector, 1);
    let running = first.ready().await;
    until("the first has partitions", async || {
        let assigned = sum_at(running.admin, "kafka_rebalances_total", "assigned").await;
        (assigned > 0).then_some(())
    })
    .await;

    let mut second = installation.spawn_replica(Service::Detector, 2);

    let ended = first.ended().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let told = "another process has taken over under the name twin (kafka.instance)";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    let running = second.ready().await;
    until("the second has partitions", async || {
        let assigned = sum_at(running.admin, "kafka_rebalances_total", "assigned").await;
        (assigned > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_third_detector_takes_its_share_and_gives_it_back_when_it_leaves() {
    let installation = installation();
    let ledger = Ledger::default();
    let mut services = installation.start().await;
    shown(&services, &ledger).await;

    let third = services.add(&installation, Service::Detector, 3).await;
    until("the third detector judges events", async || {
        shown(&services, &ledger).await;
        let judged = sum_at(third.admin, "detector_events_processed_total", "").await;
        (judged > 0).then_some(())
    })
    .await;
    services.remove(&third).await;

    shown(&services, &ledger).await;
    let others = sum(&services, "detector_events_processed_total", "").await;
    assert!(others > orgs().len() as u64, "{others}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_detector_that_gets_no_partition_is_ready_to_take_over() {
    let installation = installation();
    let mut services = installation.start().await;
    for number in 3..=7 {
        services.add(&installation, Service::Detector, number).await;
    }
    until("all seven are ready", async || {
        for detector in services.running(Service::Detector) {
            let url = format!("http://{}/readyz", detector.admin);
            let answer = reqwest::get(url).await.unwrap();
            answer.status().is_success().then_some(())?;
        }
        Some(())
    })
    .await;
    shown(&services, &Ledger::default()).await;
}

/// Delivers an event of each org, and waits for nothing else than that they are taken.
async fn deliver(services: &Services) {
    let client = client(SOON);
    for (org, seed) in orgs().into_iter().zip(1..) {
        let event = Traffic::new(Org::new(seed, &org.domain), seed).next(now_ms());
        let delivery = Delivery::of(&org.domain, &[event], now_ms());
        until("the delivery is taken", async || {
            let url = format!("http://{}/hooks/okta/{}", services.hooks(), org.path_key);
            let request = client.post(url).header("Authorization", SECRET);
            let answer = request.body(delivery.body.clone()).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn events_that_went_unread_are_named_and_the_rest_goes_on() {
    let installation = installation();
    let topic = named(&installation, "okta.events");
    let mut services = installation.start().await;
    shown(&services, &Ledger::default()).await;
    services.stop(Service::Detector).await;
    let read = ends(&topic);
    deliver(&services).await;

    let deleted = ends(&topic);
    delete_records(&topic, &deleted).await;
    for number in 1..=2 {
        services.add(&installation, Service::Detector, number).await;
    }

    shown(&services, &Ledger::default()).await;
    let lost = sum(&services, "detector_lost_records_total", "").await;
    let unread: i64 = deleted.values().sum::<i64>() - read.values().sum::<i64>();
    assert_eq!(lost, unread.unsigned_abs(), "lost records");
    for detector in services.running(Service::Detector) {
        let url = format!("http://{}/readyz?verbose", detector.admin);
        let checks = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert!(checks.contains("were lost unread"), "{checks}");
        assert!(checks.contains("readyz check passed"), "{checks}");
    }
    let logged = services.logs(Service::Detector).join("\n");
    for partition in read.keys() {
        let place = format!("\"partition\":{partition}");
        let is_told = logged
            .lines()
            .any(|line| line.contains("were lost unread") && line.contains(&place));
        assert!(is_told, "partition {partition} in {logged}");
    }
}
