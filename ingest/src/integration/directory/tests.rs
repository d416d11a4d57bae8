//! Who is let in, at every replica, and when that can't be told.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use nightlatch_chassis::config::{Config, load};
use nightlatch_chassis::http::request::Author;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{Change, Keyring, Settings, Written};
use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
use nightlatch_chassis::{Secret, Sources};
use nightlatch_schemas::topics::INTEGRATIONS;
use serde_json::{Map, json};
use tempfile::TempDir;

use super::*;
use crate::integration::settings::{EventTypes, HookSecret, Mode, Sealed, SealedCredentials};

const ID: &str = "00000000-0000-5000-8000-000000000001";
const KEY: &str = "the-path-key-of-the-hook";
const SECRET: &str = "the secret of the hook";

/// A log, and directories that follow it as replicas do.
struct Bench {
    config: Config,
    log: Log,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let topic = TopicSpec {
            name: INTEGRATIONS,
            partitions: 1,
            retention: None,
            compacted: false,
        };
        let options = LocalOptions {
            topics: vec![topic],
            ..LocalOptions::default()
        };
        let metrics = TopicMetrics::new(&Metrics::new().unwrap()).unwrap();
        let log = Log::local(folder.path(), options, metrics).unwrap();
        let data_dir = folder.path().display().to_string();
        let config = load(&Sources {
            defaults: vec![crate::DEFAULTS],
            flags: vec![("data_dir".to_owned(), data_dir)],
            ..Sources::default()
        });
        Self {
            config: config.unwrap(),
            log,
            folder,
        }
    }

    async fn settings(&self) -> Settings {
        let keys = Keyring::local(self.folder.path()).unwrap();
        let metrics = Metrics::new().unwrap();
        let folder = self.folder.path();
        let settings = Settings::open(&self.log, INTEGRATIONS, keys, folder, &metrics).await;
        settings.unwrap()
    }

    async fn replica(&self) -> Directory {
        let metrics = Metrics::new().unwrap();
        let folder = self.folder.path();
        let store = Store::open(&self.config, &self.log, folder, &metrics).await;
        let counted = Arc::new(IngestMetrics::new(&metrics).unwrap());
        Directory::new(Integrations::default(), store.unwrap(), counted)
    }
}

fn settings(store: &Store) -> IntegrationSettings {
    let seal = |field, text: &str| -> Sealed { store.seal(ID, field, &Secret::new(text)).unwrap() };
    let now = Timestamp::now();
    IntegrationSettings {
        name: "acme".to_owned(),
        org_id: "00o1".to_owned(),
        domain: "acme.okta.com".to_owned(),
        credentials: SealedCredentials {
            mode: Mode::ApiToken,
            client_id: None,
            key_id: None,
            secret: seal(Field::Credentials, "token"),
            other: Map::new(),
        },
        hook: Hook::new(seal(Field::PathKey, KEY), seal(Field::HookSecret, SECRET)),
        event_types: EventTypes::default(),
        start: now,
        paused: None,
        created: now,
        completed: None,
        other: Map::new(),
    }
}

async fn write(
    store: &Store,
    expected: Option<Version>,
    settings: &IntegrationSettings,
) -> Version {
    let author = Author {
        who: "ann".to_owned(),
        why: String::new(),
    };
    match store.write(ID, expected, Some(settings), author).await {
        Ok(Written::Won { version }) => version,
        other => panic!("{other:?}"),
    }
}

async fn admit(directory: &Directory, key: &str, secret: &str) -> Admission {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::try_from(secret).unwrap());
    directory.admit(key, &headers).await
}

#[tokio::test]
async fn what_one_replica_writes_every_other_heeds_at_once() {
    let bench = Bench::new();
    let (ours, theirs) = (bench.replica().await, bench.replica().await);
    assert!(matches!(
        admit(&theirs, KEY, SECRET).await,
        Admission::Unknown
    ));
    let set = settings(ours.store());
    let version = write(ours.store(), None, &set).await;
    assert!(matches!(
        admit(&theirs, KEY, SECRET).await,
        Admission::Admitted(_)
    ));
    assert!(matches!(
        admit(&theirs, KEY, "wrong").await,
        Admission::Refused(_)
    ));
    assert!(matches!(
        admit(&theirs, "other", SECRET).await,
        Admission::Unknown
    ));
    let author = Author {
        who: "ann".to_owned(),
        why: String::new(),
    };
    let gone = ours.store().write(ID, Some(version), None, author).await;
    assert!(matches!(gone, Ok(Written::Won { .. })));
    theirs.store().catch_up().await.unwrap();
    assert!(matches!(
        admit(&theirs, KEY, SECRET).await,
        Admission::Unknown
    ));
}

#[tokio::test]
async fn nobody_is_refused_while_the_log_can_not_be_read() {
    let bench = Bench::new();
    let directory = bench.replica().await;
    write(directory.store(), None, &settings(directory.store())).await;
    // As one that waits for a log that does not answer.
    let held = directory.proved.lock().await;
    assert!(matches!(
        admit(&directory, "other", SECRET).await,
        Admission::Doubtful
    ));
    assert!(matches!(
        admit(&directory, KEY, "wrong").await,
        Admission::Doubtful
    ));
    assert!(matches!(
        admit(&directory, KEY, SECRET).await,
        Admission::Admitted(_)
    ));
    drop(held);
    assert!(matches!(
        admit(&directory, "other", SECRET).await,
        Admission::Unknown
    ));
}

#[tokio::test]
async fn a_secret_opens_until_its_time_and_both_do_while_it_is_changed() {
    let bench = Bench::new();
    let directory = bench.replica().await;
    let store = directory.store();
    let mut set = settings(store);
    let version = write(store, None, &set).await;
    let fresh = Secret::new("a fresh secret");
    set.hook.renew(
        store.seal(ID, Field::HookSecret, &fresh).unwrap(),
        Timestamp::now(),
    );
    let version = write(store, Some(version), &set).await;
    for secret in [SECRET, "a fresh secret"] {
        assert!(matches!(
            admit(&directory, KEY, secret).await,
            Admission::Admitted(_)
        ));
    }
    set.hook.verified(Timestamp::now());
    assert!(
        set.hook
            .secrets
            .iter()
            .skip(1)
            .all(|old| old.until.is_some())
    );
    let over = Some(Timestamp::UNIX_EPOCH);
    set.hook
        .secrets
        .iter_mut()
        .skip(1)
        .for_each(|old: &mut HookSecret| old.until = over);
    write(store, Some(version), &set).await;
    assert!(matches!(
        admit(&directory, KEY, SECRET).await,
        Admission::Refused(_)
    ));
    assert!(matches!(
        admit(&directory, KEY, "a fresh secret").await,
        Admission::Admitted(_)
    ));
}

#[tokio::test]
async fn what_a_newer_program_wrote_stays_and_its_deliveries_pass() {
    let bench = Bench::new();
    let directory = bench.replica().await;
    let store = directory.store();
    let mut value = json!(settings(store));
    value["colour"] = json!("red");
    value["hook"]["shape"] = json!("round");
    value["credentials"]["mode"] = json!("telepathy");
    let author = Author {
        who: "ann".to_owned(),
        why: String::new(),
    };
    let change = Change {
        object: format!("integration/{ID}"),
        expected: None,
        value: Some(value.clone()),
        who: author.who,
        why: author.why,
    };
    bench.settings().await.write(change).await.unwrap();
    store.catch_up().await.unwrap();
    assert!(matches!(
        admit(&directory, KEY, SECRET).await,
        Admission::Admitted(_)
    ));
    let table = directory.table();
    assert!(table.entries[ID].set().unwrap().settings.is_err());
    value["credentials"]["mode"] = json!("api_token");
    let read: IntegrationSettings = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(json!(read), value, "members that are not known are kept");
}

#[tokio::test]
async fn strangers_come_again_while_the_door_of_one_can_not_be_read() {
    let bench = Bench::new();
    let directory = bench.replica().await;
    let store = directory.store();
    let mut set = settings(store);
    set.hook.path_key.set = Timestamp::UNIX_EPOCH;
    write(store, None, &set).await;
    assert!(matches!(
        admit(&directory, KEY, SECRET).await,
        Admission::Doubtful
    ));
    let problem = directory.table().entries[ID].set().unwrap().problem.clone();
    assert!(problem.is_some_and(|problem| problem.contains("can't be read")));
}

#[tokio::test]
async fn nothing_secret_is_shown_by_debug() {
    let bench = Bench::new();
    let directory = bench.replica().await;
    write(directory.store(), None, &settings(directory.store())).await;
    let admitted = admit(&directory, KEY, SECRET).await;
    let shown = format!("{directory:?} {:?} {admitted:?}", directory.table());
    for secret in [KEY, SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
