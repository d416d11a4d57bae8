//! Listeners that want TLS, a client's certificate, a name and a password.

use std::fs;

use super::installation;
use crate::cluster::Cluster;
use crate::installation::Installation;
use crate::ledger::Ledger;
use crate::load::shown;

/// Returns what finds its way into the cluster.
fn admitted(cluster: &Cluster) -> Installation {
    let secret = |name: &str| fs::read_to_string(cluster.secret(name)).unwrap();
    let path = |name: &str| format!("'{}'", cluster.secret(name).display());
    installation()
        .with("kafka.brokers", &format!("'{}'", secret("brokers").trim()))
        .with("kafka.replication", "1")
        .with("kafka.security_protocol", "'sasl_ssl'")
        .with("kafka.ssl_ca", &path("ca.pem"))
        .with("kafka.ssl_certificate", &path("client.pem"))
        .with("kafka.ssl_key", &path("client.key"))
        .with("kafka.sasl_mechanism", "'SCRAM-SHA-512'")
        .with("kafka.sasl_username", "'nightlatch'")
        .with(
            "kafka.sasl_password",
            &format!("'{}'", secret("password").trim()),
        )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts Kafka beside that of NIGHTLATCH_TEST_KAFKA"]
async fn events_go_from_hook_to_feed_where_brokers_want_a_certificate_and_a_password() {
    let cluster = Cluster::start_secure();
    let installation = admitted(&cluster);
    let services = installation.start().await;
    let ledger = Ledger::default();

    let detections = shown(&services, &ledger).await;

    assert_eq!(detections.len(), ledger.acked());
    assert_eq!(installation.events().await.len(), ledger.acked());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts Kafka beside that of NIGHTLATCH_TEST_KAFKA"]
async fn whoever_the_brokers_refuse_is_told_why() {
    let cluster = Cluster::start_secure();
    let admitted = admitted(&cluster);
    for (what, refused) in [
        (
            "invalid credentials",
            admitted.clone().with("kafka.sasl_password", "'wrong'"),
        ),
        (
            "could not be verified",
            admitted.clone().with("kafka.ssl_ca", "''"),
        ),
        (
            // Which one, depends on the brokers' Java.
            " alert ",
            admitted
                .with("kafka.ssl_certificate", "''")
                .with("kafka.ssl_key", "''"),
        ),
    ] {
        let refused = refused.run(&["topics", "check"]).await;

        assert_eq!(refused.status.code(), Some(1), "{}", refused.stdout);
        // Not after half a minute, as what does not answer.
        for words in [
            what,
            "(kafka.brokers) cannot be used",
            "kafka.sasl_password",
        ] {
            assert!(
                refused.stderr.contains(words),
                "{words}: {}",
                refused.stderr
            );
        }
    }
}
