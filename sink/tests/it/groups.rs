//! Repeats as one row, and groups of events that have something in common.

use axum::http::StatusCode;
use nightlatch_schemas::{RuntimeEvent, severity_label};
use serde_json::{Value, json};

use crate::fixtures::{NOON, event, event_with};
use crate::world::{World, number};

const MINUTE: i64 = 60_000;

/// Returns the n-th event, so many minutes after noon, of a dedup key.
fn repeat(n: u32, minute: i64, dedup_key: &str) -> RuntimeEvent {
    event_with(n, |event| {
        event.occurred_at = NOON + minute * MINUTE;
        dedup_key.clone_into(&mut event.dedup_key);
    })
}

/// Returns the numbers of the rows, with how many events each stands for.
async fn rows(world: &World, query: &str) -> Vec<(u32, u64)> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/events?collapse=true&{query}{cursor}");
        let (status, page) = world.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let events = page["events"].as_array().unwrap();
        let row = |event: &Value| (number(event), event["repeats"]["count"].as_u64().unwrap());
        rows.extend(events.iter().map(row));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn repeats_within_an_hour_of_the_first_are_one_row_at_once() {
    let (_folder, world) = World::new();
    let minutes = [0, 10, 30, 59, 60, 70, 119, 121];
    let events: Vec<_> = (0..)
        .zip(minutes)
        .map(|(n, minute)| repeat(n, minute, "a"))
        .collect();
    world.put(&events).await;
    assert_eq!(rows(&world, "").await, [(7, 1), (6, 3), (3, 4)]);
    let (_, page) = world.get("/api/v1/events?collapse=true").await;
    let repeats = json!({
        "count": 4,
        "first": "2026-06-01T12:00:00.000Z",
        "last": "2026-06-01T12:59:00.000Z",
    });
    assert_eq!(page["events"][2]["repeats"], repeats);
    world.put(&[repeat(8, 122, "a")]).await;
    assert_eq!(rows(&world, "").await[0], (8, 2));
    assert_eq!(world.found("").await.len(), 9, "the list itself has all");
}

#[tokio::test]
async fn what_a_row_stands_for_is_listed_and_shares_an_episode() {
    let (_folder, world) = World::new();
    let other_org = event_with(9, |event| {
        "integration-2".clone_into(&mut event.integration);
    });
    world.put(&[event(0), event(1), event(2), other_org]).await;
    assert_eq!(rows(&world, "").await, [(9, 1), (2, 3)]);
    let members = format!("repeats_of={}", event(1).id);
    assert_eq!(world.found(&members).await, [2, 1, 0]);
    assert_eq!(
        world.found(&format!("{members}&q=%22number%201%22")).await,
        [1]
    );
    let (_, page) = world.get("/api/v1/events").await;
    let episodes: Vec<_> = (0..4)
        .map(|at| page["events"][at]["episode"].as_str())
        .collect();
    assert_eq!(episodes[1..], [episodes[1]; 3]);
    assert_ne!(episodes[0], episodes[1]);
    assert_eq!(
        world.found(&format!("repeats_of={}", event(77).id)).await,
        [0; 0]
    );
}

#[tokio::test]
async fn events_that_come_late_join_the_row_that_is_there() {
    let (_folder, world) = World::new();
    world
        .put(&[repeat(1, 5, "a"), repeat(0, 0, "a"), repeat(3, 50, "a")])
        .await;
    world.put(&[repeat(2, 20, "a")]).await;
    assert_eq!(rows(&world, "").await, [(3, 4)]);
}

#[tokio::test]
async fn rows_count_what_the_filter_lets_through() {
    let (_folder, world) = World::new();
    let mut events: Vec<_> = (0..6).map(event).collect();
    for event in &mut events[3..] {
        if let Some(client) = &mut event.client {
            client.country = Some("Chile".to_owned());
        }
    }
    world.put(&events).await;
    assert_eq!(rows(&world, "").await, [(5, 6)]);
    assert_eq!(rows(&world, "country=Norway").await, [(2, 3)]);
    assert_eq!(rows(&world, "q=-country:norway").await, [(5, 3)]);
}

#[tokio::test]
async fn pages_hold_every_row_once_whatever_their_size() {
    let (_folder, world) = World::new();
    // Forty things that alternate through five hours, some in the same millisecond.
    let events: Vec<_> = (0..600)
        .map(|n| repeat(n, i64::from(n / 2), &format!("key-{}", n * 7 % 40)))
        .collect();
    for chunk in events.chunks(200) {
        world.put(chunk).await;
    }
    let whole = rows(&world, "limit=200").await;
    let total: u64 = whole.iter().map(|(_, count)| count).sum();
    assert_eq!(total, 600);
    assert!(whole.len() < 300, "{}", whole.len());
    for limit in [1, 7, 50] {
        assert_eq!(
            rows(&world, &format!("limit={limit}")).await,
            whole,
            "{limit}"
        );
    }
}

#[tokio::test]
async fn groups_tell_how_many_when_how_grave_and_how_spread() {
    let (_folder, world) = World::new();
    let grave = |n: u32, severity: u8| {
        event_with(n, |event| {
            "Rule B".clone_into(&mut event.rule.name);
            event.severity = i32::from(severity);
            severity_label(severity).clone_into(&mut event.severity_label);
            event.client = None;
        })
    };
    world
        .put(&[event(0), event(1), event(2), grave(3, 6), grave(9, 1)])
        .await;
    let (_, page) = world
        .get("/api/v1/events/groups?by=rule&from=2026-06-01T12:00:00Z&to=2026-06-01T12:00:10Z&buckets=2")
        .await;
    let groups = json!([
        {"value": "Rule A", "policy": "policy-1", "count": 3, "open": 3, "severity": "Medium",
            "first": "2026-06-01T12:00:00.000Z", "last": "2026-06-01T12:00:02.000Z", "buckets": [3, 0]},
        {"value": "Rule B", "policy": "policy-1", "count": 2, "open": 2, "severity": "High",
            "first": "2026-06-01T12:00:03.000Z", "last": "2026-06-01T12:00:09.000Z", "buckets": [1, 1]},
    ]);
    assert_eq!(page["groups"], groups);
    assert_eq!(
        (&page["bucket_ms"], &page["next_cursor"]),
        (&json!(5000), &Value::Null)
    );
    for (by, value, count) in [
        ("policy", "policy-1", 5),
        ("actor", "ann@acme.com", 5),
        ("ip", "203.0.113.7", 3),
        ("country", "Norway", 3),
    ] {
        let (_, page) = world.get(&format!("/api/v1/events/groups?by={by}")).await;
        assert_eq!(page["groups"].as_array().unwrap().len(), 1, "{by}");
        assert_eq!(page["groups"][0]["value"], value, "{by}");
        assert_eq!(page["groups"][0]["count"], count, "{by}");
        assert_eq!(
            world.found(&format!("{by}={value}")).await.len(),
            count,
            "{by}"
        );
    }
}

#[tokio::test]
async fn groups_come_in_pages_that_hold_each_once() {
    let (_folder, world) = World::new();
    let events: Vec<_> = (0..60)
        .map(|n| event_with(n, |event| event.rule.name = format!("Rule {}", n % 11)))
        .collect();
    world.put(&events).await;
    let (_, whole) = world.get("/api/v1/events/groups?by=rule&limit=1000").await;
    let whole = whole["groups"].as_array().unwrap().clone();
    assert_eq!(whole.len(), 11);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/events/groups?by=rule&limit=4{cursor}");
        let (_, page) = world.get(&path).await;
        paged.extend(page["groups"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn groups_that_nobody_can_make_are_refused() {
    let (_folder, world) = World::new();
    for (query, parameter) in [
        ("", "by"),
        ("by=moon", "by"),
        ("by=rule&buckets=7", "buckets"),
        ("by=rule&buckets=7&from=-1h&to=-2h", "buckets"),
        ("by=rule&limit=1001", "limit"),
        ("by=rule&cursor=zz", "cursor"),
    ] {
        let (status, problem) = world.get(&format!("/api/v1/events/groups?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(problem["parameter"], parameter, "{query}");
    }
    let (_, problem) = world.get("/api/v1/events?collapse=yes").await;
    assert_eq!(problem["parameter"], "collapse");
    let (_, problem) = world.get("/api/v1/events?repeats_of=1").await;
    assert_eq!(problem["parameter"], "repeats_of");
}
