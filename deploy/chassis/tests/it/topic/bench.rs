//! A log to test on, and what tests do with it again and again.
//!
//! It is Local, or Kafka where the variable `NIGHTLATCH_TEST_KAFKA` names brokers; then each bench
//! has topics of its own, told by a prefix.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::future::Future;
use std::slice::from_ref;
use std::time::{Duration, Instant};

use nightlatch_chassis::config::{Sources, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{
    Batch, Consumer, Fault, Faults, KafkaConfig, LocalOptions, Log, Outcome, Output, Place, Polled,
    Positions, Record, Stored, TopicError, TopicMetrics, TopicSpec, layout,
};
use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::Offset;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Plain topics that keep everything.
pub(crate) const EVENTS: &str = "events";
pub(crate) const DETECTIONS: &str = "detections";
/// A compacted one.
pub(crate) const CURSORS: &str = "cursors";

/// How long anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A log that can be opened again and again, with faults to inject.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) faults: Faults,
    pub(crate) topics: Vec<TopicSpec>,
    pub(crate) max_bytes: Option<u64>,
    cluster: Option<Cluster>,
}

/// Brokers, and what tells this bench's topics from others'.
struct Cluster {
    brokers: String,
    prefix: String,
    made: OnceCell<()>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cluster = brokers().map(|brokers| {
            let name = folder.path().file_name().unwrap().to_string_lossy();
            let prefix = format!("test-{}.", name.trim_start_matches('.'));
            Cluster {
                brokers,
                prefix,
                made: OnceCell::new(),
            }
        });
        Self {
            cluster,
            ..Self::local(folder)
        }
    }

    fn local(folder: TempDir) -> Self {
        let forever = |name| TopicSpec {
            name,
            partitions: 3,
            retention: None,
            compacted: false,
        };
        let compacted = TopicSpec {
            name: CURSORS,
            partitions: 1,
            retention: None,
            compacted: true,
        };
        Self {
            folder,
            cluster: None,
            faults: Faults::default(),
            topics: vec![forever(EVENTS), forever(DETECTIONS), compacted],
            max_bytes: None,
        }
    }

    /// Opens the log. What used it until now may be about to let go of it.
    pub(crate) async fn open(&self) -> Log {
        if let Some(cluster) = &self.cluster {
            let config = cluster.config();
            let make = async || {
                layout::create(&config, &self.topics, &metrics())
                    .await
                    .unwrap();
            };
            cluster.made.get_or_init(make).await;
            let (faults, metrics) = (self.faults.clone(), metrics());
            return Log::kafka(config, &self.topics, faults, metrics)
                .await
                .unwrap();
        }
        let started = Instant::now();
        loop {
            match Log::local(self.folder.path(), self.options(), metrics()) {
                Err(TopicError::Locked(_)) if started.elapsed() < DEADLINE => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                opened => return opened.unwrap(),
            }
        }
    }

    pub(crate) fn options(&self) -> LocalOptions {
        let (topics, faults) = (self.topics.clone(), self.faults.clone());
        LocalOptions {
            topics,
            max_bytes: self.max_bytes,
            faults,
            ..LocalOptions::default()
        }
    }

    /// Closes the log and opens it again, as a new process would: of the old one nothing is at work.
    pub(crate) async fn reopen(&self, log: Log) -> Log {
        drop(log);
        let old = closing();
        soon(async {
            while !closing().is_disjoint(&old) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        self.open().await
    }

    /// Returns a second client of the log, of the same name as the first. On Local there is one a
    /// process.
    pub(crate) async fn another(&self, log: &Log) -> Log {
        match &self.cluster {
            Some(_) => self.open().await,
            None => log.clone(),
        }
    }

    /// The log as another replica has it.
    pub(crate) async fn replica(&self, log: &Log) -> Log {
        let Some(cluster) = &self.cluster else {
            return log.clone();
        };
        let config = cluster.config_of("another");
        Log::kafka(config, &self.topics, self.faults.clone(), metrics())
            .await
            .unwrap()
    }

    /// Takes the records before `positions` away behind everyone's back, as retention does.
    pub(crate) async fn lose(&self, log: Log, topic: &str, positions: &Positions) -> Log {
        if let Some(cluster) = &self.cluster {
            cluster.lose(topic, positions).await;
            return self.reopen(log).await;
        }
        drop(log);
        drop(self.open().await);
        let file = rusqlite::Connection::open(self.folder.path().join("log.db")).unwrap();
        for position in positions.values() {
            file.execute(
                &format!("DELETE FROM \"records of {topic}\" WHERE id < ?1"),
                [position],
            )
            .unwrap();
            file.execute(
                "UPDATE topic SET start = ?1 WHERE name = ?2",
                (position, topic),
            )
            .unwrap();
        }
        drop(file);
        self.open().await
    }
}

/// Returns the brokers to test on, if it is not to be Local.
#[expect(clippy::disallowed_methods, reason = "it is no setting of the product")]
pub(crate) fn brokers() -> Option<String> {
    std::env::var("NIGHTLATCH_TEST_KAFKA").ok()
}

impl Cluster {
    fn config(&self) -> KafkaConfig {
        self.config_of("tester")
    }

    fn config_of(&self, instance: &str) -> KafkaConfig {
        let copies = self.brokers.split(',').count();
        let set = [
            ("kafka.brokers", self.brokers.clone()),
            ("kafka.topic_prefix", self.prefix.clone()),
            ("kafka.instance", instance.to_owned()),
            ("kafka.replication", copies.to_string()),
        ];
        let flags = set.map(|(key, value)| (key.to_owned(), value)).to_vec();
        let config = load(&Sources {
            flags,
            ..Sources::default()
        })
        .unwrap();
        KafkaConfig::from_config(&config).unwrap().unwrap()
    }

    async fn lose(&self, topic: &str, positions: &Positions) {
        let mut config = rdkafka::ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
        let mut before = TopicPartitionList::new();
        for (partition, position) in positions {
            let topic = format!("{}{topic}", self.prefix);
            before
                .add_partition_offset(&topic, *partition, Offset::Offset(*position))
                .unwrap();
        }
        let lost = soon(admin.delete_records(&before, &AdminOptions::new()))
            .await
            .unwrap();
        for partition in lost.elements() {
            partition.error().unwrap();
        }
    }
}

pub(crate) fn metrics() -> TopicMetrics {
    TopicMetrics::new(&Metrics::new().unwrap()).unwrap()
}

/// Fails the test when `what` takes too long.
/// The threads that close clients of Kafka: a member that is still being closed may come between a new
/// one of its name and the group.
fn closing() -> BTreeSet<OsString> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
    let is_closing = |thread: &fs::DirEntry| {
        let name = fs::read_to_string(thread.path().join("comm"));
        name.is_ok_and(|name| name.trim_end() == "kafka-close")
    };
    let closing = threads.filter_map(Result::ok).filter(is_closing);
    closing.map(|thread| thread.file_name()).collect()
}

pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what)
        .await
        .unwrap_or_else(|_| panic!("it takes longer than {DEADLINE:?}"))
}

pub(crate) fn output(topic: &'static str, key: &str, value: &str) -> Output {
    let (key, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
    Output {
        topic,
        record: Record {
            key,
            headers: Vec::new(),
            value,
        },
    }
}

/// Appends something that is never answered, and gives up once it is sure not to be.
pub(crate) async fn append_in_vain(bench: &Bench, log: &Log) {
    bench.faults.inject(Fault::HangAppend);
    let taken = async {
        while !bench.faults.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        answer = log.append(vec![output(EVENTS, "key", "lost")]) => panic!("{answer:?}"),
        () = soon(taken) => {}
    }
}

/// Appends values under one key.
pub(crate) async fn append(log: &Log, topic: &'static str, values: &[&str]) -> Vec<Place> {
    let outputs = values
        .iter()
        .map(|value| output(topic, "key", value))
        .collect();
    soon(log.append(outputs)).await.unwrap()
}

/// Returns all that a topic holds.
pub(crate) async fn all(log: &Log, topic: &'static str) -> Vec<Stored> {
    let mut reader = log.reader(topic, Positions::new());
    let mut all = Vec::new();
    loop {
        let records = soon(reader.read(7)).await.unwrap();
        if records.is_empty() {
            return all;
        }
        all.extend(records);
    }
}

pub(crate) fn text(stored: &Stored) -> String {
    String::from_utf8(stored.record.value.clone()).unwrap()
}

pub(crate) fn texts(records: &[Stored]) -> Vec<String> {
    records.iter().map(text).collect()
}

/// Returns the values of all that a topic holds.
pub(crate) async fn values(log: &Log, topic: &'static str) -> Vec<String> {
    texts(&all(log, topic).await)
}

/// Polls until there is a batch, and says which partitions were assigned before it.
pub(crate) async fn next(consumer: &mut Consumer, max: usize) -> (Positions, Batch) {
    let mut assigned = Positions::new();
    loop {
        match soon(consumer.poll(max)).await.unwrap() {
            Polled::Assigned {
                partition,
                position,
            } => {
                assigned.insert(partition, position);
            }
            Polled::Revoked { partition } => {
                assigned.remove(&partition);
            }
            Polled::Spare => assigned.clear(),
            Polled::Batches(batches) => return (assigned, only(batches)),
        }
    }
}

/// Returns the one batch of a step: tests write under one key, which is one partition.
pub(crate) fn only(mut batches: Vec<Batch>) -> Batch {
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

/// The outputs of a step that copies.
pub(crate) fn copies(batch: &Batch) -> Vec<Output> {
    let copy = |stored: &Stored| Output {
        topic: DETECTIONS,
        record: stored.record.clone(),
    };
    batch.records.iter().map(copy).collect()
}

/// Copies events to detections, step by step, until so many are there.
pub(crate) async fn copy_until(log: &Log, group: &str, detections: usize) {
    let mut consumer = log.consumer(group, EVENTS);
    while all(log, DETECTIONS).await.len() < detections {
        let (_, batch) = next(&mut consumer, 3).await;
        assert_eq!(
            soon(consumer.commit(from_ref(&batch), copies(&batch))).await,
            Outcome::Committed
        );
    }
}
