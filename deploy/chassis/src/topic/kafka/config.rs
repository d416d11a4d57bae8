//! The section `kafka` of the configuration, and how each kind of client is set up from it.
//!
//! What exactly-once depends on is set here and can't be overridden. Why each value is what it is:
//! <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md> says what it does.

use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rdkafka::ClientConfig;
use serde::Deserialize;

use crate::config::{Config, ConfigErrors};
use crate::topic::TopicError;
use crate::{Secret, Span};

/// Properties that `kafka.properties` must not touch: without them records are lost or doubled.
const OURS: [&str; 21] = [
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    // A replica that follows knows less than the leader that says where the end is.
    "client.rack",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
    "session.timeout.ms",
    "statistics.interval.ms",
    "transaction.timeout.ms",
    "transactional.id",
];
/// How long a client waits for an answer: less than a transaction lasts, so that a broker that
/// hangs is given up in time.
const ANSWER: Duration = Duration::from_secs(4);
/// How long a batch may be worked on before the group gives its partition away. The state of a
/// partition may have to be read from the whole log before its first batch.
const LONGEST_STEP: Duration = Duration::from_mins(15);
/// How often clients say how they are.
const STATISTICS: Duration = Duration::from_secs(1);
/// How long brokers gather records for who is in no hurry.
const GATHERING: Duration = Duration::from_millis(200);
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
            match property.split_once('=').map(|(name, _)| name.trim()) {
                None => wrong(&key, "has no =".to_owned(), "write it as \"name=value\""),
                Some(name) if OURS.contains(&name) => {
                    let problem = format!("{name} is not for you to set");
                    wrong(&key, problem, "records would be lost or doubled");
                }
                Some(_) => {}
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

    /// What all clients have in common.
    pub(super) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", format!("nightlatch-{}", self.instance))
            .set("security.protocol", &self.security_protocol)
            .set("allow.auto.create.topics", "false")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("retry.backoff.ms", "50")
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            .set("socket.timeout.ms", millis(ANSWER))
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("log.connection.close", "false");
        if self.security_protocol.ends_with("ssl") {
            let ca = if self.ssl_ca.is_empty() {
                "probe"
            } else {
                &self.ssl_ca
            };
            client.set("ssl.ca.location", ca);
            let own = [
                ("ssl.certificate.location", self.ssl_certificate.as_str()),
                ("ssl.key.location", &self.ssl_key),
                ("ssl.key.password", self.ssl_key_password.expose()),
            ];
            for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
                client.set(name, value);
            }
        }
        if self.sasl() {
            client
                .set("sasl.mechanisms", &self.sasl_mechanism)
                .set("sasl.username", &self.sasl_username)
                .set("sasl.password", self.sasl_password.expose());
        }
        for property in &self.properties {
            if let Some((name, value)) = property.split_once('=') {
                client.set(name.trim(), value.trim());
            }
        }
        client
    }

    fn producer(&self) -> ClientConfig {
        let mut client = self.client();
        client
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.codec", "lz4")
            // As Java clients, so that everybody's records of a key meet on one partition.
            .set("partitioner", "murmur2_random")
            .set("linger.ms", millis(self.linger.duration()))
            .set("message.max.bytes", MAX_MESSAGE_BYTES.to_string())
            .set("queue.buffering.max.kbytes", "32768")
            .set("request.timeout.ms", "5000")
            .set("statistics.interval.ms", millis(STATISTICS));
        client
    }

    /// The producer of appends. Who waits for one gives up after seconds; a record that could not
    /// be sent by then is dropped.
    pub(super) fn appender(&self) -> ClientConfig {
        let mut client = self.producer();
        client.set("message.timeout.ms", "5000");
        client
    }

    /// The producer of a group's steps.
    pub(super) fn stepper(&self, group: &str) -> ClientConfig {
        let transaction = self.transaction_timeout.duration();
        let mut client = self.producer();
        client
            .set("transactional.id", self.member(group))
            // A step begins while the brokers still end the one before, for some milliseconds.
            .set("retry.backoff.ms", "5")
            .set("transaction.timeout.ms", millis(transaction))
            .set("message.timeout.ms", millis(transaction * 4 / 5));
        client
    }

    /// Who reads under given positions.
    pub(super) fn reader(&self) -> ClientConfig {
        let mut client = self.consumer("nightlatch-reader");
        client.set("isolation.level", isolation());
        client
    }

    /// Who reads to the end only: the end is told when a fetch that found nothing is answered, so
    /// brokers must not hold it back in the hope of more. Twice half a second for each of twelve
    /// partitions was most of the time that a take-over needed.
    pub(super) fn hasty_reader(&self) -> ClientConfig {
        let mut client = self.reader();
        client.set("fetch.wait.max.ms", "10");
        client
    }

    /// Who need not have each record at once: brokers gather them for as long, and have far fewer
    /// requests to answer.
    pub(super) fn unhurried_reader(&self) -> ClientConfig {
        let mut client = self.reader();
        client
            .set("fetch.min.bytes", "1048576")
            .set("fetch.wait.max.ms", millis(GATHERING));
        client
    }

    /// Who reads as a member of a group.
    pub(super) fn group(&self, group: &str) -> ClientConfig {
        let session = self.session_timeout.duration();
        let mut client = self.consumer(group);
        client
            .set("isolation.level", isolation())
            .set("group.instance.id", self.member(group))
            .set("group.protocol", "classic")
            // By itself a member notices that its coordinator has moved when its session is over.
            .set("coordinator.query.interval.ms", "1000")
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", millis(session))
            // What takes a member in or out is told to the others by their next heartbeat.
            .set("heartbeat.interval.ms", millis(session / 10))
            .set("max.poll.interval.ms", millis(LONGEST_STEP.max(session)))
            // With a backlog a step is what has been fetched while the one before was taken, and costs about
            // the same however much it is: 16 MiB are 5,500 events of 3 KiB.
            .set("queued.max.messages.kbytes", "32768")
            .set("statistics.interval.ms", millis(STATISTICS));
        client
    }

    /// Who asks for ends, positions and metadata, and never reads.
    pub(super) fn inspector(&self) -> ClientConfig {
        let mut client = self.client();
        client.set("isolation.level", "read_uncommitted");
        client
    }

    /// As the inspector, but of steps it sees only those that are decided.
    pub(super) fn observer(&self) -> ClientConfig {
        self.client()
    }

    fn consumer(&self, group: &str) -> ClientConfig {
        let mut client = self.client();
        client
            .set("group.id", self.named(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.error.backoff.ms", "50")
            .set("queued.max.messages.kbytes", "16384");
        client
    }

    /// The name of this replica in a group and of its transactions.
    fn member(&self, group: &str) -> String {
        self.named(&format!("{group}.{}", self.instance))
    }
}

/// Steps that were aborted stay on the topics; readers must not see them.
fn isolation() -> &'static str {
    if crate::seeded_bug("read-uncommitted") {
        "read_uncommitted"
    } else {
        "read_committed"
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn millis(span: Duration) -> String {
    span.as_millis().to_string()
}
