//! What the table does not believe, and when it refuses to stand at all.

use nightlatch_chassis::settings::{Settings, SettingsError};
use nightlatch_chassis::topic::{Log, Output, Record};
use serde_json::json;

use super::{KEY, TOPIC, change, open, open_in, won, write};
use crate::topic::bench::{Bench, all, soon};

const OTHER_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

async fn put(log: &Log, record: Record) {
    soon(log.append(vec![Output {
        topic: TOPIC,
        record,
    }]))
    .await
    .unwrap();
}

async fn reasons(settings: &Settings) -> Vec<String> {
    soon(settings.catch_up()).await.unwrap();
    settings
        .refused()
        .into_iter()
        .map(|refused| refused.reason)
        .collect()
}

#[tokio::test]
async fn a_record_that_we_have_not_signed_is_ignored_counted_and_shown() {
    let bench = Bench::new();
    let log = bench.open().await;
    let metrics = nightlatch_chassis::metrics::Metrics::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = soon(Settings::open(
        &log,
        TOPIC,
        super::keys(KEY),
        folder.path(),
        &metrics,
    ))
    .await
    .unwrap();
    won(&settings, change("x", None, Some(json!({"enabled": true})))).await;
    let genuine = all(&log, TOPIC).await.remove(0).record;
    let before = settings.all();

    put(
        &log,
        Record {
            key: b"y".to_vec(),
            ..genuine.clone()
        },
    )
    .await;
    let mut altered = genuine.clone();
    let at = altered
        .value
        .windows(4)
        .position(|word| word == b"true")
        .unwrap();
    altered.value.splice(at..at + 4, *b"null");
    put(&log, altered).await;
    put(
        &log,
        Record {
            headers: Vec::new(),
            ..genuine.clone()
        },
    )
    .await;
    let mut unknown = genuine.clone();
    unknown.headers[0].1 = b"deadbeef".to_vec();
    put(&log, unknown).await;
    put(
        &log,
        Record {
            value: Vec::new(),
            ..genuine.clone()
        },
    )
    .await;
    put(&log, Record::default()).await;

    let reasons = reasons(&settings).await;
    let said: Vec<_> = reasons
        .iter()
        .map(|reason| reason.split([':', '"']).next().unwrap())
        .collect();
    let bad = "its MAC is wrong";
    assert_eq!(
        said,
        [bad, bad, "it has no MAC", "its key ", bad, "it has no MAC"]
    );
    assert_eq!(settings.all(), before);
    assert_eq!(settings.refused()[0].object, "y");
    let page = metrics.render().unwrap();
    for (reason, count) in [("bad_mac", 3), ("no_mac", 2), ("unknown_key", 1)] {
        let line = format!(
            "nightlatch_settings_ignored_records_total{{reason=\"{reason}\",topic=\"{TOPIC}\"}} {count}"
        );
        assert!(page.contains(&line), "{page}");
    }
}

#[tokio::test]
async fn an_old_record_that_is_appended_again_changes_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _folder) = open(&log).await;
    let first = won(&settings, change("x", None, Some(json!(1)))).await;
    let second = won(&settings, change("x", Some(first), Some(json!(2)))).await;
    won(&settings, change("x", Some(second), None)).await;
    let table = settings.all();
    for stored in all(&log, TOPIC).await {
        put(&log, stored.record).await;
    }
    soon(settings.catch_up()).await.unwrap();
    assert_eq!(settings.all(), table);
    assert_eq!(settings.revision(), 3);
    assert!(settings.refused().is_empty(), "they are genuine, only late");
    assert_eq!(soon(settings.history("x")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_log_that_was_full_and_comes_back_empty_stops_the_start() {
    let (bench, emptied) = (Bench::new(), Bench::new());
    let log = bench.open().await;
    let (settings, folder) = open(&log).await;
    won(&settings, change("x", None, Some(json!(1)))).await;
    drop(settings);
    let other = emptied.open().await;
    let error = open_in(&other, folder.path(), KEY).await.unwrap_err();
    assert!(matches!(error, SettingsError::AnotherLog { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(TOPIC) && text.contains("events.mark"),
        "{text}"
    );

    let places: Vec<_> = all(&log, TOPIC).await;
    let log = bench
        .lose(
            log,
            TOPIC,
            &[(places[0].partition, places[0].offset + 1)].into(),
        )
        .await;
    let error = open_in(&log, folder.path(), KEY).await.unwrap_err();
    assert!(
        matches!(error, SettingsError::LostSettings { had: 1, has: 0, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("restore the log, or delete"),
        "{error}"
    );
    std::fs::remove_file(folder.path().join("events.mark")).unwrap();
    open_in(&log, folder.path(), KEY).await.unwrap();
}

#[tokio::test]
async fn with_another_master_key_nothing_starts_and_with_the_old_one_behind_it_all_does() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, folder) = open(&log).await;
    let first = won(&settings, change("x", None, Some(json!(1)))).await;
    let error = open_in(&log, folder.path(), OTHER_KEY).await.unwrap_err();
    assert!(
        matches!(error, SettingsError::NothingBelieved { refused: 1, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("is this the right master key"),
        "{error}"
    );

    let both = format!("{OTHER_KEY}\n{KEY}\n");
    let settings = open_in(&log, folder.path(), &both).await.unwrap();
    let second = won(&settings, change("x", Some(first), Some(json!(2)))).await;
    won(&settings, change("y", None, Some(json!(1)))).await;
    let ids: Vec<_> = all(&log, TOPIC)
        .await
        .into_iter()
        .map(|s| s.record.headers[0].1.clone())
        .collect();
    assert!(ids[0] != ids[1] && ids[1] == ids[2], "the first key signs");
    assert_eq!(settings.get("x").unwrap().version, second);
    // Without the old key part of the log is lost, and that is no start either.
    let error = open_in(&log, folder.path(), OTHER_KEY).await.unwrap_err();
    assert!(
        matches!(error, SettingsError::LostSettings { had: 3, has: 1, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_mark_that_cannot_be_read_stops_the_start() {
    let bench = Bench::new();
    let log = bench.open().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.mark"), "{").unwrap();
    let error = open_in(&log, folder.path(), KEY).await.unwrap_err();
    assert!(matches!(error, SettingsError::Mark { .. }), "{error}");
}

#[tokio::test]
async fn a_write_that_the_log_refuses_is_an_error_and_leaves_nothing() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (settings, _folder) = open(&log).await;
    bench
        .faults
        .inject(nightlatch_chassis::topic::Fault::FailAppend);
    soon(settings.write(change("x", None, Some(json!(1)))))
        .await
        .unwrap_err();
    assert_eq!(settings.get("x"), None);
    write(&settings, change("x", None, Some(json!(1)))).await;
    assert_eq!(settings.revision(), 1);
}
