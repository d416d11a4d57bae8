//! What the table does not believe, and when it refuses to stand at all.

use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::{Settings, SettingsError};
use nightlatch_chassis::topic::{Log, Output, Record};
use serde_json::json;

use super::{KEY, TOPIC, change, keys, open, open_in, won, write};
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

/// Records that look like `genuine` and are not, with what each is refused for.
fn forgeries(genuine: &Record) -> [(Record, &'static str); 6] {
    let with = |forge: fn(&mut Record)| {
        let mut record = genuine.clone();
        forge(&mut record);
        record
    };
    let alter = |record: &mut Record| {
        let at = record
            .value
            .windows(4)
            .position(|word| word == b"true")
            .unwrap();
        record.value.splice(at..at + 4, *b"null");
    };
    [
        (with(|record| record.key = b"y".to_vec()), "bad_mac"),
        (with(alter), "bad_mac"),
        (with(|record| record.value.clear()), "bad_mac"),
        (with(|record| record.headers.clear()), "no_mac"),
        (Record::default(), "no_mac"),
        (
            with(|record| record.headers[0].1 = b"deadbeef".to_vec()),
            "unknown_key",
        ),
    ]
}

#[tokio::test]
async fn a_record_that_we_have_not_signed_is_ignored_counted_and_shown() {
    let bench = Bench::new();
    let log = bench.open().await;
    let metrics = Metrics::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = soon(Settings::open(
        &log,
        TOPIC,
        keys(KEY),
        folder.path(),
        &metrics,
    ))
    .await
    .unwrap();
    won(&settings, change("x", None, Some(json!({"enabled": true})))).await;
    let genuine = all(&log, TOPIC).await.remove(0).record;
    let before = settings.all();
    let forgeries = forgeries(&genuine);
    for (record, _) in &forgeries {
        put(&log, record.clone()).await;
    }
    soon(settings.catch_up()).await.unwrap();
    assert_eq!(settings.all(), before);

    let shown = settings.refused();
    assert_eq!(shown.len(), forgeries.len());
    assert_eq!(shown[0].object, "y");
    for (refused, (_, kind)) in shown.iter().zip(&forgeries) {
        let said = match *kind {
            "bad_mac" => "its MAC is wrong",
            "no_mac" => "it has no MAC",
            _ => "its key \"deadbeef\" is not among our master keys",
        };
        assert!(refused.reason.contains(said), "{refused:?}");
    }
    let page = metrics.render().unwrap();
    for (reason, count) in [("bad_mac", 3), ("no_mac", 2), ("unknown_key", 1)] {
        let name = "nightlatch_settings_ignored_records_total";
        let line = format!("{name}{{reason=\"{reason}\",topic=\"{TOPIC}\"}} {count}");
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
