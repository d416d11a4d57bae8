//! The settings log: every reader folds it into the same table.

mod interleaving;
mod key;
mod trust;

use std::path::Path;

use nightlatch_chassis::Secret;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{
    Change, Keyring, Object, Settings, SettingsError, Version, Written,
};
use nightlatch_chassis::topic::{Log, TopicError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::topic::bench::{Bench, EVENTS, all, soon};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// A topic that keeps everything.
const TOPIC: &str = EVENTS;

fn keys(text: &str) -> Keyring {
    Keyring::parse(&Secret::new(text)).unwrap()
}

async fn open_in(log: &Log, folder: &Path, key: &str) -> Result<Settings, SettingsError> {
    let metrics = Metrics::new().unwrap();
    soon(Settings::open(log, TOPIC, keys(key), folder, &metrics)).await
}

/// Opens settings as a replica that has a data folder of its own.
async fn open(log: &Log) -> (Settings, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open_in(log, folder.path(), KEY).await.unwrap(), folder)
}

fn change(object: &str, expected: Option<Version>, value: Option<Value>) -> Change {
    let (object, who, why) = (object.to_owned(), "ann".to_owned(), "a test".to_owned());
    Change {
        object,
        expected,
        value,
        who,
        why,
    }
}

async fn write(settings: &Settings, change: Change) -> Written {
    soon(settings.write(change)).await.unwrap()
}

async fn won(settings: &Settings, change: Change) -> Version {
    match write(settings, change).await {
        Written::Won { version } => version,
        Written::Lost { current } => panic!("lost to {current:?}"),
    }
}

fn names(history: &[Object]) -> Vec<Version> {
    history.iter().map(|object| object.version).collect()
}

#[tokio::test]
async fn what_was_written_is_there_at_once_and_everywhere_and_after_a_restart() {
    let bench = Bench::new();
    let log = bench.open().await;
    let ((one, folder), (other, _kept)) = (open(&log).await, open(&log).await);
    let value = json!({"name": "Acme", "unknown to us": [1, {"deep": null}], "big": u64::MAX});
    let version = won(&one, change("okta-1", None, Some(value.clone()))).await;
    let object = one.get("okta-1").unwrap();
    assert_eq!(
        (object.version, &object.value, object.deleted),
        (version, &value, false)
    );
    assert_eq!(
        (object.who.as_str(), object.why.as_str()),
        ("ann", "a test")
    );
    soon(other.catch_up()).await.unwrap();
    assert_eq!(other.all(), one.all());
    assert_eq!(version.to_string().parse(), Ok(version));
    assert_eq!(version.to_string().len(), 16);

    drop((one, other));
    let log = bench.reopen(log).await;
    let settings = open_in(&log, folder.path(), KEY).await.unwrap();
    assert_eq!(settings.get("okta-1"), Some(object));
}

#[tokio::test]
async fn what_has_changed_since_is_told_in_order_and_once() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _kept) = open(&log).await;
    let first = won(&settings, change("a", None, Some(json!(1)))).await;
    won(&settings, change("b", None, Some(json!(2)))).await;
    won(&settings, change("c", None, Some(json!(3)))).await;
    won(&settings, change("a", Some(first), None)).await;
    let changed = |seen, max| {
        let changed = settings.changed_after(seen, max).into_iter();
        changed
            .map(|(number, id, object)| (number, id, object.deleted))
            .collect::<Vec<_>>()
    };
    let all = [
        (2, "b".to_owned(), false),
        (3, "c".to_owned(), false),
        (4, "a".to_owned(), true),
    ];
    assert_eq!(changed(0, 10), all);
    assert_eq!(changed(2, 1), all[1..2]);
    assert_eq!(changed(4, 10), []);
    assert_eq!(settings.revision(), 4);
}

#[tokio::test]
async fn of_two_who_expect_the_same_version_one_wins_and_the_other_sees_what_won() {
    let bench = Bench::new();
    let log = bench.open().await;
    let ((one, _a), (other, _b)) = (open(&log).await, open(&log).await);
    let mut expected = None;
    for round in 0..20 {
        let (first, second) = tokio::join!(
            write(
                &one,
                change("x", expected, Some(json!({"by": "one", "round": round})))
            ),
            write(
                &other,
                change("x", expected, Some(json!({"by": "other", "round": round})))
            ),
        );
        let (version, current) = match (first, second) {
            (Written::Won { version }, Written::Lost { current })
            | (Written::Lost { current }, Written::Won { version }) => (version, current.unwrap()),
            both => panic!("{both:?}"),
        };
        assert_eq!(
            (current.version, &current.value["round"]),
            (version, &json!(round))
        );
        expected = Some(version);
    }
    assert_eq!(one.revision(), 20);
    assert_eq!(soon(one.history("x")).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_write_that_has_lost_already_is_not_appended() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _folder) = open(&log).await;
    let first = won(&settings, change("x", None, Some(json!(1)))).await;
    let second = won(&settings, change("x", Some(first), Some(json!(2)))).await;
    for expected in [None, Some(first), Some("00000000deadbeef".parse().unwrap())] {
        let lost = write(&settings, change("x", expected, Some(json!(3)))).await;
        assert!(matches!(lost, Written::Lost { current: Some(o) } if o.version == second));
    }
    let lost = write(&settings, change("y", Some(first), Some(json!(3)))).await;
    assert_eq!(lost, Written::Lost { current: None });
    assert_eq!(
        write(&settings, change("y", None, None)).await,
        Written::Lost { current: None }
    );
    assert_eq!(all(&log, TOPIC).await.len(), 2);
}

#[tokio::test]
async fn deleting_is_a_version_too_and_an_object_can_come_back() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _folder) = open(&log).await;
    let first = won(&settings, change("x", None, Some(json!({"a": 1})))).await;
    let deleted = won(&settings, change("x", Some(first), None)).await;
    assert_eq!(settings.get("x"), None);
    assert!(settings.all().is_empty());
    let stale = write(&settings, change("x", Some(first), Some(json!(2)))).await;
    assert_eq!(stale, Written::Lost { current: None });
    let again = won(&settings, change("x", None, Some(json!({"a": 1})))).await;
    let history = soon(settings.history("x")).await.unwrap();
    assert_eq!(names(&history), [first, deleted, again]);
    assert_eq!(
        history.iter().map(|o| o.deleted).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert!(history.is_sorted_by_key(|object| object.when));
    assert!(soon(settings.history("never")).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_waits_for_a_change_is_told_of_it() {
    let bench = Bench::new();
    let log = bench.open().await;
    let ((writer, _a), (reader, _b)) = (open(&log).await, open(&log).await);
    assert_eq!(reader.revision(), 0);
    let (seen, _) = tokio::join!(
        soon(reader.changed(0)),
        won(&writer, change("x", None, Some(json!(1))))
    );
    assert_eq!(seen, 1);
    assert!(reader.get("x").is_some());
    assert_eq!(
        soon(reader.changed(0)).await,
        1,
        "what was missed is told at once"
    );
}

#[tokio::test]
async fn what_cannot_be_an_object_is_refused_before_it_is_written() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _folder) = open(&log).await;
    for id in ["", &"x".repeat(257)] {
        let refused = soon(settings.write(change(id, None, Some(json!(1))))).await;
        assert!(
            matches!(refused, Err(SettingsError::BadId(_))),
            "{refused:?}"
        );
    }
    let large = Some(json!("x".repeat(2_000_000)));
    let refused = soon(settings.write(change("x", None, large))).await;
    assert!(matches!(
        refused,
        Err(SettingsError::Topic(TopicError::TooLarge { .. }))
    ));
    let deep = (0..200).fold(json!(1), |value, _| json!([value]));
    let refused = soon(settings.write(change("x", None, Some(deep)))).await;
    assert!(
        matches!(refused, Err(SettingsError::Unwritable(_))),
        "{refused:?}"
    );
    assert!(all(&log, TOPIC).await.is_empty());
    assert!("not a version".parse::<Version>().is_err());
}
