//! `nightlatch import`: whatever people saved, each event byte for byte, each detected once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nightlatch_okta_sim::{odd_events, odd_events_on_many_lines};
use serde_json::Value;

use crate::deadline::until;
use crate::fleet::WatchedOrg;
use crate::installation::{DOMAIN, Installation, integration, orgs};
use crate::records::{Record, feed, raws_by_org};
use crate::services::Services;

impl Installation {
    /// Imports a file for an org: through the process that runs, or on Kafka the ingest whose turn it
    /// is. Returns what the command said of it.
    async fn import(&self, services: &Services, file: &Path, org: &WatchedOrg) -> String {
        let api = format!("http://{}", services.ingest().api);
        let file = file.to_str().unwrap();
        let mut words = vec!["import", file, "--integration", &org.name];
        if services.are_apart() {
            words.extend(["--api", &api]);
        }
        self.succeed(&words).await
    }

    /// Returns the raw JSON of each event on `okta.events`, by org.
    async fn raws(&self) -> BTreeMap<String, Vec<String>> {
        raws_by_org(self.events().await)
    }
}

/// Returns the ids of all detections on the topic. Panics unless each is there once, and every feed
/// comes to show exactly these.
async fn ids_everywhere(installation: &Installation, services: &Services) -> Vec<String> {
    let topic = installation.detections().await.into_iter();
    let mut topic: Vec<_> = topic.map(|record| record.value.id).collect();
    topic.sort();
    for api in services.feeds() {
        let shown = async || {
            let mut rows: Vec<_> = feed(api).await.into_iter().map(|row| row.id).collect();
            rows.sort();
            // One process shows all when the import has ended, sinks apart a moment later.
            (rows.len() >= topic.len() || !services.are_apart()).then_some(rows)
        };
        assert_eq!(
            until("the feed shows all", shown).await,
            topic,
            "topic and feed"
        );
    }
    let count = topic.len();
    topic.dedup();
    assert_eq!(topic.len(), count, "doubled on the topic");
    topic
}

/// Panics unless `events`, imported twice, come out as they went in, and each is detected once. Each
/// org has its share of them.
pub(crate) async fn assert_faithful(events: &[&str]) {
    let installation = Installation::watching_everything();
    let orgs = orgs();
    let shares = events.chunks(events.len().div_ceil(orgs.len()));
    let shares: Vec<(&WatchedOrg, &[&str])> = orgs.iter().zip(shares).collect();
    let mut found = Vec::new();
    for round in 1..=2 {
        let services = installation.start().await;
        for (org, share) in &shares {
            let file = installation.file("events.ndjson", share.join("\n"));
            let said = installation.import(&services, &file, org).await;
            let start = format!("{} events, ", share.len());
            assert!(
                said.starts_with(&start) && said.contains(" 0 dead letters"),
                "{said}"
            );
        }
        let raws = installation.raws().await;
        assert_eq!(raws.len(), shares.len(), "orgs");
        for (org, share) in &shares {
            assert_same(&raws[&org.domain], &share.repeat(round));
        }
        let ids = ids_everywhere(&installation, &services).await;
        found.push(ids);
        services.terminate().await;
    }
    let events = installation.events().await.into_iter();
    let events: BTreeSet<_> = events
        .map(|record| (record.value.org, record.value.uuid))
        .collect();
    assert_eq!(found[0].len(), events.len(), "a detection for each event");
    assert_eq!(found[0], found[1], "importing twice changed the topic");
}

fn acme() -> WatchedOrg {
    orgs().swap_remove(0)
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
    let services = installation.start().await;
    let expected = [array, wide_array, loose, bodies, body_a_line, mixed];
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, org) in (0..layouts.len()).zip(orgs().iter().cycle()) {
        let file = installation.file("layout", &layouts[number]);
        let said = installation.import(&services, &file, org).await;
        assert!(said.contains(" 0 dead letters"), "layout {number}: {said}");
        let of_org = sent.entry(org.domain.clone()).or_default();
        of_org.extend_from_slice(&expected[number]);
    }

    assert_eq!(installation.raws().await, sent);
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
    let services = installation.start().await;
    let file = installation.file("garbage", file);

    let said = installation.import(&services, &file, &acme()).await;

    assert!(said.starts_with("4 events, "), "{said}");
    assert!(said.contains(" 8 dead letters"), "{said}");
    assert_same(&installation.raws().await[DOMAIN], &good);
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
    let services = installation.start().await;

    let file = installation.file("endless", file);
    installation.import(&services, &file, &acme()).await;

    assert_same(&installation.raws().await[DOMAIN], &good);
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_events_belong_to_the_integration_that_was_named_or_the_only_one() {
    let events = odd_events(11, 1);
    let only = format!("[{}]", integration(&acme()));
    let installation = Installation::new().with("integrations", &only);
    let services = installation.start().await;
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
    services.terminate().await;
    let installation = installation.with("integrations", "[]");
    let _services = installation.start().await;
    installation.succeed(&["import", file]).await;
    let mut orgs = Vec::new();
    for event in installation.events().await {
        orgs.push(event.value.org);
    }
    orgs.sort();
    assert_eq!(orgs, [DOMAIN, DOMAIN, "import.invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_named() {
    let installation = Installation::new();
    let _services = installation.start().await;

    let refused = installation.run(&["import", "/nowhere/events.json"]).await;

    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("/nowhere/events.json"),
        "{}",
        refused.stderr
    );
}

/// The one process and its data folder.
mod local {
    use nightlatch_okta_sim::odd_events;

    use super::assert_same;
    use crate::installation::{DOMAIN, Installation};
    use crate::records::feed;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_import_goes_through_the_process_that_runs_and_needs_none() {
        let installation = Installation::watching_everything();
        let events = odd_events(8, 120);
        let (alone, beside) = events.split_at(60);
        let alone = installation.file("alone", alone.join("\n"));
        let beside = installation.file("beside", beside.join("\n"));
        let [alone, beside] = [alone, beside].map(|path| path.display().to_string());
        installation.succeed(&["import", &alone]).await;

        let services = installation.start().await;
        let said = installation.succeed(&["import", &beside]).await;
        // Once the command has ended, the feed shows all that came of it.
        let detections = installation.detections().await;
        assert_eq!(feed(services.feeds()[0]).await.len(), detections.len());
        assert!(said.contains("Every event"), "{said}");
        services.terminate().await;

        assert_same(&installation.raws().await[DOMAIN], &events);
    }
}
