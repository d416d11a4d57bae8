//! What counts as a test, and what does not.

use nightlatch_chassis::Sources;
use nightlatch_chassis::config::load;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
use nightlatch_schemas::topics::INTEGRATIONS;
use tempfile::TempDir;

use super::*;
use crate::event::lone;

const ID: &str = "00000000-0000-5000-8000-000000000001";

/// A store with a master key, that of others or one of its own.
async fn store(master_key: &str) -> (Store, TempDir) {
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
    let metrics = Metrics::new().unwrap();
    let counts = TopicMetrics::new(&metrics).unwrap();
    let log = Log::local(folder.path(), options, counts).unwrap();
    let flags = [
        ("data_dir", folder.path().display().to_string()),
        ("master_key", master_key.to_owned()),
    ];
    let config = load(&Sources {
        defaults: vec![crate::DEFAULTS],
        flags: flags.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        ..Sources::default()
    });
    let store = Store::open(&config.unwrap(), &log, folder.path(), &metrics).await;
    (store.unwrap(), folder)
}

fn counts(store: &Store, integration: &str, text: &str, after_ms: i64) -> bool {
    let candidate = lone(text.as_bytes());
    assert_eq!(candidate.refusal, None, "{text}");
    let received = Timestamp::now().as_millisecond() + after_ms;
    is_test(store, integration, &candidate, received)
}

#[tokio::test]
async fn a_test_counts_at_every_replica_for_five_minutes() {
    let key = "5c".repeat(32);
    let (store, _folder) = self::store(&key).await;
    let (replica, _other_folder) = self::store(&key).await;
    let TestEvent { text, uuid, .. } = TestEvent::new(&store, ID, "00oacme").unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["uuid"], json!(uuid));
    assert_eq!(event["eventType"], json!(EVENT_TYPE));
    for store in [&store, &replica] {
        assert!(counts(store, ID, &text, 0));
        assert!(counts(store, ID, &text, 4 * 60 * 1000));
        assert!(!counts(store, ID, &text, 6 * 60 * 1000));
        assert!(!counts(store, ID, &text, -6 * 60 * 1000));
    }
}

#[tokio::test]
async fn what_a_stranger_makes_of_a_test_is_an_ordinary_event() {
    let (store, _folder) = self::store(&"5c".repeat(32)).await;
    let (stranger, _other_folder) = self::store(&"77".repeat(32)).await;
    let made = TestEvent::new(&store, ID, "00oacme").unwrap();
    let text = &made.text;
    let at = text.rfind(BEFORE).unwrap();
    let (event, mark) = text.split_at(at);
    let mark = mark.strip_prefix(BEFORE).unwrap();
    let mark = mark.strip_suffix(BEHIND).unwrap();
    let other = Uuid::new_v4().to_string();
    let forged = TestEvent::new(&stranger, ID, "00oacme").unwrap().text;
    for (what, text) in [
        ("another uuid", text.replace(&made.uuid, &other)),
        ("another actor", text.replace("SystemPrincipal", "User")),
        (
            "another type",
            text.replace(EVENT_TYPE, "user.session.start"),
        ),
        (
            "a second uuid behind the first",
            format!("{event},\"uuid\":\"{other}\"{BEFORE}{mark}{BEHIND}"),
        ),
        (
            "another type behind the mark",
            text.replace(BEHIND, "\"}},\"eventType\":\"user.session.start\"}"),
        ),
        ("no mark", format!("{event}}}")),
        ("an empty mark", format!("{event}{BEFORE}{BEHIND}")),
        (
            "a mark that is none",
            format!("{event}{BEFORE}sealed1.00.zz{BEHIND}"),
        ),
        ("a mark of another key", forged),
        ("another layout", text.replacen(':', ": ", 1)),
    ] {
        assert!(!counts(&store, ID, &text, 0), "{what}");
    }
    assert!(!counts(&store, "another integration", text, 0));
}

/// A secret that is sealed for another purpose is no mark.
#[tokio::test]
async fn a_sealed_secret_is_no_mark() {
    let (store, _folder) = self::store(&"5c".repeat(32)).await;
    let sealed = store
        .fresh(ID, crate::integration::store::Field::HookSecret)
        .unwrap();
    let made = TestEvent::new(&store, ID, "00oacme").unwrap();
    let (event, _) = made.text.split_at(made.text.rfind(BEFORE).unwrap());
    let text = format!("{event}{BEFORE}{}{BEHIND}", sealed.sealed);
    assert!(!counts(&store, ID, &text, 0));
}
