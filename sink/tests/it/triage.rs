//! What people do with events: it is told everywhere alike, kept, and never half done.

use axum::http::StatusCode;
use nightlatch_chassis::metrics::Metrics;
use serde_json::{Value, json};

use crate::client::{Follower, listen};
use crate::fixtures::{event, event_with};
use crate::world::{World, encoded, log, number, until};

const TRIAGE: &str = "/api/v1/events/triage";

/// Returns a sink that has read the log of triage.
async fn ready() -> (tempfile::TempDir, World) {
    let (folder, world) = World::new();
    world.until_ready().await;
    (folder, world)
}

async fn act(world: &World, body: Value) -> Value {
    let (status, answer) = world.post(TRIAGE, &body).await;
    assert_eq!(status, StatusCode::OK, "{body}: {answer}");
    answer
}

async fn refused(world: &World, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, problem) = world.post(path, &body).await;
    assert!(status.is_client_error(), "{body}: {problem}");
    assert_eq!(problem["status"], status.as_u16());
    (status, problem)
}

async fn triage_of(world: &World, n: u32) -> Value {
    let (_, event) = world.get(&format!("/api/v1/events/{}", event(n).id)).await;
    event["triage"].clone()
}

#[tokio::test]
async fn an_event_is_acknowledged_resolved_and_reopened_and_all_of_it_is_told() {
    let (_folder, world) = ready().await;
    world.put(&[event(0), event(1)]).await;
    let nothing = json!({"status": "open", "disposition": null, "assignee": null, "note": null,
        "by": null, "at": null});
    assert_eq!(triage_of(&world, 0).await, nothing);

    let events = [event(0).id];
    let answer = act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann Ås", "events": events}),
    )
    .await;
    assert_eq!(
        (&answer["matched"], &answer["changed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(answer["shows"], true);
    let triage = triage_of(&world, 0).await;
    assert_eq!(
        (&triage["status"], &triage["by"]),
        (&json!("acknowledged"), &json!("Ann Ås"))
    );

    act(
        &world,
        json!({"deed": "assign", "by": "Ann", "assignee": "Bob", "events": events}),
    )
    .await;
    let resolve = json!({"deed": "resolve", "by": "Bob", "disposition": "false_positive",
        "note": "a drill", "events": events});
    act(&world, resolve).await;
    let triage = triage_of(&world, 0).await;
    assert_eq!(triage["status"], "resolved");
    assert_eq!(triage["disposition"], "false_positive");
    assert_eq!(
        (&triage["assignee"], &triage["note"]),
        (&json!("Bob"), &json!("a drill"))
    );
    assert!(triage["at"].is_string());
    assert_eq!(triage_of(&world, 1).await, nothing);
}

#[tokio::test]
async fn all_that_was_done_with_an_event_is_told_the_newest_first() {
    let (_folder, world) = ready().await;
    world.put(&[event(0)]).await;
    let events = [event(0).id];
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann Ås", "events": events}),
    )
    .await;
    let resolve =
        json!({"deed": "resolve", "by": "Bob", "disposition": "benign", "events": events});
    act(&world, resolve).await;
    act(
        &world,
        json!({"deed": "reopen", "by": "Eve", "events": events}),
    )
    .await;
    act(
        &world,
        json!({"deed": "comment", "by": "Eve", "note": "no drill", "events": events}),
    )
    .await;
    let (_, history) = world
        .get(&format!("/api/v1/events/{}/triage", events[0]))
        .await;
    assert_eq!(history["triage"]["status"], "open");
    assert_eq!(history["triage"]["disposition"], Value::Null);
    assert_eq!(history["triage"]["note"], "no drill");
    let actions = history["actions"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let done: Vec<_> = actions
        .iter()
        .map(|it| (text(&it["deed"]), text(&it["by"])))
        .collect();
    let expected = [
        ("comment", "Eve"),
        ("reopen", "Eve"),
        ("resolve", "Bob"),
        ("acknowledge", "Ann Ås"),
    ];
    assert_eq!(
        done,
        expected.map(|(deed, by)| (deed.to_owned(), by.to_owned()))
    );
}

#[tokio::test]
async fn events_are_found_and_counted_by_what_was_done() {
    let (_folder, world) = ready().await;
    let events: Vec<_> = (0..6).map(event).collect();
    world.put(&events).await;
    let ids = |numbers: &[u32]| numbers.iter().map(|n| event(*n).id).collect::<Vec<_>>();
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann", "events": ids(&[1, 2])}),
    )
    .await;
    let resolve = |disposition: &str, numbers: &[u32]| json!({"deed": "resolve", "by": "Ann", "disposition": disposition, "events": ids(numbers)});
    act(&world, resolve("benign", &[3])).await;
    act(&world, resolve("true_positive", &[4])).await;
    act(
        &world,
        json!({"deed": "assign", "by": "Ann", "assignee": "Bob", "events": ids(&[0])}),
    )
    .await;
    for (query, expected) in [
        ("status=open", &[5, 0][..]),
        ("status=acknowledged", &[2, 1]),
        ("status=acknowledged,resolved", &[4, 3, 2, 1]),
        ("status=open&status=resolved", &[5, 4, 3, 0]),
        ("disposition=benign", &[3]),
        ("status=resolved&rule=Rule%20A", &[4, 3]),
        ("q=status:resolved", &[4, 3]),
        ("q=-status:open", &[4, 3, 2, 1]),
        (
            "q=status:(resolved%20OR%20acknowledged)%20reset",
            &[4, 3, 2, 1],
        ),
        ("q=disposition:true-positive", &[4]),
        ("q=-disposition:benign%20status:resolved", &[4]),
        ("q=assignee:bob", &[0]),
        ("q=assignee:b*", &[0]),
        ("q=-assignee:bob%20status:open", &[5]),
    ] {
        assert_eq!(world.found(query).await, expected, "{query}");
    }
    let (_, facets) = world.get("/api/v1/events/facets").await;
    let statuses = json!([
        {"value": "acknowledged", "count": 2},
        {"value": "open", "count": 2},
        {"value": "resolved", "count": 2},
    ]);
    assert_eq!(facets["facets"]["status"], statuses);
    assert_eq!(facets["facets"]["disposition"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_filter_lets_through_is_done_as_one_after_a_preview() {
    let (_folder, world) = ready().await;
    let other = event_with(9, |event| "Rule B".clone_into(&mut event.rule.name));
    world.put(&[event(0), event(1), event(2), other]).await;
    let path = format!("{TRIAGE}?q={}", encoded("rule:\"rule a\""));
    let request = |preview: bool, expected: Option<u64>| {
        json!({"deed": "resolve", "by": "Ann", "disposition": "benign", "preview": preview,
            "expected": expected})
    };
    let (status, preview) = world.post(&path, &request(true, None)).await;
    assert_eq!(status, StatusCode::OK, "{preview}");
    let expected = json!({"action": null, "matched": 3, "changed": 3, "shows": true});
    assert_eq!(preview, expected);
    assert_eq!(triage_of(&world, 0).await["status"], "open");

    world.put(&[event(3)]).await;
    let (status, problem) = refused(&world, &path, request(false, Some(3))).await;
    assert_eq!(
        (status, &problem["count"]),
        (StatusCode::CONFLICT, &json!(4))
    );
    assert_eq!(world.found("status=resolved").await, [0; 0]);

    let (_, answer) = world.post(&path, &request(false, Some(4))).await;
    assert_eq!(
        (&answer["matched"], &answer["changed"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(world.found("status=resolved").await, [3, 2, 1, 0]);
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_done_once() {
    let (_folder, world) = ready().await;
    world.put(&[event(0), event(1)]).await;
    let ids = [event(0).id, event(1).id];
    let request = json!({"deed": "resolve", "by": "Ann", "disposition": "benign", "note": "known",
        "events": ids});
    act(&world, request.clone()).await;
    let again = act(&world, request).await;
    assert_eq!(
        (&again["action"], &again["changed"]),
        (&Value::Null, &json!(0))
    );
    let other = act(
        &world,
        json!({"deed": "acknowledge", "by": "Bob", "events": ids}),
    )
    .await;
    assert_eq!(other["changed"], 0, "who resolved it has looked at it");
    let (_, history) = world
        .get(&format!("/api/v1/events/{}/triage", ids[0]))
        .await;
    assert_eq!(history["actions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_nothing_is_done() {
    let (_folder, world) = ready().await;
    world.put(&[event(0)]).await;
    let id = event(0).id;
    let unknown = event(77).id;
    let both = json!({"deed": "acknowledge", "by": "Ann", "events": [id, unknown]});
    let (status, problem) = refused(&world, TRIAGE, both).await;
    assert_eq!(
        (status, &problem["missing"]),
        (StatusCode::NOT_FOUND, &json!([unknown]))
    );
    let events = json!([id]);
    let named = json!({"deed": "acknowledge", "by": "Ann", "events": events});
    let (_, problem) = refused(&world, &format!("{TRIAGE}?rule=x"), named).await;
    assert_eq!(problem["parameter"], "rule");
    let all = json!({"deed": "acknowledge", "by": "Ann"});
    let (_, problem) = refused(&world, &format!("{TRIAGE}?q=colour:red"), all).await;
    assert_eq!(problem["parameter"], "q");
    assert_eq!(triage_of(&world, 0).await["status"], "open");
    let (status, _) = world.get(&format!("/api/v1/events/{unknown}/triage")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_says_too_little_or_too_much_is_refused_with_the_member() {
    let (_folder, world) = ready().await;
    world.put(&[event(0)]).await;
    let events = json!([event(0).id]);
    for (body, member) in [
        (json!({"deed": "acknowledge", "events": events}), "by"),
        (
            json!({"deed": "acknowledge", "by": " ", "events": events}),
            "by",
        ),
        (
            json!({"deed": "resolve", "by": "Ann", "events": events}),
            "disposition",
        ),
        (
            json!({"deed": "reopen", "by": "Ann", "disposition": "benign", "events": events}),
            "disposition",
        ),
        (
            json!({"deed": "comment", "by": "Ann", "events": events}),
            "note",
        ),
        (
            json!({"deed": "reopen", "by": "Ann", "assignee": "Bob", "events": events}),
            "assignee",
        ),
        (
            json!({"deed": "acknowledge", "by": "Ann", "events": []}),
            "events",
        ),
        (
            json!({"deed": "comment", "by": "Ann", "note": "x".repeat(4001), "events": events}),
            "note",
        ),
        (
            json!({"deed": "destroy", "by": "Ann", "events": events}),
            "deed",
        ),
        (
            json!({"deed": "acknowledge", "by": "Ann", "events": ["x"]}),
            "events[0]",
        ),
    ] {
        let (status, problem) = refused(&world, TRIAGE, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(problem["member"], member, "{problem}");
    }
}

#[tokio::test]
async fn every_sink_on_the_log_tells_the_same_also_of_events_that_come_later() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let metrics = Metrics::new().unwrap();
    let log = log(folders[0].path(), &metrics);
    let one = World::start_on(log.clone(), metrics, folders[0].path(), &[]);
    one.until_ready().await;
    one.put(&[event(0)]).await;
    let resolve = json!({"deed": "resolve", "by": "Ann", "disposition": "duplicate",
        "events": [event(0).id]});
    act(&one, resolve).await;
    // One that starts later has the same master key, and reads both topics from the start.
    let key = std::fs::copy(
        folders[0].path().join("master.key"),
        folders[1].path().join("master.key"),
    );
    key.unwrap();
    let other = World::start_on(log, Metrics::new().unwrap(), folders[1].path(), &[]);
    other.until_ready().await;
    until(async || other.found("status=resolved").await == [0]).await;
    assert_eq!(triage_of(&other, 0).await, triage_of(&one, 0).await);
    act(
        &other,
        json!({"deed": "reopen", "by": "Bob", "events": [event(0).id]}),
    )
    .await;
    until(async || triage_of(&one, 0).await["status"] == "open").await;
}

#[tokio::test]
async fn triage_outlives_a_restart_and_the_loss_of_the_feed() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world.until_ready().await;
    world.put(&[event(0), event(1)]).await;
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann", "events": [event(0).id]}),
    )
    .await;
    let before = triage_of(&world, 0).await;
    world.kill().await;

    let world = World::start(folder.path(), &[]);
    assert_eq!(triage_of(&world, 0).await, before);
    world.until_ready().await;
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann", "events": [event(1).id]}),
    )
    .await;
    world.kill().await;

    for file in ["feed.db", "feed.db-wal", "feed.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(file)));
    }
    let world = World::start(folder.path(), &[]);
    until(async || world.found("status=acknowledged").await == [1, 0]).await;
    assert_eq!(triage_of(&world, 0).await, before);
}

#[tokio::test]
async fn the_stream_tells_what_people_do_and_misses_nothing() {
    let (_folder, world) = ready().await;
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    world.put(&[event(0), event(1)]).await;
    let mut follower = Follower::connect(address, "severity=high", None).await;
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann", "events": [event(0).id]}),
    )
    .await;
    let told = follower.event().await;
    assert_eq!(follower.kind.as_deref(), Some("triage"));
    assert_eq!(told["events"], json!([event(0).id]));
    assert_eq!(
        (&told["action"]["deed"], &told["action"]["by"]),
        (&json!("acknowledge"), &json!("Ann"))
    );
    let last_id = follower.last_id.clone();
    drop(follower);

    act(
        &world,
        json!({"deed": "reopen", "by": "Bob", "events": [event(0).id]}),
    )
    .await;
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Eve", "events": [event(1).id]}),
    )
    .await;
    let mut follower = Follower::connect(address, "", Some(&last_id)).await;
    assert_eq!(follower.event().await["action"]["by"], "Bob");
    assert_eq!(follower.event().await["action"]["by"], "Eve");
    world.append(&[event(2)]).await;
    let arrived = follower.event().await;
    assert_eq!((number(&arrived), follower.kind.as_deref()), (2, None));
    assert_eq!(arrived["triage"]["status"], "open");
}

#[tokio::test]
async fn retention_takes_what_was_done_with_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world.until_ready().await;
    world.put(&[event(0), event(1)]).await;
    act(
        &world,
        json!({"deed": "acknowledge", "by": "Ann", "events": [event(0).id]}),
    )
    .await;
    world.stop().await.unwrap();
    let world = World::start(folder.path(), &[("sink.retention", "0s")]);
    until(async || world.found("").await.is_empty()).await;
    world.stop().await.unwrap();
    let database = rusqlite::Connection::open(folder.path().join("feed.db")).unwrap();
    let left: i64 = database
        .query_row("SELECT count(*) FROM triage_event", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
