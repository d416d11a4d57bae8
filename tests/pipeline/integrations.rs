//! `nightlatch integrations`: orgs are connected to an ingest that runs, and it tells of them. Okta is
//! not there: what needs it is tested in `ingest/tests/it/integrations`.

use std::fs;

use serde_json::Value;

use crate::deadline::SOON;
use crate::fleet::Service;
use crate::installation::{Installation, PATH_KEY, SECRET};
use crate::load::client;
use crate::process::Ended;
use crate::services::Services;

/// What must be seen nowhere.
const CANARY: &str = "canary-7b21-of-the-api-token";

/// An org as a file says it.
const FILE: &str = "\
domain: https://Pipeline-admin.okta.com/admin/dashboard
name: Pipeline
org_id: 00opipeline
credentials: {mode: api_token, secret_file: token}
event_types: [user.session.start, zone.create]
";

impl Installation {
    /// Runs `nightlatch integrations`: with the process that runs, or on Kafka the first ingest.
    async fn connect(&self, services: &Services, words: &[&str]) -> Ended {
        let api = services.running(Service::Ingest)[0].api;
        let api = format!("http://{api}");
        let mut all = vec!["integrations"];
        if services.are_apart() {
            all.extend(["--api", &api]);
        }
        self.run(&[&all, words].concat()).await
    }

    /// As [`Installation::connect`], for what must succeed.
    async fn connected(&self, services: &Services, words: &[&str]) -> String {
        let ended = self.connect(services, words).await;
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status.success(), "{words:?}: {said}");
        assert!(!said.contains(CANARY), "{words:?} shows the secret: {said}");
        ended.stdout
    }

    /// Writes the file and its secret, and returns its path.
    fn wish(&self, text: &str) -> String {
        let folder = self.folder().join("orgs");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("token"), format!("{CANARY}\n")).unwrap();
        let path = folder.join("org.yaml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn shown(&self, services: &Services, name: &str) -> Value {
        let words = ["show", name, "--format", "json"];
        serde_json::from_str(&self.connected(services, &words).await).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_applied_once_and_a_second_time_changes_nothing() {
    let installation = Installation::new();
    let services = installation.start().await;
    let file = installation.wish(FILE);
    let apply = ["apply", "-f", &file, "--author", "ann"];

    let would = installation
        .connected(&services, &["apply", "-f", &file, "--dry-run"])
        .await;
    assert!(would.starts_with("Pipeline would be created"), "{would}");
    let first = installation.connected(&services, &apply).await;
    assert!(first.starts_with("Pipeline created"), "{first}");
    let made = installation.shown(&services, "Pipeline").await;
    assert_eq!(made["domain"], "pipeline.okta.com");
    assert_eq!(made["credentials"]["mode"], "api_token");
    assert_eq!(made["changed"]["who"], "ann");
    let again = installation.connected(&services, &apply).await;
    assert_eq!(again, "Pipeline unchanged\n");
    let same = installation.shown(&services, "Pipeline").await;
    assert_eq!(same["revision"], made["revision"]);

    installation.wish(&FILE.replace("zone.create", "user.session.end"));
    let changed = installation.connected(&services, &apply).await;
    assert_eq!(changed, "Pipeline changed\n");
    let again = installation.connected(&services, &apply).await;
    assert_eq!(again, "Pipeline unchanged\n");

    let start = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    installation.wish(&format!("{FILE}start: \"{start:.0}\"\n"));
    let earlier = installation.connected(&services, &apply).await;
    assert_eq!(earlier, "Pipeline changed\n");
    let again = installation.connected(&services, &apply).await;
    assert_eq!(again, "Pipeline unchanged\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_are_listed_paused_and_deleted_by_name() {
    let installation = Installation::new();
    let services = installation.start().await;
    let file = installation.wish(FILE);
    installation
        .connected(&services, &["apply", "-f", &file])
        .await;

    let list = installation.connected(&services, &["list"]).await;
    let line = |name: &str| {
        list.lines()
            .find(|line| line.starts_with(name))
            .unwrap_or("")
    };
    assert!(line("acme").contains("file"), "{list}");
    assert!(line("Pipeline").contains("pending"), "{list}");
    let paused = installation
        .connected(
            &services,
            &["pause", "pipeline.okta.com", "--note", "a test"],
        )
        .await;
    assert!(paused.contains("paused"), "{paused}");
    let types = installation
        .connected(&services, &["show", "Pipeline", "--event-types"])
        .await;
    assert!(types.contains("zone.create"), "{types}");
    let rotated = installation
        .connected(&services, &["rotate", "Pipeline", "--hook-secret"])
        .await;
    assert!(rotated.contains("next, set"), "{rotated}");
    let gone = installation
        .connected(&services, &["delete", "Pipeline"])
        .await;
    assert_eq!(gone, "Pipeline is deleted, it had no event hook at Okta\n");
    let none = installation.connect(&services, &["show", "Pipeline"]).await;
    assert_eq!(none.status.code(), Some(1));
    assert!(
        none.stderr.contains("no integration \"Pipeline\""),
        "{}",
        none.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_deliveries_are_shown_with_what_they_were_answered() {
    let installation = Installation::new();
    let services = installation.start().await;
    let none = ["show", "acme", "--deliveries"];
    let shown = installation.connected(&services, &none).await;
    assert_eq!(shown, "nothing was delivered yet\n");

    let url = format!("http://{}/hooks/okta/{PATH_KEY}", services.hooks());
    let envelope = r#"{"data":{"events":[{"uuid":"a"},{"uuid":"b"}]}}"#;
    for (secret, body) in [(SECRET, envelope), (SECRET, "no json"), ("wrong", envelope)] {
        let delivery = client(SOON).post(&url).header("Authorization", secret);
        delivery.body(body).send().await.unwrap();
    }

    let shown = installation.connected(&services, &none).await;
    // When it was and how long it took differ.
    let timeless = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [at, status, events, _took, rest @ ..] = words.as_slice() else {
            panic!("{line}")
        };
        assert!(at.parse::<jiff::Timestamp>().is_ok(), "{line}");
        format!("{status} {events} {}", rest.join(" "))
    };
    let lines: Vec<String> = shown.lines().skip(1).map(timeless).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    401 - ms refused: the secret was missing or wrong
    400 - ms refused: it was no delivery of events
    204 2 ms taken: all of it was kept for good
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_applied_is_refused_with_what_to_do() {
    let installation = Installation::new();
    let services = installation.start().await;
    for (text, says) in [
        ("", "is empty"),
        ("domain: x\n", "missing field"),
        (
            &FILE.replace("api_token", "telepathy"),
            "no mode \"telepathy\"",
        ),
        (
            &FILE.replace("secret_file: token", ""),
            "one of secret_file and secret_env",
        ),
        (
            &FILE.replace("secret_file: token", "secret_env: NOT_THERE"),
            "NOT_THERE",
        ),
        (
            &FILE.replace("okta.com", "okta.com.evil.com"),
            "only looks like",
        ),
        (
            &FILE.replace("zone.create", "zone.craete"),
            "no event type \"zone.craete\"",
        ),
    ] {
        let file = installation.wish(text);
        let refused = installation
            .connect(&services, &["apply", "-f", &file])
            .await;
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(refused.stderr.contains(says), "{text}: {}", refused.stderr);
    }
}
