//! The list, one event, counts; copies of an event; restarts.

use std::time::Duration;

use axum::http::StatusCode;
use nightlatch_schemas::{OktaEvent, PROGRESS, encode};

use super::events::{
    DAY, append, append_values, event, event_at, found, number, numbers, put, raw, richer, start,
    until_found, uuid, world,
};
use crate::fixtures::NOON;
use crate::world::{World, until};

#[tokio::test]
async fn an_event_is_told_with_its_json_and_where_it_stands() {
    let (_folder, world) = world();
    let places = append(&world, &[event(6)]).await;
    until_found(&world, &uuid(6)).await;
    let (_, told) = world.get(&format!("/api/v1/activity/{}", uuid(6))).await;
    assert_eq!(told["raw"].as_str().unwrap(), raw(6).to_string());
    assert_eq!(told["position"]["topic"], "okta.events");
    assert_eq!(told["position"]["offset"], places[0].offset);
    assert_eq!(told["occurred_at"], "2026-06-01T12:00:06.000Z");
    assert_eq!(told["event_type"], "user.session.start");
    assert_eq!(told["actor"]["login"], "User2@acme.com");
    assert_eq!(told["targets"][0]["name"], "Bob");
    assert_eq!(told["client"]["as_number"], 2121);
    assert_eq!(told["outcome"]["result"], "SUCCESS");
    assert_eq!(
        (&told["origin"], &told["session"]),
        (&"hook".into(), &"102session2".into())
    );
    let (status, problem) = world.get("/api/v1/activity/nobody").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
}

#[tokio::test]
async fn pages_go_on_over_days_until_the_last() {
    let (_folder, world) = world();
    // Three days, and events that share a millisecond.
    let at = |n: u32| NOON + i64::from(n % 3) * DAY + i64::from(n / 10);
    let events: Vec<_> = (0..97).map(|n| event_at(n, at(n))).collect();
    put(&world, &events).await;
    let whole = found(&world, "").await;
    let mut sorted: Vec<_> = (0..97).collect();
    sorted.sort_by_key(|n| std::cmp::Reverse((at(*n), uuid(*n))));
    assert_eq!(whole, sorted);
    for limit in [1, 7, 96] {
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/activity?limit={limit}{cursor}");
            let (_, page) = world.get(&path).await;
            pages.extend(numbers(&page));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(pages, sorted, "{limit}");
    }
}

#[tokio::test]
async fn one_row_is_kept_of_the_copies_of_an_event_the_richer_one() {
    let (folder, world) = world();
    put(&world, &[event(0), richer(1), event(2)]).await;
    // In another batch, in either order, and after a restart.
    put(&world, &[richer(0), event(1), event(3)]).await;
    assert_eq!(found(&world, "").await, [3, 2, 1, 0]);
    assert_eq!(found(&world, "q=laptop").await, [1, 0]);
    assert_eq!(found(&world, "origin=poll").await, [1, 0]);
    world.stop().await.unwrap();
    let world = start(folder.path());
    put(&world, &[richer(2), event(0), event(4)]).await;
    assert_eq!(found(&world, "").await, [4, 3, 2, 1, 0]);
    assert_eq!(found(&world, "device=Laptop%20of%20ann").await, [2, 1, 0]);
    // Both copies at once.
    put(
        &world,
        &[event(5), richer(5), richer(5), event(5), event(6)],
    )
    .await;
    assert_eq!(found(&world, "q=laptop").await, [5, 2, 1, 0]);
    let (_, counts) = world.get("/api/v1/activity/histogram?buckets=1").await;
    assert_eq!(counts["buckets"][0]["total"], 7);
    let sample = |result| {
        let name = format!("nightlatch_sink_activity_copies_total{{result=\"{result}\"}}");
        world.sample(&name)
    };
    assert_eq!(
        (sample("richer"), sample("repeated")),
        (Some(1.0), Some(4.0))
    );
}

#[tokio::test]
async fn what_is_no_event_is_passed_over_or_goes_to_the_dead_letters() {
    let (_folder, world) = world();
    let progress = OktaEvent {
        kind: PROGRESS.to_owned(),
        complete_to: Some(NOON),
        ..event(0)
    };
    let of_later = OktaEvent {
        kind: "of a later version".to_owned(),
        ..event(1)
    };
    let good = encode(&event(2)).unwrap();
    let values = [
        encode(&progress).unwrap(),
        b"garbage".to_vec(),
        encode(&of_later).unwrap(),
        Vec::new(),
        good,
    ];
    append_values(&world, values.into()).await;
    until_found(&world, &uuid(2)).await;
    assert_eq!(found(&world, "").await, [2]);
    until(async || world.dead_letters().await.len() == 2).await;
    let letters = world.dead_letters().await;
    let source = ("source-topic".to_owned(), b"okta.events".to_vec());
    assert!(
        letters
            .iter()
            .all(|letter| letter.record.headers.contains(&source))
    );
    assert_eq!(letters[0].record.value, b"garbage");
}

#[tokio::test]
async fn events_without_a_time_or_a_uuid_of_their_own_are_kept() {
    let (_folder, world) = world();
    let odd = OktaEvent {
        uuid: "no uuid at all".to_owned(),
        published: None,
        event_type: None,
        raw: "{\"uuid\":\"no uuid at all\",\"actor\":7,\"client\":[],\"target\":{}}".to_owned(),
        ..event(0)
    };
    put(&world, &[odd]).await;
    let (_, page) = world.get("/api/v1/activity").await;
    assert_eq!(page["events"][0]["uuid"], "no uuid at all");
    assert_eq!(page["events"][0]["occurred_at"], "2026-06-01T12:00:00.100Z");
}

#[tokio::test]
async fn a_sink_killed_at_any_moment_goes_on_without_loss_or_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = 0;
    for round in 0..6 {
        let world = start(folder.path());
        for _ in 0..5 {
            // Of three days each.
            let events: Vec<_> = (next..next + 15)
                .map(|n| event_at(n, NOON + i64::from(n % 3) * DAY + i64::from(n)))
                .collect();
            next += 15;
            append(&world, &events).await;
            // At another moment each round, with work in flight.
            tokio::time::sleep(Duration::from_millis(7 * round)).await;
        }
        world.kill().await;
    }
    let world = start(folder.path());
    put(&world, &[event_at(next, NOON + 3 * DAY)]).await;
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let (_, page) = world
            .get(&format!("/api/v1/activity?limit=200{cursor}"))
            .await;
        all.extend(page["events"].as_array().unwrap().iter().map(number));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    all.sort_unstable();
    assert_eq!(all, (0..=next).collect::<Vec<_>>());
    let (_, counts) = world.get("/api/v1/activity/histogram?buckets=7").await;
    let buckets = counts["buckets"].as_array().unwrap();
    let total: u64 = buckets.iter().map(|it| it["total"].as_u64().unwrap()).sum();
    assert_eq!(total, u64::from(next) + 1);
}

#[tokio::test]
async fn an_export_has_all_of_it_and_no_formula() {
    let (_folder, world) = world();
    let mut hostile = raw(0);
    hostile["displayMessage"] = "=cmd|'/C calc'!A0".into();
    hostile["actor"]["displayName"] = "<b>\"Ann\"\u{202e}\u{1b}[31m".into();
    let hostile = OktaEvent {
        raw: hostile.to_string(),
        ..event(0)
    };
    let mut events: Vec<_> = (1..450)
        .map(|n| event_at(n, NOON + i64::from(n % 3) * DAY + i64::from(n)))
        .collect();
    events.push(hostile);
    put(&world, &events).await;
    let file = async |query: &str| {
        let path = format!("/api/v1/activity/export?{query}");
        let (status, body) = world.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body.as_str().unwrap().to_owned()
    };
    let csv = file("format=csv").await;
    assert_eq!(csv.matches("\r\n").count(), 451);
    assert!(csv.starts_with("\"occurred_at\",\"event_type\""), "{csv}");
    assert!(csv.contains("\"'=cmd|'/C calc'!A0\""), "{csv}");
    assert!(csv.contains("<b>\"\"Ann\"\"\u{202e}"), "{csv}");
    let ndjson = file("format=ndjson&actor=user1@acme.com").await;
    let lines = ndjson
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let numbers: Vec<_> = lines.map(|event| number(&event)).collect();
    assert_eq!(numbers.len(), (1..450).filter(|n| n % 4 == 1).count());
    let (status, problem) = world.get("/api/v1/activity/export?format=xlsx").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
}

#[tokio::test]
async fn activity_that_is_off_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.activity.enabled", "false")]);
    for path in ["/api/v1/activity", "/api/v1/activity/facets?q=x"] {
        let (status, problem) = world.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("sink.activity.enabled")
        );
    }
}
