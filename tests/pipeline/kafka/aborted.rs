//! Steps that are aborted on purpose (feature `seeded-bugs`) leave nothing that anybody acts on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Message;
use tokio::sync::watch;

use super::admin::{each_record, named};
use super::installation;
use crate::deadline::until;
use crate::installation::EVERY_EVENT;
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained};
use crate::metrics::sum;
use crate::verdict::Verdict;

const DRAIN: Duration = Duration::from_mins(1);

/// Returns the places of all records that a reader sees who reads with this isolation.
fn places(topic: &str, isolation: &str) -> BTreeSet<(i32, i64)> {
    let mut places = BTreeSet::new();
    each_record(topic, isolation, |message| {
        places.insert((message.partition(), message.offset()));
    });
    places
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn what_an_aborted_step_wrote_is_invisible_to_who_reads_what_is_committed() {
    let _machine = MACHINE.lock().await;
    let installation = installation().with_variable("NIGHTLATCH_STEP_ABORTS", "3");
    let services = installation.start().await;
    let ledger = Arc::new(Ledger::default());
    let (_announce, addresses) = watch::channel(services.all_hooks());
    let pace = Pace {
        rate: 100,
        connections: 4,
        seed: 8,
    };
    let load = Load::start(&addresses, &ledger, pace);
    until("steps are aborted", async || {
        let aborted = sum(&services, "log_step_outcomes_total", "aborted").await;
        (aborted >= 5 && ledger.acked() > 100).then_some(())
    })
    .await;
    load.stop().await;
    assert!(
        drained(&services, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );

    let verdict = Verdict::of(&installation, &services, &ledger, &[EVERY_EVENT]).await;
    verdict.assert_flawless();
    let topic = named(&installation, "okta.runtime-events");
    let [committed, all] = ["read_committed", "read_uncommitted"].map(|isolation| {
        let topic = topic.clone();
        tokio::task::block_in_place(move || places(&topic, isolation))
    });
    println!(
        "{} records, {} of them committed",
        all.len(),
        committed.len()
    );
    assert_eq!(committed.len(), verdict.detections);
    assert!(
        committed.is_subset(&all) && committed.len() < all.len(),
        "nothing was aborted"
    );
}
