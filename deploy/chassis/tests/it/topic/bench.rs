//! A log to test on, and what tests do with it again and again.

use std::future::Future;
use std::time::{Duration, Instant};

use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{
    Batch, Consumer, Fault, Faults, LocalOptions, Log, Outcome, Output, Place, Polled, Positions,
    Record, Stored, TopicError, TopicMetrics, TopicSpec,
};
use tempfile::TempDir;

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
}

impl Bench {
    pub(crate) fn new() -> Self {
        let forever = |name| TopicSpec {
            name,
            retention: None,
            compacted: false,
        };
        let compacted = TopicSpec {
            name: CURSORS,
            retention: None,
            compacted: true,
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            faults: Faults::default(),
            topics: vec![forever(EVENTS), forever(DETECTIONS), compacted],
            max_bytes: None,
        }
    }

    /// Opens the log. What used it until now may be about to let go of it.
    pub(crate) async fn open(&self) -> Log {
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

    /// Closes the log and opens it again, as a new process would.
    pub(crate) async fn reopen(&self, log: Log) -> Log {
        drop(log);
        self.open().await
    }

    /// Returns a second client of the log. On Local there is one a process.
    pub(crate) fn another(log: &Log) -> Log {
        log.clone()
    }

    /// Takes the records before `positions` away behind everyone's back, as retention does.
    pub(crate) async fn lose(&self, log: Log, topic: &str, positions: &Positions) -> Log {
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

pub(crate) fn metrics() -> TopicMetrics {
    TopicMetrics::new(&Metrics::new().unwrap()).unwrap()
}

/// Fails the test when `what` takes too long.
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
            Polled::Batch(batch) => return (assigned, batch),
        }
    }
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
            soon(consumer.commit(&batch, copies(&batch))).await,
            Outcome::Committed
        );
    }
}
