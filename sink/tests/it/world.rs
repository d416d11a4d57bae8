//! A sink that runs: a log, a store and the addresses, in a folder of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{Sources, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{
    LocalOptions, Log, Output, Place, Positions, Record, Stored, TopicMetrics, TopicSpec,
};
use nightlatch_schemas::topics::{ALL, DEAD_LETTERS, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, encode};
use nightlatch_sink::{DEFAULTS, RunError, Sink, SinkConfig};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower::ServiceExt;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running sink.
pub(crate) struct World {
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    pub(crate) shutdown: Shutdown,
    pub(crate) router: Router,
    run: JoinHandle<Result<(), RunError>>,
    /// The folder whose lock it holds.
    folder: Option<PathBuf>,
}

/// Returns the settings of a section of the defaults, some of them changed.
pub(crate) fn config(changes: &[(&str, &str)]) -> SinkConfig {
    let flags = changes
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let sources = Sources {
        defaults: vec![DEFAULTS],
        flags: flags.collect(),
        ..Sources::default()
    };
    load(&sources).unwrap().section("sink").unwrap()
}

/// Opens the log of a folder.
pub(crate) fn log(folder: &Path, metrics: &Metrics) -> Log {
    log_keeping(folder, metrics, None)
}

/// Opens the log of a folder that keeps records for so long.
pub(crate) fn log_keeping(folder: &Path, metrics: &Metrics, retention: Option<Duration>) -> Log {
    let topic = |topic: &nightlatch_schemas::topics::Topic| TopicSpec {
        name: topic.name,
        partitions: topic.partitions,
        retention,
        compacted: false,
    };
    let topics = ALL.iter().map(topic).collect();
    let options = LocalOptions {
        topics,
        ..LocalOptions::default()
    };
    Log::local(folder, options, TopicMetrics::new(metrics).unwrap()).unwrap()
}

impl World {
    /// Starts a sink in a new folder.
    pub(crate) fn new() -> (TempDir, Self) {
        let folder = tempfile::tempdir().unwrap();
        let world = Self::start(folder.path(), &[]);
        (folder, world)
    }

    /// Starts a sink in a folder, with some settings changed.
    pub(crate) fn start(folder: &Path, changes: &[(&str, &str)]) -> Self {
        let metrics = Metrics::new().unwrap();
        let log = log(folder, &metrics);
        let world = Self::start_on(log, metrics, folder, changes);
        Self {
            folder: Some(folder.to_owned()),
            ..world
        }
    }

    /// Starts a sink on a log that is open.
    pub(crate) fn start_on(
        log: Log,
        metrics: Metrics,
        folder: &Path,
        changes: &[(&str, &str)],
    ) -> Self {
        let shutdown = Shutdown::new();
        let readiness = Readiness::new(shutdown.clone());
        let keys = Keyring::local(folder).unwrap();
        let sink = Sink::open(&config(changes), keys, folder, &metrics, &readiness).unwrap();
        let router = sink.routes(&nightlatch_sink::openapi());
        let (of_sink, stop) = (log.clone(), shutdown.clone());
        let run = tokio::spawn(async move { sink.run(of_sink, stop).await });
        Self {
            log,
            metrics,
            readiness,
            shutdown,
            router,
            run,
            folder: None,
        }
    }

    /// Ends the sink as a stop does.
    pub(crate) async fn stop(self) -> Result<(), RunError> {
        self.shutdown.begin();
        let (run, folder) = self.into_parts();
        let end = run.await.unwrap();
        until_free(folder).await;
        end
    }

    /// Ends the sink where it stands.
    pub(crate) async fn kill(self) {
        let (run, folder) = self.into_parts();
        run.abort();
        assert!(run.await.unwrap_err().is_cancelled());
        until_free(folder).await;
    }

    /// Waits for the sink's own end.
    pub(crate) async fn ended(self) -> Result<(), RunError> {
        let (run, folder) = self.into_parts();
        let end = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
        until_free(folder).await;
        end
    }

    /// Lets go of all but the loop.
    fn into_parts(self) -> (JoinHandle<Result<(), RunError>>, Option<PathBuf>) {
        (self.run, self.folder)
    }

    /// Appends events to the topic.
    pub(crate) async fn append(&self, events: &[RuntimeEvent]) -> Vec<Place> {
        let values = events.iter().map(|event| encode(event).unwrap()).collect();
        self.append_values(values).await
    }

    /// Appends values to the topic.
    pub(crate) async fn append_values(&self, values: Vec<Vec<u8>>) -> Vec<Place> {
        let record = |value| Record {
            key: b"integration-1".to_vec(),
            headers: Vec::new(),
            value,
        };
        let output = |value| Output {
            topic: RUNTIME_EVENTS,
            record: record(value),
        };
        self.log
            .append(values.into_iter().map(output).collect())
            .await
            .unwrap()
    }

    /// Appends events and waits until the feed has the last of them.
    pub(crate) async fn put(&self, events: &[RuntimeEvent]) {
        self.append(events).await;
        if let Some(last) = events.last() {
            self.until_found(&last.id).await;
        }
    }

    /// Waits until all is read to its end.
    pub(crate) async fn until_ready(&self) {
        until(async || self.readiness.is_ready()).await;
    }

    /// Waits until the feed has an event.
    pub(crate) async fn until_found(&self, id: &str) {
        let path = format!("/api/v1/events/{id}");
        until(async || self.get(&path).await.0 == StatusCode::OK).await;
    }

    /// Asks for a path.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Request::get(path), None).await
    }

    /// Sends a body to a path.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.send(Request::post(path), Some(body)).await
    }

    /// Sends a request, with a body or without.
    pub(crate) async fn send(&self, request: Builder, body: Option<&Value>) -> (StatusCode, Value) {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let text = crate::client::text(response).await;
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, value)
    }

    /// Asks the list; returns the outputs' numbers of the events found, in their order.
    pub(crate) async fn found(&self, query: &str) -> Vec<u32> {
        let (status, page) = self.get(&format!("/api/v1/events?limit=200&{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {page}");
        numbers(&page)
    }

    /// Returns the value of a sample of the metrics.
    pub(crate) fn sample(&self, name: &str) -> Option<f64> {
        let page = self.metrics.render().unwrap();
        let sample = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        sample.map(|value| value.parse().unwrap())
    }

    /// Returns every dead letter.
    pub(crate) async fn dead_letters(&self) -> Vec<Stored> {
        let mut reader = self.log.reader(DEAD_LETTERS, Positions::new());
        let mut letters = Vec::new();
        loop {
            let more = reader.read(100).await.unwrap();
            if more.is_empty() {
                return letters;
            }
            letters.extend(more);
        }
    }
}

/// Waits until nothing of a world that has ended holds its folder any more.
async fn until_free(folder: Option<PathBuf>) {
    if let Some(folder) = folder {
        let lock = File::open(folder.join("lock")).unwrap();
        until(async || lock.try_lock_shared().is_ok()).await;
    }
}

/// Encodes a value for a URL.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte| format!("%{byte:02x}");
    text.bytes().map(byte).collect::<Vec<_>>().concat()
}

/// Returns the numbers of the fixtures of a page, in their order.
pub(crate) fn numbers(page: &Value) -> Vec<u32> {
    let events = page["events"].as_array().unwrap();
    events.iter().map(number).collect()
}

/// Returns the number of the fixture that an event is.
pub(crate) fn number(event: &Value) -> u32 {
    let offset = event["event"]["offset"].as_u64().unwrap();
    u32::try_from(offset).unwrap()
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < end, "it did not happen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
