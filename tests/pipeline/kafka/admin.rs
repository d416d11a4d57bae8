//! What is done to the cluster behind the services' backs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use crate::cluster::given;
use crate::installation::Installation;

/// How long the cluster may take.
pub(super) const ANSWER: Duration = Duration::from_secs(20);

/// Returns the name that a topic of the installation has on the cluster.
pub(super) fn named(installation: &Installation, topic: &str) -> String {
    let prefix = installation
        .setting("kafka.topic_prefix")
        .trim_matches('\'');
    format!("{prefix}{topic}")
}

/// Makes a topic of one copy as somebody might who does not know what it is for.
pub(super) async fn make(topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    let wrong = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let wrong = settings
        .iter()
        .fold(wrong, |topic, (key, value)| topic.set(key, value));
    let options = AdminOptions::new().operation_timeout(Some(ANSWER));
    let made = admin().create_topics([&wrong], &options).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
}

/// Deletes a topic.
pub(super) async fn delete(topic: &str) {
    let options = AdminOptions::new().operation_timeout(Some(ANSWER));
    let deleted = admin().delete_topics(&[topic], &options).await.unwrap();
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
}

/// Returns where each partition ends.
pub(super) fn ends(topic: &str) -> BTreeMap<i32, i64> {
    let reader = reader("read_uncommitted");
    let end = |partition| reader.fetch_watermarks(topic, partition, ANSWER).unwrap().1;
    let partitions = partitions(&reader, topic).into_iter();
    partitions
        .map(|partition| (partition, end(partition)))
        .collect()
}

/// Deletes all records before the ends, as retention would.
pub(super) async fn delete_records(topic: &str, ends: &BTreeMap<i32, i64>) {
    let mut list = TopicPartitionList::new();
    for (partition, end) in ends {
        let end = Offset::Offset(*end);
        list.add_partition_offset(topic, *partition, end).unwrap();
    }
    let options = AdminOptions::new().operation_timeout(Some(ANSWER));
    let deleted = admin().delete_records(&list, &options).await.unwrap();
    for partition in deleted.elements() {
        partition.error().unwrap();
    }
}

/// Returns the partitions of a topic.
pub(super) fn partitions(reader: &BaseConsumer, topic: &str) -> Vec<i32> {
    let metadata = reader.fetch_metadata(Some(topic), ANSWER).unwrap();
    let partitions = metadata.topics()[0].partitions().iter();
    partitions.map(MetadataPartition::id).collect()
}

/// Returns a reader of no group of ours.
pub(super) fn reader(isolation: &str) -> BaseConsumer {
    let mut config = client();
    config
        .set("group.id", "a-stranger")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation);
    config.create().unwrap()
}

/// Reads a topic to its end, with this isolation.
pub(super) fn each_record(
    topic: &str,
    isolation: &str,
    mut take: impl FnMut(&BorrowedMessage<'_>),
) {
    let reader = reader(isolation);
    let mut list = TopicPartitionList::new();
    let mut unfinished: BTreeSet<i32> = partitions(&reader, topic).into_iter().collect();
    for partition in &unfinished {
        list.add_partition_offset(topic, *partition, Offset::Beginning)
            .unwrap();
    }
    reader.assign(&list).unwrap();
    while !unfinished.is_empty() {
        match reader.poll(ANSWER) {
            Some(Ok(message)) => take(&message),
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(unfinished.remove(&partition)),
            Some(Err(error)) => panic!("{topic}: {error}"),
            None => panic!("{topic}: no end within {ANSWER:?}"),
        }
    }
}

/// Returns keys and values of all records of an installation's topics, and of aborted steps, by topic.
pub(crate) fn all_records(installation: &Installation) -> Vec<(String, Vec<u8>)> {
    let metadata = reader("read_uncommitted")
        .fetch_metadata(None, ANSWER)
        .unwrap();
    let topics = metadata.topics().iter().map(MetadataTopic::name);
    let prefix = named(installation, "");
    let mut records = Vec::new();
    for topic in topics.filter(|topic| topic.starts_with(&prefix)) {
        each_record(topic, "read_uncommitted", |message| {
            let parts = [message.key(), message.payload()].into_iter().flatten();
            records.extend(parts.map(|part| (topic.to_owned(), part.to_vec())));
        });
    }
    records
}

fn admin() -> AdminClient<DefaultClientContext> {
    client().create().unwrap()
}

fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", given().unwrap());
    client
}
