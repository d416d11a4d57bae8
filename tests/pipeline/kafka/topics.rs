//! Topics that are missing, and topics that others have made.

use super::admin::{delete, make, named};
use super::installation;
use crate::deadline::until;
use crate::fleet::Service;

const FAILURE: Option<i32> = Some(1);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn topics_that_are_missing_are_named_with_the_command_that_makes_them() {
    let installation = installation();
    let checked = installation.run(&["topics", "check"]).await;
    assert_eq!(checked.status.code(), FAILURE, "{}", checked.stdout);
    for topic in ["okta.events", "okta.runtime-events", "okta.dead-letters"] {
        let line = checked
            .stdout
            .lines()
            .find(|line| line.contains(&named(&installation, topic)));
        let told = line.is_some_and(|line| line.contains("missing; `nightlatch topics create`"));
        assert!(told, "{}", checked.stdout);
    }

    for service in Service::ALL {
        let refused = installation.spawn_replica(service, 1).ended().await;

        assert_eq!(refused.status.code(), FAILURE, "{}", refused.stderr);
        let topic = format!("there is no topic {}", named(&installation, ""));
        for words in [topic.as_str(), "nightlatch topics create"] {
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
    installation.succeed(&["topics", "create"]).await;
    installation.succeed(&["topics", "check"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_topic_that_somebody_made_otherwise_is_told_with_what_to_do() {
    let installation = installation().with("kafka.replication", "1");
    let events = named(&installation, "okta.events");
    let letters = named(&installation, "okta.dead-letters");
    make(&events, 3, &[]).await;
    make(
        &letters,
        6,
        &[("cleanup.policy", "compact"), ("retention.ms", "1000")],
    )
    .await;

    for command in ["create", "check"] {
        let told = installation.run(&["topics", command]).await;

        assert_eq!(told.status.code(), FAILURE, "{}", told.stdout);
        let repair = format!("--entity-name {letters} --add-config cleanup.policy=delete");
        for words in [
            format!("{events} "),
            "partitions is \"3\" and must be \"6\"".to_owned(),
            "kafka.topic_prefix".to_owned(),
            "retention.ms is \"1000\" and must be".to_owned(),
            "cleanup.policy is \"compact\" and must be \"delete\"".to_owned(),
            repair,
        ] {
            assert!(told.stdout.contains(&words), "{words} in {}", told.stdout);
        }
    }
    let refused = installation
        .spawn_replica(Service::Detector, 1)
        .ended()
        .await;
    assert_eq!(refused.status.code(), FAILURE, "{}", refused.stderr);
    let told = format!("{events} has 3 partitions instead of 6");
    assert!(refused.stderr.contains(&told), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn more_copies_than_there_are_brokers_are_refused_with_the_setting_to_change() {
    let refused = installation().with("kafka.replication", "9");

    let refused = refused.run(&["topics", "create"]).await;

    assert_eq!(refused.status.code(), FAILURE, "{}", refused.stdout);
    let told = "fewer brokers serve now than the 9 copies that kafka.replication wants";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_sink_whose_topic_was_gone_is_ready_once_it_is_there_though_nothing_is_on_it() {
    let soon =
        r#"["topic.metadata.refresh.interval.ms=500", "topic.metadata.propagation.max.ms=500"]"#;
    let installation = installation().with("kafka.properties", soon);
    installation.succeed(&["topics", "create"]).await;
    let mut sink = installation.spawn_replica(Service::Sink, 1);
    let running = sink.ready().await;
    let checks = async || {
        let url = format!("http://{}/readyz?verbose", running.admin);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };

    delete(&named(&installation, "okta.runtime-events")).await;

    until("the sink says that it cannot read", async || {
        checks().await.contains("[-]feed").then_some(())
    })
    .await;
    installation.succeed(&["topics", "create"]).await;
    until("the sink is ready again", async || {
        let checks = checks().await;
        checks.contains("readyz check passed").then_some(())
    })
    .await;
}
