//! `nightlatch import`: whatever people saved, each event byte for byte, each detected once.

use std::collections::BTreeSet;
use std::path::Path;

use nightlatch_okta_sim::{odd_events, odd_events_on_many_lines};
use serde_json::Value;

use crate::installation::{DOMAIN, Installation};
use crate::records::{Record, feed};

impl Installation {
    /// Imports a file and returns what the command said of it.
    async fn import(&self, file: &Path) -> String {
        self.succeed(&["import", file.to_str().unwrap()]).await
    }

    /// Returns the raw JSON of each event on `okta.events`.
    async fn raws(&self) -> Vec<String> {
        let events = self.events().await;
        events.into_iter().map(|record| record.value.raw).collect()
    }

    /// Returns the ids of all detections: on the topic, and in the feed of a process.
    async fn ids(&self) -> (Vec<String>, Vec<String>) {
        let mut process = self.spawn();
        let running = process.ready().await;
        let topic = self.detections().await;
        let rows = feed(running.api).await;
        process.terminate().await;
        let topic = topic.into_iter().map(|record| record.value.id).collect();
        (topic, rows.into_iter().map(|row| row.id).collect())
    }
}

/// Panics unless `events`, imported twice, come out as they went in, and each is detected once.
pub(crate) async fn assert_faithful(events: &[&str]) {
    let installation = Installation::watching_everything();
    let file = installation.file("events.ndjson", events.join("\n"));
    let said = installation.import(&file).await;
    let start = format!("{} events, ", events.len());
    assert!(
        said.starts_with(&start) && said.contains(" 0 dead letters"),
        "{said}"
    );
    assert_same(&installation.raws().await, events);

    let (topic, rows) = installation.ids().await;
    let uuids = installation.events().await.into_iter();
    let uuids: BTreeSet<_> = uuids.map(|record| record.value.uuid).collect();
    assert_eq!(topic.len(), uuids.len(), "a detection for each uuid");
    assert_once(&topic, &rows);

    installation.import(&file).await;
    assert_same(&installation.raws().await, &[events, events].concat());
    let (topic_now, rows_now) = installation.ids().await;
    assert_eq!(topic_now, topic, "importing twice changed the topic");
    assert_once(&topic_now, &rows_now);
}

/// Panics unless the feed has exactly the topic's ids, and each once.
fn assert_once(topic: &[String], rows: &[String]) {
    let mut topic = topic.to_vec();
    let mut rows = rows.to_vec();
    topic.sort();
    rows.sort();
    assert_eq!(topic, rows, "topic and feed");
    topic.dedup();
    assert_eq!(topic.len(), rows.len(), "doubled on the topic");
}

fn assert_same<T: AsRef<str>>(found: &[String], expected: &[T]) {
    assert_eq!(found.len(), expected.len(), "events");
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected.as_ref(), "event {number}");
    }
}

/// A saved hook body as Okta's documentation shows them, on several lines.
fn saved_hook_body(events: &[String]) -> String {
    let events = events.join(" ,\n");
    format!(
        "{{\n  \"eventType\": \"com.okta.event_hook\",\n  \"data\": {{\n    \"events\": [ {events} ]\n  \
         }},\n  \"contentType\": \"application/json\"\n}}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_odd_events_come_out_as_they_went_in_and_twice_changes_nothing() {
    let events = odd_events(1, 500);
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    assert_faithful(&events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_out_as_they_went_in_however_the_file_is_laid_out() {
    let array = odd_events(2, 80);
    let wide_array = odd_events_on_many_lines(3, 80);
    let loose = odd_events_on_many_lines(4, 80);
    let bodies = odd_events_on_many_lines(5, 80);
    let body_a_line = odd_events(6, 80);
    let mixed = odd_events_on_many_lines(7, 60);
    let body_lines = body_a_line
        .chunks(7)
        .map(|events| format!("{{\"data\":{{\"events\":[{}]}}}}\r\n", events.join(",")));
    let (first, second) = mixed.split_at(30);
    let layouts = [
        format!("[{}]", array.join(",")),
        format!("\n[\n  {}\n]\n", wide_array.join("\n  ,\n  ")),
        loose.join("\n\n"),
        bodies
            .chunks(9)
            .map(saved_hook_body)
            .collect::<Vec<_>>()
            .join("\n"),
        body_lines.collect(),
        format!("[{}]\n{}", first.join(","), saved_hook_body(second)),
    ];

    let installation = Installation::new();
    for (number, layout) in layouts.iter().enumerate() {
        let said = installation
            .import(&installation.file("layout", layout))
            .await;
        assert!(said.contains(" 0 dead letters"), "layout {number}: {said}");
    }

    let expected = [array, wide_array, loose, bodies, body_a_line, mixed].concat();
    assert_same(&installation.raws().await, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_through_the_process_that_runs_and_needs_none() {
    let installation = Installation::watching_everything();
    let events = odd_events(8, 120);
    let (alone, beside) = events.split_at(60);
    let alone = installation.file("alone", alone.join("\n"));
    let beside = installation.file("beside", beside.join("\n"));
    installation.import(&alone).await;

    let mut process = installation.spawn();
    let running = process.ready().await;
    let said = installation.import(&beside).await;
    // Once the command has ended, the feed shows all that came of it.
    let detections = installation.detections().await;
    assert_eq!(feed(running.api).await.len(), detections.len());
    assert!(said.contains("Every event"), "{said}");
    assert!(process.terminate().await.status.success());

    assert_same(&installation.raws().await, &events);
}

/// Returns four events, and a file in which all sorts of things stand between them.
fn events_among_garbage() -> (Vec<String>, Vec<u8>) {
    let good = odd_events(9, 4);
    let huge = format!("{{\"text\":\"{}\"}}\n", "x".repeat(600_000));
    let deep = format!(
        "{{\"deep\":{}0{}}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let parts = [
        b"this is no JSON\n",
        good[0].as_bytes(),
        b"\n17\n\"text\"\n",
        good[1].as_bytes(),
        b"\n{\"uuid\":\"\xff\xfe\"}\n",
        huge.as_bytes(),
        deep.as_bytes(),
        good[2].as_bytes(),
        b"\n{\"uuid\": tru }\n",
        good[3].as_bytes(),
        b"\n{\"uuid\": \"the file ends her",
    ];
    let file = parts.concat();
    (good, file)
}

/// Why each thing in [`events_among_garbage`] is no event.
const REASONS: [&str; 8] = [
    "not JSON: ",
    "not a JSON object",
    "not a JSON object",
    "not JSON: invalid UTF-8 at byte 9",
    "600011 bytes, over the limit of 524288",
    "nested 100001 deep, over the limit of 64",
    "not JSON: ",
    "not JSON: ",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_becomes_a_dead_letter_and_its_neighbours_pass() {
    let (good, file) = events_among_garbage();
    let installation = Installation::new();
    let file = installation.file("garbage", file);

    let said = installation.import(&file).await;

    assert!(said.starts_with("4 events, "), "{said}");
    assert!(said.contains(" 8 dead letters"), "{said}");
    assert_same(&installation.raws().await, &good);
    let letters: Vec<Record<Value>> = installation.records("okta.dead-letters").await;
    assert_eq!(letters.len(), REASONS.len());
    for (letter, expected) in letters.iter().zip(REASONS) {
        let reason = letter.headers["reason"].as_str().unwrap();
        assert!(
            reason.starts_with(expected),
            "{reason:?} and not {expected:?}"
        );
        assert_eq!(letter.headers["stage"], "ingest");
    }
    assert_eq!(letters[0].value, "this is no JSON");
    assert_eq!(letters[4].headers["size"], "600011");
    assert_eq!(letters[4].headers["truncated"], "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_has_no_end_does_not_stop_an_import() {
    let good = odd_events(10, 2);
    let endless = format!("\"{}", "x".repeat(32 << 20));
    let file = [good[0].as_str(), &endless, &good[1]].join("\n");
    let installation = Installation::new();

    installation
        .import(&installation.file("endless", file))
        .await;

    assert_same(&installation.raws().await, &good);
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_events_belong_to_the_integration_that_was_named_or_the_only_one() {
    let events = odd_events(11, 1);
    let installation = Installation::new();
    let file = installation.file("events", &events[0]);
    let file = file.to_str().unwrap();

    let refused = installation
        .run(&["import", file, "--integration", "acmee"])
        .await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("no integration has this name"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("acme"), "{}", refused.stderr);

    installation
        .succeed(&["import", file, "--integration", "acme"])
        .await;
    installation.succeed(&["import", file]).await;
    let installation = installation.with("integrations", "[]");
    installation.succeed(&["import", file]).await;
    let orgs = installation.records::<Value>("okta.events").await;
    let orgs: Vec<_> = orgs
        .iter()
        .map(|record| record.value["org"].as_str().unwrap())
        .collect();
    assert_eq!(orgs, [DOMAIN, DOMAIN, "import.invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_named() {
    let installation = Installation::new();

    let refused = installation.run(&["import", "/nowhere/events.json"]).await;

    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("/nowhere/events.json"),
        "{}",
        refused.stderr
    );
}
