//! Readers of another make, with a schema registry of another make and with ours.
//!
//! `NIGHTLATCH_TEST_READER` is the command of a reader that takes what `.ci/confluent_reads.py`
//! takes, `NIGHTLATCH_TEST_REGISTRY` the address of a registry.

use std::process::Command;

use super::admin::named;
use super::installation;
use crate::cluster::given;
use crate::installation::Installation;
use crate::ledger::Ledger;
use crate::load::shown;
use crate::services::Services;

/// How often each org delivers something.
const ROUNDS: usize = 5;

fn variable(name: &str) -> String {
    let text = std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set"));
    text.into_string().unwrap()
}

/// Starts the services, lets every org deliver, and has the reader read it all.
async fn assert_read(installation: Installation, registry: impl FnOnce(&Services) -> String) {
    let services = installation.start().await;
    let ledger = Ledger::default();
    for _ in 0..ROUNDS {
        shown(&services, &ledger).await;
    }
    let command = variable("NIGHTLATCH_TEST_READER");
    let mut words = command.split_whitespace();
    let mut reader = Command::new(words.next().unwrap());
    reader
        .args(words)
        .args(["--brokers", &given().unwrap()])
        .args(["--registry", &registry(&services)])
        .args(["--topic", &named(&installation, "okta.runtime-events")])
        .args(["--count", &ledger.acked().to_string()]);

    let read = tokio::task::block_in_place(|| reader.output()).unwrap();

    let said = String::from_utf8_lossy(&read.stdout);
    println!("{said}");
    assert!(
        read.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&read.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka, a reader and a registry: NIGHTLATCH_TEST_READER, NIGHTLATCH_TEST_REGISTRY"]
async fn strangers_read_runtime_events_by_the_schemas_of_a_registry() {
    let registry = variable("NIGHTLATCH_TEST_REGISTRY");
    let installation = installation().with("schema_registry.url", &format!("'{registry}'"));
    assert_read(installation, |_| registry).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka and a reader: NIGHTLATCH_TEST_READER"]
async fn strangers_read_runtime_events_by_the_schemas_that_a_sink_serves() {
    let registry = |services: &Services| format!("http://{}/registry", services.feeds()[1]);
    assert_read(installation(), registry).await;
}
