//! A detector on a log of its own, to be stopped, restarted and read.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nightlatch_chassis::Sources;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{Config, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{
    Faults, LocalOptions, Log, Output, Positions, Record, Stored, TopicMetrics, TopicSpec,
};
use nightlatch_detector::{DEFAULTS, Detector, DetectorError, GROUP};
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{OktaEvent, RuntimeEvent, decode, encode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);

/// Rules that the tests judge by.
const RULES: &str = r#"
- rule: everything
  desc: Matches every event.
  condition: okta.evt.type exists
  output: "%okta.evt.type by %okta.actor.alternateid"
  priority: NOTICE
  source: okta

- rule: three failures
  desc: Three failed factors within five minutes.
  condition: okta.mfa.failure.countlast[300] >= 3
  output: "%okta.mfa.failure.countlast[300] failures"
  priority: WARNING
  source: okta
"#;

/// A data folder with a log and the rules of a test.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) readiness: Readiness,
    metrics: Metrics,
}

/// A detector that runs.
pub(crate) struct Running {
    shutdown: Shutdown,
    task: JoinHandle<Result<(), DetectorError>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        let (metrics, faults) = (Metrics::new().unwrap(), Faults::default());
        let topic = |name| TopicSpec { name, retention: None, compacted: false };
        let topics = [OKTA_EVENTS, RUNTIME_EVENTS, DEAD_LETTERS].map(topic).to_vec();
        let options = LocalOptions { topics, faults: faults.clone(), ..LocalOptions::default() };
        let log =
            Log::local(folder.path(), options, TopicMetrics::new(&metrics).unwrap()).unwrap();
        let readiness = Readiness::new(Shutdown::new());
        let bench = Self { folder, log, faults, readiness, metrics };
        bench.write_rules(RULES);
        bench
    }

    pub(crate) fn rules_file(&self) -> PathBuf {
        self.folder.path().join("policies").join("test.yaml")
    }

    pub(crate) fn write_rules(&self, text: &str) {
        std::fs::write(self.rules_file(), text).unwrap();
    }

    pub(crate) fn start(&self) -> Running {
        let config = self.config();
        let detector =
            Detector::new(&config, self.log.clone(), &self.metrics, &self.readiness).unwrap();
        let shutdown = Shutdown::new();
        let task = tokio::spawn(detector.run(shutdown.clone()));
        Running { shutdown, task }
    }

    fn config(&self) -> Config {
        let text = format!(
            "data_dir = {:?}\n[detector]\nmanaged_policies = false\npolicies = [{:?}]\n\
             reload_interval = \"20ms\"\n",
            self.folder.path(),
            self.folder.path().join("policies"),
        );
        let file = self.folder.path().join("nightlatch.toml");
        std::fs::write(&file, text).unwrap();
        let sources =
            Sources { defaults: vec![DEFAULTS], file: Some(file), ..Sources::default() };
        load(&sources).unwrap()
    }

    /// Appends events as ingest would.
    pub(crate) async fn send(&self, events: impl IntoIterator<Item = Value>) {
        let outputs = events.into_iter().map(|event| self.record(&event)).collect();
        self.log.append(outputs).await.unwrap();
    }

    fn record(&self, event: &Value) -> Output {
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        let record = OktaEvent {
            kind: "event".to_owned(),
            integration: "acme".to_owned(),
            org: "acme.okta.com".to_owned(),
            uuid: text("uuid").unwrap(),
            event_type: text("eventType"),
            published: text("published").map(|time| milliseconds(&time)),
            received: 1_780_000_000_000,
            origin: "hook".to_owned(),
            raw: event.to_string(),
            complete_to: None,
        };
        raw(encode(&record).unwrap())
    }

    /// Waits until the detector has read everything and returns what it emitted.
    pub(crate) async fn settled(&self) -> Vec<RuntimeEvent> {
        let end = self.log.bounds(OKTA_EVENTS).await.unwrap()[0].end;
        until("the detector has read everything", || async {
            let position = self.log.position(GROUP, OKTA_EVENTS).await.unwrap();
            position.values().all(|position| *position >= end)
        })
        .await;
        self.emitted().await
    }

    pub(crate) async fn emitted(&self) -> Vec<RuntimeEvent> {
        let records = self.records(RUNTIME_EVENTS).await;
        records.iter().map(|stored| decode(&stored.record.value).unwrap()).collect()
    }

    pub(crate) async fn records(&self, topic: &'static str) -> Vec<Stored> {
        let mut reader = self.log.reader(topic, Positions::new());
        let mut records = Vec::new();
        loop {
            let more = reader.read(1000).await.unwrap();
            if more.is_empty() {
                return records;
            }
            records.extend(more);
        }
    }
}

impl Running {
    /// Stops it in order.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.task.await.unwrap().unwrap();
    }

    /// Waits until it has ended by itself and returns why.
    pub(crate) async fn failure(self) -> DetectorError {
        self.task.await.unwrap().unwrap_err()
    }
}

/// A record of any value.
pub(crate) fn raw(value: Vec<u8>) -> Output {
    let record = Record { key: b"acme".to_vec(), headers: Vec::new(), value };
    Output { topic: OKTA_EVENTS, record }
}

/// An event of a type.
pub(crate) fn event(uuid: &str, event_type: &str) -> Value {
    json!({
        "uuid": uuid,
        "published": "2026-05-28T20:26:40.000Z",
        "eventType": event_type,
        "actor": {"id": "00u1", "type": "User", "alternateId": "ann@acme.example"},
    })
}

/// A failed factor, so many seconds into the test's minute.
pub(crate) fn failure(uuid: &str, second: u32) -> Value {
    let mut event = event(uuid, "user.authentication.auth_via_mfa");
    event["published"] = format!("2026-05-28T20:26:{second:02}.000Z").into();
    event["outcome"] = json!({"result": "FAILURE", "reason": "INVALID_CREDENTIALS"});
    event
}

/// How often each rule fired.
pub(crate) fn by_rule(events: &[RuntimeEvent]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.rule.name.as_str()).or_default() += 1;
    }
    counts
}

/// Waits for a condition, with a deadline.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn milliseconds(time: &str) -> i64 {
    let seconds: i64 = time["2026-05-28T20:26:".len()..][..2].parse().unwrap();
    1_780_000_000_000 + (seconds - 40) * 1000
}
