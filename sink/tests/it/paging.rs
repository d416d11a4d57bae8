//! Pages of the list: each event once, in order, whatever arrives meanwhile.

use axum::http::StatusCode;
use nightlatch_schemas::RuntimeEvent;
use serde_json::Value;

use crate::fixtures::{NOON, event_with};
use crate::world::World;

/// Reads all pages from a cursor on; returns the ids.
async fn rest(world: &World, query: &str, mut cursor: Option<String>) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let (next, page) = page(world, query, cursor.as_deref()).await;
        ids.extend(page);
        if next.is_none() {
            return ids;
        }
        cursor = next;
    }
}

async fn page(world: &World, query: &str, cursor: Option<&str>) -> (Option<String>, Vec<String>) {
    let cursor = cursor
        .map(|cursor| format!("&cursor={cursor}"))
        .unwrap_or_default();
    let (status, page) = world.get(&format!("/api/v1/events?{query}{cursor}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let events = page["events"].as_array().unwrap();
    (
        text(&page["next_cursor"]),
        events
            .iter()
            .map(|event| text(&event["id"]).unwrap())
            .collect(),
    )
}

/// Returns ids in the order of the list.
fn ordered(events: &[RuntimeEvent]) -> Vec<String> {
    let mut places: Vec<_> = events
        .iter()
        .map(|event| (event.occurred_at, &event.id))
        .collect();
    places.sort_unstable();
    places.into_iter().rev().map(|(_, id)| id.clone()).collect()
}

/// Events of which many share a millisecond, and some are out of all calendars.
fn crowded(numbers: std::ops::Range<u32>) -> Vec<RuntimeEvent> {
    let times = [
        NOON,
        NOON,
        NOON + 1,
        NOON - 1,
        NOON,
        i64::MAX,
        i64::MIN,
        0,
        -1,
        NOON + 1,
    ];
    let time = |n: u32| times[n as usize % times.len()];
    numbers
        .map(|n| event_with(n, |event| event.occurred_at = time(n)))
        .collect()
}

#[tokio::test]
async fn pages_hold_every_event_once_in_order() {
    let (_folder, world) = World::new();
    let events = crowded(0..150);
    world.put(&events).await;
    for query in [
        "limit=1",
        "limit=7",
        "limit=49",
        "limit=150",
        "limit=200",
        "limit=7&q=okta",
    ] {
        assert_eq!(rest(&world, query, None).await, ordered(&events), "{query}");
    }
    let (next, all) = page(&world, "limit=150", None).await;
    assert_eq!((next, all.len()), (None, 150));
}

#[tokio::test]
async fn a_cursor_holds_while_events_arrive() {
    let (_folder, world) = World::new();
    let before = crowded(0..60);
    world.put(&before).await;
    let (cursor, first) = page(&world, "limit=25", None).await;
    let cursor = cursor.unwrap();
    let more = crowded(60..120);
    world.put(&more).await;
    let after = rest(&world, "limit=10", Some(cursor)).await;
    let mut all = before.clone();
    all.extend(more);
    let place = |id: &String| ordered(&all).iter().position(|other| other == id).unwrap();
    let last = place(first.last().unwrap());
    assert_eq!(
        after,
        ordered(&all).split_off(last + 1),
        "all after the place, those that came later too"
    );
}

#[tokio::test]
async fn fifty_is_a_page_when_nothing_is_said() {
    let (_folder, world) = World::new();
    world.put(&crowded(0..60)).await;
    let (next, first) = page(&world, "", None).await;
    assert_eq!(first.len(), 50);
    assert!(next.is_some());
}
