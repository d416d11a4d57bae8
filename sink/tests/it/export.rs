//! The feed as a file.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use crate::fixtures::{event, event_with};
use crate::world::{World, encoded, number};

/// Returns a file, and its media type and its name.
async fn file(world: &World, query: &str) -> (String, String, String) {
    let path = format!("/api/v1/events/export?{query}");
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let text = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let (kind, name) = (text("content-type"), text("content-disposition"));
    (crate::client::text(response).await, kind, name)
}

#[tokio::test]
async fn ndjson_has_every_event_of_the_filter_as_the_list_has_it() {
    let (_folder, world) = World::new();
    let mut events: Vec<_> = (0..450).map(event).collect();
    events.push(event_with(999, |event| {
        "Rule B".clone_into(&mut event.rule.name);
    }));
    for chunk in events.chunks(200) {
        world.put(chunk).await;
    }
    let query = format!("format=ndjson&q={}", encoded("rule:\"rule a\""));
    let (text, kind, name) = file(&world, &query).await;
    assert_eq!(kind, "application/x-ndjson");
    assert_eq!(name, "attachment; filename=\"nightlatch-events.ndjson\"");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers: Vec<_> = lines.iter().map(number).collect();
    assert_eq!(numbers, (0..450).rev().collect::<Vec<_>>());
    let (_, listed) = world.get(&format!("/api/v1/events/{}", event(7).id)).await;
    assert_eq!(lines[442], listed);
    assert_eq!(file(&world, "format=ndjson&rule=none").await.0, "");
}

#[tokio::test]
async fn csv_has_a_line_an_event_and_nothing_that_a_spreadsheet_works_out() {
    let (_folder, world) = World::new();
    let hostile = event_with(0, |event| {
        "=HYPERLINK(\"http://evil\",\"x\"), \u{202e}<script>\n2".clone_into(&mut event.output);
        if let Some(actor) = &mut event.actor {
            actor.name = Some("@SUM(A1)".to_owned());
        }
        if let Some(client) = &mut event.client {
            client.user_agent = Some("-2+3\u{1b}[31m".to_owned());
            client.city = Some("\tTab".to_owned());
        }
    });
    world.put(&[hostile, event(1)]).await;
    let (text, kind, name) = file(&world, "format=csv").await;
    assert_eq!(kind, "text/csv; charset=utf-8; header=present");
    assert_eq!(name, "attachment; filename=\"nightlatch-events.csv\"");
    let (head, rows) = text.split_once("\r\n").unwrap();
    let plain = rows.lines().next().unwrap();
    assert!(plain.starts_with(&format!("\"{}\",", event(1).id)));
    assert_eq!(head.split("\",\"").count(), plain.split("\",\"").count());
    for value in [
        "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\"), \u{202e}<script>\n2\"",
        "\"'@SUM(A1)\"",
        "\"'-2+3\u{1b}[31m\"",
        "\"'\tTab\"",
        "\"2026-06-01T12:00:00.000Z\"",
        "\"open\"",
    ] {
        assert!(rows.contains(value), "{value:?} in {rows:?}");
    }
}

#[tokio::test]
async fn a_file_that_nobody_can_write_is_refused() {
    let (_folder, world) = World::new();
    for (query, parameter) in [
        ("", "format"),
        ("format=xml", "format"),
        ("format=csv&q=(", "q"),
    ] {
        let (status, problem) = world.get(&format!("/api/v1/events/export?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(problem["parameter"], parameter, "{query}");
    }
}
