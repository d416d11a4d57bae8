//! The commands that look: `tail`, `openapi`, `asyncapi`.

use std::fs;

use serde_json::Value;

use crate::deadline::until;
use crate::installation::Installation;
use crate::ledger::Ledger;
use crate::load::shown;
use crate::records::{Detection, Record};

#[tokio::test(flavor = "multi_thread")]
async fn tail_shows_what_lands_while_it_runs() {
    let installation = Installation::watching_everything();
    let ledger = Ledger::default();
    let services = installation.start().await;
    let before = shown(&services, &ledger).await;

    let tail = installation.spawn_command(&["tail", "--format", "json"]);
    let printed = until("a detection is printed", async || {
        // Where now is, tail decides when it has started: sooner or later one comes after that.
        shown(&services, &ledger).await;
        fs::read_to_string(tail.stdout())
            .unwrap()
            .lines()
            .next()
            .map(str::to_owned)
    })
    .await;

    let printed: Record<Detection> = serde_json::from_str(&printed).unwrap();
    let was_there = before.contains(&printed.value);
    assert!(!was_there, "printed what was there before: {printed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_begins_where_it_is_told_to() {
    let installation = Installation::watching_everything();
    let services = installation.start().await;
    let detections = shown(&services, &Ledger::default()).await;
    let from = async |from: &str| {
        installation
            .succeed(&["tail", "--until-end", "--from", from])
            .await
            .lines()
            .count()
    };

    assert_eq!(from("start").await, detections.len());
    assert_eq!(from("1h").await, detections.len());
    assert_eq!(from("2020-01-01T00:00:00Z").await, detections.len());
    assert_eq!(from("2100-01-01T00:00:00Z").await, 0);
    assert_eq!(from("now").await, 0);
    let text = installation
        .succeed(&["tail", "--until-end", "--from", "start"])
        .await;
    for detection in &detections {
        let is_shown = text.contains("Every event") && text.contains(&detection.output);
        assert!(is_shown, "{text}");
    }

    let refused = installation.run(&["tail", "okta.evnts"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("okta.events"), "{}", refused.stderr);
    let refused = installation.run(&["tail", "--from", "then"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("RFC 3339"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_of_the_api_and_the_topics_are_printed_as_json() {
    let installation = Installation::new();

    let openapi = installation.succeed(&["openapi"]).await;
    let asyncapi = installation.succeed(&["asyncapi"]).await;

    let openapi: Value = serde_json::from_str(&openapi).unwrap();
    assert!(
        openapi["paths"]["/api/v1/events"]["get"].is_object(),
        "{openapi}"
    );
    let asyncapi: Value = serde_json::from_str(&asyncapi).unwrap();
    assert!(
        asyncapi.to_string().contains("okta.runtime-events"),
        "{asyncapi}"
    );
}
