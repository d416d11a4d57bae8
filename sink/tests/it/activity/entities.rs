//! One user and one address: their time line and what is seen around them.

use axum::http::StatusCode;
use nightlatch_schemas::RuntimeEvent;
use serde_json::Value;

use super::events::{DAY, event_at, put, raw, uuid, world};
use crate::fixtures::{NOON, event_with};
use crate::world::World;

const COUNT: u32 = 40;

fn at(n: u32) -> i64 {
    NOON + i64::from(n % 3) * DAY + i64::from(n) * 1000
}

/// Puts events of three days; every fifth of user 1 and user 2 is a detection, too.
async fn filled(world: &World) {
    let events: Vec<_> = (0..COUNT).map(|n| event_at(n, at(n))).collect();
    put(world, &events).await;
    let mut detections = Vec::new();
    for n in (0..COUNT).filter(|n| n % 5 == 0) {
        detections.push(detection(n));
    }
    world.put(&detections).await;
}

fn detection(n: u32) -> RuntimeEvent {
    let raw = raw(n);
    event_with(n, |event| {
        event.occurred_at = at(n);
        let actor = event.actor.as_mut().unwrap();
        actor.id = raw["actor"]["id"].as_str().map(str::to_owned);
        actor.login = raw["actor"]["alternateId"].as_str().map(str::to_owned);
        let client = event.client.as_mut().unwrap();
        client.ip = raw["client"]["ipAddress"].as_str().map(str::to_owned);
    })
}

/// Returns what stands in a time line, page by page: an uuid for activity, an id for a detection.
async fn timeline(world: &World, entity: &str, limit: u32) -> Vec<String> {
    let (mut entries, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/entities/{entity}/timeline?limit={limit}{cursor}");
        let (status, page) = world.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        for entry in page["entries"].as_array().unwrap() {
            let id = match &entry["activity"] {
                Value::Null => &entry["detection"]["id"],
                activity => &activity["uuid"],
            };
            entries.push(id.as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return entries,
        }
    }
}

/// Returns the ids of the events and detections of a user, newest first.
fn expected(user: u32) -> Vec<String> {
    let mut all: Vec<(i64, String)> = Vec::new();
    for n in (0..COUNT).filter(|n| n % 4 == user) {
        all.push((at(n), uuid(n)));
        if n % 5 == 0 {
            all.push((at(n), detection(n).id));
        }
    }
    all.sort_by(|a, b| b.cmp(a));
    all.into_iter().map(|(_, id)| id).collect()
}

#[tokio::test]
async fn a_time_line_has_activity_and_detections_in_one_order() {
    let (_folder, world) = world();
    filled(&world).await;
    for entity in ["user/User1@ACME.com", "user/00u1A", "ip/203.0.113.1"] {
        for limit in [1, 3, 200] {
            assert_eq!(
                timeline(&world, entity, limit).await,
                expected(1),
                "{entity} {limit}"
            );
        }
    }
    // A target's, too.
    let all = (0..4)
        .flat_map(expected)
        .filter(|id| id.starts_with("00000000"))
        .count();
    assert_eq!(timeline(&world, "user/bob+x@acme.com", 7).await.len(), all);
}

#[tokio::test]
async fn a_summary_tells_what_is_seen_around_a_user_and_an_address() {
    let (_folder, world) = world();
    filled(&world).await;
    let (_, user) = world.get("/api/v1/entities/user/user1@acme.com").await;
    assert_eq!(
        (&user["id"], &user["name"]),
        (&"00u1A".into(), &"User 1".into())
    );
    assert_eq!(
        (&user["events"], &user["is_complete"]),
        (&10.into(), &true.into())
    );
    assert_eq!(user["detections"], 2);
    assert_eq!(user["rules"][0]["value"], "Rule A");
    assert_eq!(user["ips"][0]["value"], "203.0.113.1");
    assert_eq!(user["ips"][0]["count"], 10);
    assert_eq!(user["countries"][0]["value"], "France");
    assert_eq!(user["systems"][0]["value"], "2120");
    assert_eq!(user["sessions"][0]["value"], "102session1");
    assert_eq!(user["factor_changes"].as_array().unwrap().len(), 10);
    assert_eq!(user["last_seen"], "2026-06-03T12:00:29.000Z");
    let between = "from=2026-06-02T00:00:00Z&to=2026-06-03T00:00:00Z";
    let (_, user) = world
        .get(&format!("/api/v1/entities/user/user1@acme.com?{between}"))
        .await;
    assert_eq!(user["events"], 4);

    // Of whom others did something to, where those come from is not told.
    let (_, target) = world.get("/api/v1/entities/user/00t1").await;
    assert_eq!(
        (&target["events"], &target["ips"]),
        (&40.into(), &Value::Array(vec![]))
    );

    let (_, ip) = world.get("/api/v1/entities/ip/203.0.113.2").await;
    assert_eq!(ip["users"].as_array().unwrap().len(), 1);
    assert_eq!(ip["users"][0]["value"], "user2@acme.com");
    assert_eq!(ip["users"][0]["label"], "User 2");
    assert_eq!(ip["detections"], 2);

    let (status, nobody) = world.get("/api/v1/entities/user/nobody").await;
    assert_eq!((status, &nobody["events"]), (StatusCode::OK, &0.into()));
    for (path, status) in [
        ("ip/203.0.113.0%2F24", StatusCode::BAD_REQUEST),
        ("host/x", StatusCode::NOT_FOUND),
        ("user/x?fro=-1d", StatusCode::BAD_REQUEST),
        ("user/x/timeline?cursor=zz", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(
            world.get(&format!("/api/v1/entities/{path}")).await.0,
            status,
            "{path}"
        );
    }
}
