//! A detector on a log of its own, to be stopped, restarted and read.

use std::path::{Path, PathBuf};

use axum::Router;
use nightlatch_chassis::Sources;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{Config, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{Change, Keyring, Settings, Written};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{
    Faults, LocalOptions, Log, Positions, Stored, TopicMetrics, TopicSpec,
};
use nightlatch_detector::{DEFAULTS, Detector, DetectorError, GROUP};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, OKTA_EVENTS, POLICIES, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, decode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, block_in_place};

use crate::fixtures::{is_soon, record};

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
    pub(crate) max_step: usize,
    /// Whether the policies that we ship judge, too.
    pub(crate) managed: bool,
    metrics: Metrics,
}

/// A detector that runs.
pub(crate) struct Running {
    shutdown: Shutdown,
    task: JoinHandle<Result<(), DetectorError>>,
    pub(crate) routes: Router,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        let bench = Self::open(folder);
        bench.write_rules(RULES);
        bench
    }

    /// As a new process finds the folder.
    pub(crate) fn reopen(self) -> Self {
        let Self { folder, log, .. } = self;
        drop(log);
        Self::open(folder)
    }

    fn open(folder: TempDir) -> Self {
        let (metrics, faults) = (Metrics::new().unwrap(), Faults::default());
        let topic = |name| TopicSpec {
            name,
            partitions: 1,
            retention: None,
            compacted: false,
        };
        let options = LocalOptions {
            topics: [OKTA_EVENTS, RUNTIME_EVENTS, DEAD_LETTERS, POLICIES, CURSORS]
                .map(topic)
                .to_vec(),
            faults: faults.clone(),
            ..LocalOptions::default()
        };
        let log = Log::local(folder.path(), options, TopicMetrics::new(&metrics).unwrap()).unwrap();
        Self {
            folder,
            log,
            faults,
            readiness: Readiness::new(Shutdown::new()),
            metrics,
            max_step: 500,
            managed: false,
        }
    }

    /// Returns a file of the folder with the policies.
    pub(crate) fn policy(&self, name: &str) -> PathBuf {
        self.folder.path().join("policies").join(name)
    }

    pub(crate) fn write_rules(&self, text: &str) {
        std::fs::write(self.policy("test.yaml"), text).unwrap();
    }

    pub(crate) fn start(&self) -> Running {
        let detector = block_in_place(|| Handle::current().block_on(self.detector()));
        let shutdown = Shutdown::new();
        let routes = detector.routes();
        let task = tokio::spawn(detector.run(shutdown.clone()));
        Running {
            shutdown,
            task,
            routes,
        }
    }

    /// Returns the addresses of a detector that does not run.
    pub(crate) async fn routes(&self) -> Router {
        self.detector().await.routes()
    }

    /// Returns the addresses of another replica, which knows what is there now and follows nothing.
    pub(crate) async fn replica(&self) -> Router {
        // A data folder belongs to one process.
        let folder = self.folder.path().join("replica");
        std::fs::create_dir_all(&folder).unwrap();
        let (config, log) = (self.config_in(&folder), self.log.clone());
        let readiness = Readiness::new(Shutdown::new());
        let metrics = Metrics::new().unwrap();
        let detector = Detector::open(&config, log, &metrics, &readiness);
        detector.await.unwrap().routes()
    }

    async fn detector(&self) -> Detector {
        let (config, log) = (self.config(), self.log.clone());
        let detector = Detector::open(&config, log, &self.metrics, &self.readiness);
        detector.await.unwrap()
    }

    /// Sets an object of the settings log of policies.
    pub(crate) async fn set(&self, object: &str, value: Value) {
        let keys = Keyring::open(&self.config()).unwrap();
        let folder = self.folder.path().join("elsewhere");
        std::fs::create_dir_all(&folder).unwrap();
        let metrics = Metrics::new().unwrap();
        let settings = Settings::open(&self.log, POLICIES, keys, &folder, &metrics).await;
        let change = Change {
            object: object.to_owned(),
            expected: None,
            value: Some(value),
            who: "an older program".to_owned(),
            why: String::new(),
        };
        let written = settings.unwrap().write(change).await.unwrap();
        assert!(matches!(written, Written::Won { .. }), "{written:?}");
    }

    /// Returns the sample of a metric as Prometheus gets it, such as `"up{a=\"b\"}"`.
    pub(crate) fn metric(&self, sample: &str) -> Option<f64> {
        let text = self.metrics.render().unwrap();
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))?;
        Some(value.parse().unwrap())
    }

    fn config(&self) -> Config {
        self.config_in(self.folder.path())
    }

    fn config_in(&self, data: &Path) -> Config {
        let text = format!(
            "data_dir = {:?}\nmaster_key = {:?}\n[detector]\nmanaged_policies = {}\npolicies = [{:?}]\n\
             reload_interval = \"20ms\"\nmax_step = {}\n",
            data.to_str().unwrap(),
            "5c".repeat(32),
            self.managed,
            self.folder.path().join("policies").to_str().unwrap(),
            self.max_step,
        );
        let file = data.join("nightlatch.toml");
        std::fs::write(&file, text).unwrap();
        let sources = Sources {
            defaults: vec![DEFAULTS],
            file: Some(file),
            ..Sources::default()
        };
        load(&sources).unwrap()
    }

    /// Appends events as ingest would.
    pub(crate) async fn send(&self, events: impl IntoIterator<Item = Value>) {
        let outputs = events.into_iter().map(|event| record(&event)).collect();
        self.log.append(outputs).await.unwrap();
    }

    /// Waits until the detector has read everything and returns what it emitted.
    pub(crate) async fn settled(&self) -> Vec<RuntimeEvent> {
        let end = self.log.bounds(OKTA_EVENTS).await.unwrap()[0].end;
        let is_read = is_soon(|| async {
            let position = self.log.position(GROUP, OKTA_EVENTS).await.unwrap();
            position.values().all(|position| *position >= end)
        });
        assert!(
            is_read.await,
            "not all is read: {}",
            self.readiness.report()
        );
        self.emitted().await
    }

    pub(crate) async fn emitted(&self) -> Vec<RuntimeEvent> {
        let records = self.records(RUNTIME_EVENTS).await;
        records
            .iter()
            .map(|stored| decode(&stored.record.value).unwrap())
            .collect()
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
