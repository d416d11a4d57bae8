//! Ingest on a log of its own, asked as Okta asks.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_chassis::Sources;
use nightlatch_chassis::config::{Config, ConfigErrors, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{
    Faults, LocalOptions, Log, Positions, Stored, TopicMetrics, TopicSpec,
};
use nightlatch_ingest::{DEFAULTS, Ingest};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, INTEGRATIONS, OKTA_EVENTS};
use nightlatch_schemas::{OktaEvent, decode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const KEY: &str = "0123456789abcdef012345";
pub(crate) const SECRET: &str = "a secret of at least thirty-two characters";
pub(crate) const OLD_SECRET: &str = "the one before it, of as many characters";

/// One integration, with the secret being changed.
const INTEGRATION: &str = r#"
[[integrations]]
name = "acme"
org_id = "00o1"
domain = "acme.okta.com"
path_key = "0123456789abcdef012345"
secret = "a secret of at least thirty-two characters"
previous_secret = "the one before it, of as many characters"
"#;

pub(crate) struct Bench {
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) metrics: Metrics,
    pub(crate) ingest: Ingest,
    hooks: Router,
    api: Router,
    folder: TempDir,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What a problem document says.
    pub(crate) fn detail(&self) -> String {
        assert_eq!(self.kind, "application/problem+json", "{}", self.body);
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With more settings than the integration.
    pub(crate) async fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (metrics, faults) = (Metrics::new().unwrap(), Faults::default());
        let topic = |name| TopicSpec {
            name,
            partitions: 1,
            retention: None,
            compacted: name == CURSORS,
        };
        let topics = [OKTA_EVENTS, DEAD_LETTERS, INTEGRATIONS, CURSORS]
            .map(topic)
            .to_vec();
        let options = LocalOptions {
            topics,
            faults: faults.clone(),
            ..LocalOptions::default()
        };
        let log = Log::local(folder.path(), options, TopicMetrics::new(&metrics).unwrap()).unwrap();
        let data_dir = format!("data_dir = '{}'", folder.path().display());
        let config = config(&format!("{data_dir}\n{settings}\n{INTEGRATION}")).unwrap();
        let ingest = Ingest::open(&config, log.clone(), &metrics).await.unwrap();
        let (hooks, api) = (ingest.hooks(), ingest.routes());
        Self {
            log,
            faults,
            metrics,
            ingest,
            hooks,
            api,
            folder,
        }
    }

    /// Ingest once more on the same log, with the same settings.
    pub(crate) async fn replica(&self, settings: &str) -> Ingest {
        let data_dir = format!("data_dir = '{}'", self.folder.path().display());
        let config = config(&format!("{data_dir}\n{settings}\n{INTEGRATION}")).unwrap();
        let metrics = Metrics::new().unwrap();
        let ingest = Ingest::open(&config, self.log.clone(), &metrics).await;
        ingest.unwrap()
    }

    /// The routes of the API.
    pub(crate) const fn api(&self) -> &Router {
        &self.api
    }

    /// The routes of the public listener.
    pub(crate) fn hooks(&self) -> Router {
        self.hooks.clone()
    }

    /// The contents of all files of the data folder.
    pub(crate) fn files(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let paths = paths.filter(|path| path.is_file());
        paths.map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// Delivers a body as Okta does.
    pub(crate) async fn deliver(&self, body: impl Into<Body>) -> Answer {
        self.ask(delivery(KEY).header("Authorization", SECRET), body)
            .await
    }

    pub(crate) async fn ask(
        &self,
        request: axum::http::request::Builder,
        body: impl Into<Body>,
    ) -> Answer {
        answer(&self.hooks, request.body(body.into()).unwrap()).await
    }

    /// Asks the API to do something.
    pub(crate) async fn post(&self, uri: &str) -> Answer {
        answer(&self.api, Request::post(uri).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn import(&self, query: &str, text: impl Into<Body>) -> Answer {
        let uri = format!("/api/v1/import{query}");
        answer(&self.api, Request::post(uri).body(text.into()).unwrap()).await
    }

    pub(crate) async fn events(&self) -> Vec<OktaEvent> {
        let mut events = Vec::new();
        self.each_event(|event| events.push(event)).await;
        events
    }

    /// Reads the events one after the other: there may be more than memory holds.
    pub(crate) async fn each_event(&self, mut take: impl FnMut(OktaEvent)) {
        let mut reader = self.log.reader(OKTA_EVENTS, Positions::new());
        loop {
            let more = reader.read(1000).await.unwrap();
            if more.is_empty() {
                return;
            }
            let events = more.iter();
            events.for_each(|stored| take(decode(&stored.record.value).unwrap()));
        }
    }

    pub(crate) async fn raws(&self) -> Vec<String> {
        self.events()
            .await
            .into_iter()
            .map(|event| event.raw)
            .collect()
    }

    pub(crate) async fn dead_letters(&self) -> Vec<Stored> {
        self.records(DEAD_LETTERS).await
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

pub(crate) fn delivery(key: &str) -> axum::http::request::Builder {
    Request::post(format!("/hooks/okta/{key}")).header("Content-Type", "application/json")
}

/// Okta's envelope around events as they are written.
pub(crate) fn envelope(events: &[&str]) -> String {
    format!(
        r#"{{"eventType":"com.okta.event_hook","data":{{"events":[{}]}},"eventId":"e"}}"#,
        events.join(",")
    )
}

pub(crate) fn header<'a>(stored: &'a Stored, name: &str) -> &'a str {
    let found = stored
        .record
        .headers
        .iter()
        .find(|(known, _)| known == name);
    std::str::from_utf8(&found.unwrap().1).unwrap()
}

pub(crate) fn config(text: &str) -> Result<Config, ConfigErrors> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let sources = Sources {
        defaults: vec![DEFAULTS],
        file: Some(file.path().to_owned()),
        ..Sources::default()
    };
    load(&sources)
}

async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let kind = response.headers().get("content-type");
    let kind = kind
        .map(|kind| kind.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer {
        status,
        kind,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}
