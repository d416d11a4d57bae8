//! The section `kafka` of the configuration: what is taken and what is refused.

mod role;

use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::config::{Config, ConfigErrors};
use crate::topic::TopicError;
use crate::{Secret, Span};

/// Properties that `kafka.properties` must not touch: without them records are lost or doubled, or nobody is told
/// that they are written.
const OURS: [&str; 16] = [
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    // A replica that follows knows less than the leader that says where the end is.
    "client.rack",
    "delivery.report.only.error",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.protocol",
    "isolation.level",
    "message.timeout.ms",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
];
/// Those that are set after `kafka.properties`, and the other names that they have: of two names of one thing
/// chance decides which is heard.
const SET_LATER: [&str; 15] = [
    "compression.codec",
    "compression.type",
    "coordinator.query.interval.ms",
    "delivery.timeout.ms",
    "fetch.error.backoff.ms",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "heartbeat.interval.ms",
    "max.poll.interval.ms",
    "message.max.bytes",
    "queue.buffering.max.kbytes",
    "queued.max.messages.kbytes",
    "request.timeout.ms",
    "statistics.interval.ms",
];
/// Those that have a key of their own.
const OF_KEYS: [(&str, &str); 20] = [
    ("bootstrap.servers", "kafka.brokers"),
    ("metadata.broker.list", "kafka.brokers"),
    ("group.instance.id", "kafka.instance"),
    ("transactional.id", "kafka.instance"),
    ("linger.ms", "kafka.linger"),
    ("queue.buffering.max.ms", "kafka.linger"),
    ("session.timeout.ms", "kafka.session_timeout"),
    ("transaction.timeout.ms", "kafka.transaction_timeout"),
    ("sasl.mechanism", "kafka.sasl_mechanism"),
    ("sasl.mechanisms", "kafka.sasl_mechanism"),
    ("sasl.password", "kafka.sasl_password"),
    ("sasl.username", "kafka.sasl_username"),
    ("security.protocol", "kafka.security_protocol"),
    ("ssl.ca.location", "kafka.ssl_ca"),
    ("ssl.ca.pem", "kafka.ssl_ca"),
    ("ssl.certificate.location", "kafka.ssl_certificate"),
    ("ssl.certificate.pem", "kafka.ssl_certificate"),
    ("ssl.key.location", "kafka.ssl_key"),
    ("ssl.key.pem", "kafka.ssl_key"),
    ("ssl.key.password", "kafka.ssl_key_password"),
];
/// What the beginnings of properties are about that is not supported.
const NOT_SUPPORTED: [&str; 2] = ["sasl.oauthbearer.", "sasl.kerberos."];
/// Words of properties that hold a secret, which would be shown with the settings.
const SECRETS: [&str; 3] = ["password", "passphrase", "secret"];

/// Over what a record may have, since the client counts its own overhead, too.
pub(super) const MAX_MESSAGE_BYTES: usize = 2 * super::MAX_RECORD_BYTES;

/// The section `kafka`. `chassis.toml` documents its keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// The brokers to ask first.
    pub brokers: String,
    /// What stands before every name.
    pub topic_prefix: String,
    /// The name of this replica.
    pub instance: String,
    /// Copies of each record.
    pub replication: i32,
    security_protocol: String,
    ssl_ca: String,
    ssl_certificate: String,
    ssl_key: String,
    ssl_key_password: Secret,
    sasl_mechanism: String,
    sasl_username: String,
    sasl_password: Secret,
    session_timeout: Span,
    transaction_timeout: Span,
    linger: Span,
    properties: Vec<String>,
}

impl KafkaConfig {
    /// Reads the section; `None` when no brokers are set, which means the embedded log.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_config(config: &Config) -> Result<Option<Self>, ConfigErrors> {
        let settings: Self = config.section("kafka")?;
        let mut errors = ConfigErrors::default();
        settings.check(&mut |key, problem, advice| {
            let error = config.error(&format!("kafka.{key}"), problem);
            errors.push(error.advise(advice));
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok((!settings.brokers.is_empty()).then_some(settings))
    }

    /// Names this replica after a data folder when it has no name: one is made there once.
    ///
    /// # Errors
    /// When the name can be neither read nor written.
    pub(in crate::topic) fn named_after(mut self, folder: &Path) -> Result<Self, TopicError> {
        if !self.instance.is_empty() {
            return Ok(self);
        }
        let path = folder.join("instance");
        let unnamed = |problem: &dyn Display| {
            TopicError::Fatal(format!(
                "the name of this replica, {}: {problem}",
                path.display()
            ))
        };
        self.instance = match fs::read_to_string(&path) {
            Ok(name) => name.trim().to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut random = [0; 6];
                getrandom::fill(&mut random).map_err(|error| unnamed(&error))?;
                let name = hex::encode(random);
                fs::write(&path, &name).map_err(|error| unnamed(&error))?;
                name
            }
            Err(error) => return Err(unnamed(&error)),
        };
        if self.instance.is_empty() || !self.instance.bytes().all(is_name) {
            return Err(unnamed(&"it holds no name; delete it"));
        }
        Ok(self)
    }

    fn check(&self, wrong: &mut impl FnMut(&str, String, &str)) {
        for (key, name) in [
            ("topic_prefix", &self.topic_prefix),
            ("instance", &self.instance),
        ] {
            if name.len() > 100 || !name.bytes().all(is_name) {
                wrong(
                    key,
                    "is no name".to_owned(),
                    "at most 100 letters, digits, dots, underscores and dashes",
                );
            }
        }
        if !(1..=9).contains(&self.replication) {
            let problem = format!("is {}, out of 1 to 9", self.replication);
            wrong("replication", problem, "3 is usual");
        }
        self.check_access(wrong);
        let session = self.session_timeout.duration();
        if session < Duration::from_secs(1) {
            let problem = "must be at least 1s".to_owned();
            wrong(
                "session_timeout",
                problem,
                "brokers take 6s or more by default",
            );
        }
        if self.transaction_timeout.duration() < Duration::from_secs(5) {
            let problem = "must be at least 5s".to_owned();
            wrong(
                "transaction_timeout",
                problem,
                "a broker's pause would end each step",
            );
        }
        for (index, property) in self.properties.iter().enumerate() {
            let key = format!("properties.{index}");
            let Some((name, _)) = property.split_once('=') else {
                wrong(&key, "has no =".to_owned(), "write it as \"name=value\"");
                continue;
            };
            if let Some((problem, advice)) = objection(name.trim()) {
                wrong(&key, problem, &advice);
            }
        }
    }

    /// Checks what says how brokers are reached.
    fn check_access(&self, wrong: &mut impl FnMut(&str, String, &str)) {
        if self.sasl() && (self.sasl_username.is_empty() || self.sasl_password.is_empty()) {
            let problem = "needs kafka.sasl_username and kafka.sasl_password".to_owned();
            wrong(
                "security_protocol",
                problem,
                "set them, or choose ssl or plaintext",
            );
        }
        if self.ssl_certificate.is_empty() != self.ssl_key.is_empty() {
            let problem = "goes with kafka.ssl_key".to_owned();
            wrong("ssl_certificate", problem, "set both or none");
        }
        for (key, path) in [
            ("ssl_ca", &self.ssl_ca),
            ("ssl_certificate", &self.ssl_certificate),
            ("ssl_key", &self.ssl_key),
        ] {
            if path.contains("-----BEGIN") {
                let problem = "holds the PEM text itself".to_owned();
                wrong(key, problem, "name the file that holds it");
            }
        }
    }

    /// How long a member may be silent until its partitions go to another.
    pub(super) fn session(&self) -> Duration {
        self.session_timeout.duration()
    }

    /// How long the end of a step is waited for: by then its transaction has timed out.
    pub(super) fn longest_step(&self) -> Duration {
        self.transaction_timeout.duration() + Duration::from_secs(1)
    }

    fn sasl(&self) -> bool {
        self.security_protocol.starts_with("sasl")
    }

    /// Returns the name that something of ours has on the cluster.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.topic_prefix)
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// What there is against a property that somebody wants to set, and what to do instead.
fn objection(name: &str) -> Option<(String, String)> {
    let problem = format!("{name} is not for you to set");
    if let Some((_, key)) = OF_KEYS.iter().find(|(property, _)| *property == name) {
        return Some((problem, format!("set {key} instead")));
    }
    let advice = if OURS.contains(&name) {
        "records would be lost or doubled"
    } else if SET_LATER.contains(&name) {
        "Nightlatch sets it itself"
    } else if NOT_SUPPORTED.iter().any(|start| name.starts_with(start)) {
        "it is not supported; kafka.sasl_mechanism says what is"
    } else if SECRETS.iter().any(|word| name.contains(word)) {
        "it would be shown; kafka.ssl_key takes a PEM file, kafka.ssl_key_password its password"
    } else {
        return None;
    };
    Some((problem, advice.to_owned()))
}
