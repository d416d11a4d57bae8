//! How each kind of client is set up. What exactly-once depends on can't be overridden.
//!
//! What each property does: <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>. Backoffs
//! and time-outs are short: a client that has lost a broker tries another within a second.

use std::time::Duration;

use rdkafka::ClientConfig;

use super::{KafkaConfig, MAX_MESSAGE_BYTES};

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

impl KafkaConfig {
    /// What all clients have in common.
    pub(in crate::topic::kafka) fn client(&self) -> ClientConfig {
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
    pub(in crate::topic::kafka) fn appender(&self) -> ClientConfig {
        let mut client = self.producer();
        client.set("message.timeout.ms", "5000");
        client
    }

    /// The producer of a group's steps.
    pub(in crate::topic::kafka) fn stepper(&self, group: &str) -> ClientConfig {
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
    pub(in crate::topic::kafka) fn reader(&self) -> ClientConfig {
        let mut client = self.consumer("nightlatch-reader");
        client.set("isolation.level", isolation());
        client
    }

    /// Who reads to the end only: the end is told when a fetch that found nothing is answered, so
    /// brokers must not hold it back in the hope of more. Twice half a second for each of twelve
    /// partitions was most of the time that a take-over needed.
    pub(in crate::topic::kafka) fn hasty_reader(&self) -> ClientConfig {
        let mut client = self.reader();
        client.set("fetch.wait.max.ms", "10");
        client
    }

    /// Who need not have each record at once: brokers gather them for as long, and have far fewer
    /// requests to answer.
    pub(in crate::topic::kafka) fn unhurried_reader(&self) -> ClientConfig {
        let mut client = self.reader();
        client
            .set("fetch.min.bytes", "1048576")
            .set("fetch.wait.max.ms", millis(GATHERING));
        client
    }

    /// Who reads as a member of a group.
    pub(in crate::topic::kafka) fn group(&self, group: &str) -> ClientConfig {
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
    pub(in crate::topic::kafka) fn inspector(&self) -> ClientConfig {
        let mut client = self.client();
        client.set("isolation.level", "read_uncommitted");
        client
    }

    /// As the inspector, but of steps it sees only those that are decided.
    pub(in crate::topic::kafka) fn observer(&self) -> ClientConfig {
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
            // A wave of all partitions while one is being stored; librdkafka's 64 MiB are too much memory.
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

fn millis(span: Duration) -> String {
    span.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn config(set: &[(&str, &str)]) -> KafkaConfig {
        let mut all = vec![("kafka.brokers", "a:1"), ("kafka.instance", "one")];
        all.extend(set);
        let flags = all
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let sources = Sources {
            flags: flags.collect(),
            ..Sources::default()
        };
        let config = KafkaConfig::from_config(&load(&sources).unwrap());
        config.unwrap().unwrap()
    }

    fn assert_set(client: &ClientConfig, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(client.get(name), Some(*value), "{name}");
        }
    }

    #[test]
    fn what_exactly_once_depends_on_is_set() {
        let config = config(&[("kafka.properties", "socket.send.buffer.bytes=65536")]);
        let stepper = config.stepper("detector");
        for producer in [&config.appender(), &stepper] {
            assert_set(
                producer,
                &[
                    ("acks", "all"),
                    ("enable.idempotence", "true"),
                    ("partitioner", "murmur2_random"),
                    ("compression.codec", "lz4"),
                    ("linger.ms", "1"),
                    ("queue.buffering.max.kbytes", "32768"),
                    ("allow.auto.create.topics", "false"),
                    ("socket.send.buffer.bytes", "65536"),
                ],
            );
        }
        assert_set(
            &stepper,
            &[
                ("transactional.id", "detector.one"),
                ("transaction.timeout.ms", "6000"),
                // Below the transaction's, or what is late would come into the next.
                ("message.timeout.ms", "4800"),
            ],
        );
        for consumer in [
            config.group("detector"),
            config.reader(),
            config.hasty_reader(),
            config.unhurried_reader(),
        ] {
            assert_set(
                &consumer,
                &[
                    ("isolation.level", "read_committed"),
                    ("enable.auto.commit", "false"),
                    ("enable.auto.offset.store", "false"),
                    ("auto.offset.reset", "error"),
                    ("fetch.queue.backoff.ms", "10"),
                    ("fetch.error.backoff.ms", "50"),
                ],
            );
        }
        assert_set(
            &config.group("detector"),
            &[
                ("group.id", "detector"),
                ("group.instance.id", "detector.one"),
                ("group.protocol", "classic"),
                ("session.timeout.ms", "6000"),
                ("heartbeat.interval.ms", "600"),
            ],
        );
    }

    #[test]
    fn every_client_goes_to_the_brokers_as_the_settings_say() {
        let config = config(&[
            ("kafka.security_protocol", "sasl_ssl"),
            ("kafka.ssl_ca", "/ca.pem"),
            ("kafka.ssl_certificate", "/client.pem"),
            ("kafka.ssl_key", "/client.key"),
            ("kafka.ssl_key_password", "of the key"),
            ("kafka.sasl_username", "nightlatch"),
            ("kafka.sasl_password", "of nightlatch"),
        ]);
        for client in [
            config.inspector(),
            config.observer(),
            config.appender(),
            config.stepper("detector"),
            config.group("detector"),
            config.reader(),
        ] {
            assert_set(
                &client,
                &[
                    ("security.protocol", "sasl_ssl"),
                    ("ssl.ca.location", "/ca.pem"),
                    ("ssl.certificate.location", "/client.pem"),
                    ("ssl.key.location", "/client.key"),
                    ("ssl.key.password", "of the key"),
                    ("sasl.mechanisms", "SCRAM-SHA-512"),
                    ("sasl.username", "nightlatch"),
                    ("sasl.password", "of nightlatch"),
                ],
            );
        }
    }
}
