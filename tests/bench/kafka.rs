//! The same on a real cluster, whose brokers `NIGHTLATCH_BENCH_KAFKA` names: producing and stepping
//! beside bare loops over the same client library, and events from hook to feed, services apart.

mod produce;
mod step;

use std::collections::BTreeMap;

use anyhow::Context;
use nightlatch_chassis::config::{Sources, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{
    Faults, KafkaConfig, Log, Output, Record, TopicMetrics, TopicSpec, layout,
};
use nightlatch_okta_sim::SimEvent;
use nightlatch_schemas::topics::OKTA_EVENTS;
use nightlatch_schemas::{OktaEvent, encode};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use tokio::runtime::Runtime;

use crate::nightlatch::Nightlatch;
use crate::sample::Percentiles;
use crate::scale::Scale;
use crate::table::Row;
use crate::{feed, org, traffic};

const RATE: u32 = 1_000;
/// Each waits for its ack, which takes a cluster tens of milliseconds when it is busy.
const CONNECTIONS: usize = 256;

/// Measures everything on Kafka.
pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let brokers = brokers().context("NIGHTLATCH_BENCH_KAFKA names no brokers")?;
    // Brokers that have just been started compile most of what they run.
    for _ in 0..scale.warm_ups {
        feed_once(scale, &brokers, Some(feed::EVERYTHING)).context("warming up")?;
    }
    let runtime = Runtime::new()?;
    let mut rows = runtime.block_on(produce::measure(scale, &brokers))?;
    rows.extend(runtime.block_on(step::measure(scale, &brokers))?);
    rows.extend(feed(scale, &brokers)?);
    Ok(rows)
}

/// Returns the brokers to measure on, if there are any.
pub(crate) fn brokers() -> Option<String> {
    std::env::var_os("NIGHTLATCH_BENCH_KAFKA")?
        .into_string()
        .ok()
}

fn feed(scale: &Scale, brokers: &str) -> anyhow::Result<Vec<Row>> {
    let managed = feed_once(scale, brokers, None).context("managed policy")?;
    let everything = feed_once(scale, brokers, Some(feed::EVERYTHING))?;
    everything.ensure_whole()?;
    let mut rows = feed_rows("managed policy", &managed);
    rows.extend(feed_rows("every event matches", &everything));
    Ok(rows)
}

fn feed_rows(name: &str, run: &feed::Run) -> Vec<Row> {
    let Percentiles { p50, p95, p99 } = run.latency;
    let value = format!("p50 {p50:.0}, p95 {p95:.0}, p99 {p99:.0} ms");
    let arrived = format!("{} detections of {} events", run.arrived, run.sent);
    let row = Row::new(format!("{RATE} events/s, hook to feed, {name}"), value);
    let ack = format!("p50 {:.1}, p99 {:.1} ms", run.ack.p50, run.ack.p99);
    vec![
        row.beside(arrived).at_most(p99, 200.0, "ms p99"),
        Row::new("  ack meanwhile", ack),
    ]
}

/// Runs events from hook to feed on topics of their own, judged by the managed policies or by `policy` alone.
fn feed_once(scale: &Scale, brokers: &str, policy: Option<&str>) -> anyhow::Result<feed::Run> {
    let runtime = Runtime::new()?;
    let prefix = prefix("feed");
    let start = || {
        runtime.block_on(open(brokers, &prefix))?;
        Nightlatch::apart(policy, brokers, &prefix)
    };
    let deliver = |number: usize, event: &SimEvent| {
        org::delivery_to(number % org::INTEGRATIONS, std::slice::from_ref(event))
    };
    let run = feed::run(scale, CONNECTIONS, start, deliver)?;
    runtime.block_on(delete(brokers, &prefix))?;
    Ok(run)
}

/// Returns a prefix that no other run has.
fn prefix(part: &str) -> String {
    format!("bench-{part}-{}.", uuid::Uuid::new_v4().simple())
}

/// Makes the topics under a prefix and opens them.
async fn open(brokers: &str, prefix: &str) -> anyhow::Result<Log> {
    let set = [
        ("kafka.brokers", brokers.to_owned()),
        ("kafka.topic_prefix", prefix.to_owned()),
        ("kafka.instance", "bench".to_owned()),
        ("kafka.replication", copies(brokers).to_string()),
    ];
    let flags = set.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    let config = KafkaConfig::from_config(&load(&sources)?)?.context("no kafka.brokers")?;
    let metrics = TopicMetrics::new(&Metrics::new()?)?;
    layout::create(&config, &specs(), &metrics).await?;
    Ok(Log::kafka(config, &specs(), Faults::default(), metrics).await?)
}

/// Deletes the topics under a prefix. Brokers look at each partition whenever they copy from one another, so
/// those of a part that is over would slow the next.
async fn delete(brokers: &str, prefix: &str) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create()?;
    let names: Vec<String> = nightlatch_schemas::topics::ALL
        .iter()
        .map(|topic| format!("{prefix}{}", topic.name))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for deleted in admin.delete_topics(&names, &AdminOptions::new()).await? {
        deleted.map_err(|(name, error)| anyhow::anyhow!("{name} was not deleted: {error}"))?;
    }
    Ok(())
}

/// As many copies as a cluster of so many brokers keeps.
pub(crate) fn copies(brokers: &str) -> usize {
    brokers.split(',').count().min(3)
}

fn specs() -> Vec<TopicSpec> {
    let spec = |topic: nightlatch_schemas::topics::Topic| TopicSpec {
        name: topic.name,
        partitions: topic.partitions,
        retention: None,
        compacted: false,
    };
    nightlatch_schemas::topics::ALL
        .into_iter()
        .map(spec)
        .collect()
}

/// What the bare loops have in common with ours.
fn client(brokers: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", brokers)
        .set("allow.auto.create.topics", "false")
        .set("socket.nagle.disable", "true");
    client
}

/// The settings of our producer.
fn bare_producer(brokers: &str) -> ClientConfig {
    let mut producer = client(brokers);
    producer
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("compression.codec", "lz4")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "1")
        .set("message.max.bytes", "2097152")
        .set("queue.buffering.max.kbytes", "32768");
    producer
}

/// Returns records as ingest makes them, of all integrations in turn.
fn records(count: usize) -> anyhow::Result<Vec<Output>> {
    let events = traffic::events(traffic::START_MS, count, RATE.into())
        .into_iter()
        .enumerate();
    let records = events.map(|(number, event)| {
        let integration = format!("integration-{}", number % org::INTEGRATIONS);
        let value = encode(&OktaEvent {
            kind: "event".to_owned(),
            integration: integration.clone(),
            org: "acme.okta.com".to_owned(),
            uuid: event.uuid,
            event_type: Some("user.session.start".to_owned()),
            published: Some(0),
            received: 0,
            origin: "hook".to_owned(),
            raw: event.json,
            complete_to: None,
        })?;
        let record = Record {
            key: integration.into_bytes(),
            headers: Vec::new(),
            value,
        };
        Ok(Output {
            topic: OKTA_EVENTS,
            record,
        })
    });
    records.collect()
}

/// Returns the settings with which a service finds the cluster.
pub(crate) fn settings(brokers: &str, prefix: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("kafka.brokers", brokers.to_owned()),
        ("kafka.topic_prefix", prefix.to_owned()),
        ("kafka.replication", copies(brokers).to_string()),
        ("master_key", "5c".repeat(32)),
    ])
}
