//! What is refused, and how that is said.

use axum::http::StatusCode;
use serde_json::Value;

use crate::fixtures::event;
use crate::world::{World, until};

async fn refused(world: &World, path: &str) -> Value {
    let (status, problem) = world.get(path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {problem}");
    assert_eq!(problem["status"], 400);
    for member in ["type", "title", "detail"] {
        assert!(problem[member].is_string(), "{path}: {problem}");
    }
    problem
}

#[tokio::test]
async fn a_malformed_parameter_is_named_with_place_and_remedy() {
    let (_folder, world) = World::new();
    for (address, query, parameter, position) in [
        ("", "severity=hgih", "severity", 1),
        ("", "severity=High,8", "severity", 6),
        ("", "severity=High,,Low", "severity", 6),
        ("", "severity=", "severity", 1),
        ("", "ip=1.2.3", "ip", 1),
        ("", "ip=1.2.3.4/40", "ip", 1),
        ("", "from=yesterday", "from", 1),
        ("", "from=2026-06-01T12:00:00", "from", 1),
        ("", "to=-5", "to", 1),
        ("", "to=-99999999999999999999h", "to", 1),
        ("", "limit=0", "limit", 1),
        ("", "limit=201", "limit", 1),
        ("", "limit=ten", "limit", 1),
        ("", "limit=5&limit=6", "limit", 1),
        ("", "cursor=xyz", "cursor", 1),
        (
            "",
            "cursor=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9",
            "cursor",
            1,
        ),
        ("", "q=abc%20%22def", "q", 5),
        ("", "q=a*b", "q", 2),
        ("/histogram", "buckets=0", "buckets", 1),
        ("/histogram", "buckets=501", "buckets", 1),
        ("/histogram", "by=moon", "by", 1),
        ("/facets", "q=-", "q", 1),
        ("/stream", "last_event_id=0:1,x", "last_event_id", 5),
        ("/stream", "q=%22", "q", 1),
    ] {
        let problem = refused(&world, &format!("/api/v1/events{address}?{query}")).await;
        assert_eq!(
            problem["type"],
            "urn:problem-type:nightlatch:malformed-parameter"
        );
        assert_eq!(problem["parameter"], parameter, "{query}");
        assert_eq!(problem["position"], position, "{query}");
        assert!(problem["accepted"].is_string(), "{query}");
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_with_what_may_have_been_meant() {
    let (_folder, world) = World::new();
    let problem = refused(&world, "/api/v1/events?severty=high").await;
    assert_eq!(
        problem["type"],
        "urn:problem-type:nightlatch:unknown-parameter"
    );
    assert_eq!(problem["parameter"], "severty");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("did you mean severity?")
    );
    assert!(
        problem["accepted"]
            .as_array()
            .unwrap()
            .contains(&"severity".into())
    );
    for path in [
        "/facets?limit=5",
        "/histogram?cursor=1",
        "/stream?limit=1",
        "?buckets=5",
        "?=x",
    ] {
        refused(&world, &format!("/api/v1/events{path}")).await;
    }
}

#[tokio::test]
async fn too_many_values_are_refused() {
    let (_folder, world) = World::new();
    let problem = refused(&world, &format!("/api/v1/events?{}", "rule=a&".repeat(51))).await;
    assert_eq!(problem["parameter"], "rule");
    let problem = refused(
        &world,
        &format!("/api/v1/events?event_type={}", "a,".repeat(60)),
    )
    .await;
    assert_eq!(problem["parameter"], "event_type");
}

#[tokio::test]
async fn an_event_that_is_not_there_is_a_problem() {
    let (_folder, world) = World::new();
    for id in ["no-uuid", "%ff", "0"] {
        let problem = refused(&world, &format!("/api/v1/events/{id}")).await;
        assert_eq!(problem["parameter"], "id");
    }
    let (status, problem) = world
        .get("/api/v1/events/00000000-0000-5000-8000-000000000000")
        .await;
    assert_eq!(
        (status, &problem["status"]),
        (StatusCode::NOT_FOUND, &404.into())
    );
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.query_timeout", "0s")]);
    for chunk in 0..8 {
        let events: Vec<_> = (chunk * 500..chunk * 500 + 500).map(event).collect();
        world.append(&events).await;
    }
    until(async || {
        let (status, problem) = world.get("/api/v1/events/facets").await;
        status == StatusCode::SERVICE_UNAVAILABLE
            && problem["type"] == "urn:problem-type:nightlatch:query-too-slow"
    })
    .await;
}
