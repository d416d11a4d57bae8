//! What is done to the cluster behind the services' backs.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::MetadataPartition;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

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

fn admin() -> AdminClient<DefaultClientContext> {
    client().create().unwrap()
}

fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", given().unwrap());
    client
}
