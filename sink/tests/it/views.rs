//! Saved views: a team shares them, and nobody overwrites what they have not seen.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::World;

async fn ready() -> (tempfile::TempDir, World) {
    let (folder, world) = World::new();
    world.until_ready().await;
    (folder, world)
}

async fn put(world: &World, id: &str, seen: &str, view: &Value) -> (StatusCode, Value) {
    let request = Request::put(format!("/api/v1/views/{id}"))
        .header("if-match", format!("\"{seen}\""))
        .header("nightlatch-author", "ann");
    world.send(request, Some(view)).await
}

async fn delete(world: &World, id: &str, seen: &str) -> StatusCode {
    let request = Request::delete(format!("/api/v1/views/{id}"));
    let request = request.header("if-match", format!("\"{seen}\""));
    world.send(request, None).await.0
}

#[tokio::test]
async fn a_view_is_saved_changed_listed_and_deleted() {
    let (_folder, world) = ready().await;
    let view = json!({"name": " Open and grave ", "query": "status=open&q=severity%3E%3Dhigh"});
    let (status, saved) = put(&world, "open-and-grave", "none", &view).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    assert_eq!(
        (&saved["name"], &saved["page"]),
        (&json!("Open and grave"), &json!("feed"))
    );
    assert_eq!(saved["by"], "ann");
    let first = saved["revision"].as_str().unwrap().to_owned();
    let changed = json!({"name": "Mine", "page": "activity", "query": ""});
    let (status, saved) = put(&world, "open-and-grave", &first, &changed).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let (_, all) = world.get("/api/v1/views").await;
    assert_eq!(all["views"], json!([saved]));

    let (status, problem) = put(&world, "open-and-grave", &first, &view).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let second = saved["revision"].as_str().unwrap();
    assert_eq!(problem["current"], format!("\"{second}\""));
    assert_eq!(
        put(&world, "open-and-grave", "none", &view).await.0,
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(
        delete(&world, "open-and-grave", &first).await,
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(
        delete(&world, "open-and-grave", second).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        delete(&world, "open-and-grave", second).await,
        StatusCode::NOT_FOUND
    );
    let (_, all) = world.get("/api/v1/views").await;
    assert_eq!(all["views"], json!([]));
    assert_eq!(
        put(&world, "open-and-grave", "none", &view).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_view_that_is_malformed_is_refused() {
    let (_folder, world) = ready().await;
    let view = json!({"name": "A", "query": ""});
    for id in ["Upper", "a%20b", &"x".repeat(65)] {
        assert_eq!(
            put(&world, id, "none", &view).await.0,
            StatusCode::BAD_REQUEST,
            "{id}"
        );
    }
    for (view, member) in [
        (json!({"name": " ", "query": ""}), "name"),
        (json!({"name": "x".repeat(101), "query": ""}), "name"),
        (json!({"name": "A", "query": "x".repeat(4001)}), "query"),
        (json!({"name": "A", "page": "../x", "query": ""}), "page"),
    ] {
        let (status, problem) = put(&world, "a", "none", &view).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{view}");
        assert_eq!(problem["member"], member, "{problem}");
    }
    let (status, _) = world
        .send(Request::put("/api/v1/views/a"), Some(&view))
        .await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
}
