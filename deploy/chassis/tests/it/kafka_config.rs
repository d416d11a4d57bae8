//! The section `kafka`: what is taken, what is refused and how it is told.

use nightlatch_chassis::config::load;
use nightlatch_chassis::topic::KafkaConfig;
use nightlatch_chassis::{Config, Sources};

fn config(set: &[(&str, &str)]) -> Config {
    let flags = set
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    load(&Sources {
        flags: flags.collect(),
        ..Sources::default()
    })
    .unwrap()
}

/// Returns what is said of a configuration that is wrong.
fn refusal(set: &[(&str, &str)]) -> String {
    let mut all = vec![("kafka.brokers", "127.0.0.1:1")];
    all.extend(set);
    KafkaConfig::from_config(&config(&all))
        .unwrap_err()
        .to_string()
}

#[test]
fn without_brokers_there_is_no_kafka() {
    assert!(KafkaConfig::from_config(&config(&[])).unwrap().is_none());
    let set = [
        ("kafka.brokers", "a:9092,b:9092"),
        ("kafka.topic_prefix", "staging."),
    ];
    let kafka = KafkaConfig::from_config(&config(&set)).unwrap().unwrap();
    assert_eq!(
        (kafka.brokers.as_str(), kafka.topic_prefix.as_str()),
        ("a:9092,b:9092", "staging.")
    );
}

#[test]
fn properties_that_exactly_once_depends_on_cannot_be_overridden() {
    for name in [
        "isolation.level",
        "delivery.report.only.error",
        "enable.idempotence",
        "acks",
        "transactional.id",
        "group.instance.id",
        "auto.offset.reset",
        "partitioner",
    ] {
        let property = format!("{name}=x");
        let told = refusal(&[("kafka.properties", &property)]);
        assert!(
            told.contains(&format!("{name} is not for you to set")),
            "{told}"
        );
        assert!(told.contains("kafka.properties"), "{told}");
    }
    let told = refusal(&[("kafka.properties", "no equals sign")]);
    assert!(told.contains("write it as \"name=value\""), "{told}");
}

#[test]
fn a_property_that_has_a_key_or_holds_a_secret_is_refused_with_what_to_set_instead() {
    for (property, told) in [
        ("sasl.password=hunter2", "set kafka.sasl_password instead"),
        ("queue.buffering.max.ms=5", "set kafka.linger instead"),
        (
            " security.protocol =ssl",
            "set kafka.security_protocol instead",
        ),
        ("ssl.key.pem=hunter2", "set kafka.ssl_key instead"),
        ("session.timeout.ms=1", "set kafka.session_timeout instead"),
        ("delivery.timeout.ms=1", "Nightlatch sets it itself"),
        ("sasl.oauthbearer.client.secret=hunter2", "not supported"),
        (
            "ssl.keystore.password=hunter2",
            "kafka.ssl_key takes a PEM file",
        ),
    ] {
        let refused = refusal(&[("kafka.properties", property)]);
        assert!(refused.contains(told), "{property}: {refused}");
        assert!(!refused.contains("hunter"), "{refused}");
    }
}

#[test]
fn what_belongs_together_is_missed_when_half_of_it_is_set() {
    let told = refusal(&[("kafka.security_protocol", "sasl_ssl")]);
    assert!(
        told.contains("needs kafka.sasl_username and kafka.sasl_password"),
        "{told}"
    );
    let told = refusal(&[("kafka.ssl_certificate", "client.pem")]);
    assert!(told.contains("goes with kafka.ssl_key"), "{told}");
}

#[test]
fn every_mistake_of_the_section_is_told_at_once() {
    let told = refusal(&[
        ("kafka.topic_prefix", "no spaces"),
        ("kafka.instance", "a/b"),
        ("kafka.replication", "0"),
        ("kafka.session_timeout", "10ms"),
        ("kafka.transaction_timeout", "1s"),
    ]);
    for key in [
        "topic_prefix",
        "instance",
        "replication",
        "session_timeout",
        "transaction_timeout",
    ] {
        assert!(told.contains(&format!("kafka.{key}")), "{key} in {told}");
    }
}

#[test]
fn passwords_are_masked_where_settings_are_shown() {
    let set = [
        ("kafka.sasl_password", "hunter2-hunter2"),
        ("kafka.ssl_key_password", "hunter3-hunter3"),
    ];
    let shown = config(&set).display_masked();
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn a_key_where_its_path_should_be_is_refused_and_not_shown() {
    let told = refusal(&[
        ("kafka.ssl_certificate", "client.pem"),
        ("kafka.ssl_key", "-----BEGIN PRIVATE KEY-----\nhunter2"),
    ]);
    assert!(told.contains("name the file that holds it"), "{told}");
    assert!(!told.contains("hunter"), "{told}");
}

#[test]
fn the_path_of_a_key_is_no_secret() {
    let shown = config(&[("kafka.ssl_key", "/etc/client.key")]).display_masked();
    assert!(shown.contains("/etc/client.key"), "{shown}");
}
