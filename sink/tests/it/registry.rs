//! The schema registry as Confluent's clients use it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use nightlatch_schemas::{adopt, locked, registered};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::World;

async fn lookup(world: &World, subject: &str, body: &str) -> (StatusCode, Value) {
    let request = Request::post(format!("/registry/subjects/{subject}"))
        .header("content-type", "application/vnd.schemaregistry.v1+json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (
        status,
        serde_json::from_str(&crate::client::text(response).await).unwrap(),
    )
}

#[tokio::test]
async fn every_registered_schema_is_found_by_id_and_by_subject() {
    let (_folder, world) = World::new();
    let (_, subjects) = world.get("/registry/subjects").await;
    for schema in registered() {
        assert!(
            subjects
                .as_array()
                .unwrap()
                .contains(&schema.subject.as_str().into())
        );
        let (_, by_id) = world
            .get(&format!("/registry/schemas/ids/{}", schema.id))
            .await;
        assert_eq!(by_id, json!({"schema": schema.schema}));
        let versions = format!("/registry/subjects/{}/versions", schema.subject);
        let (_, listed) = world.get(&versions).await;
        assert!(listed.as_array().unwrap().contains(&schema.version.into()));
        let expected = json!({
            "subject": schema.subject, "id": schema.id, "version": schema.version, "schema": schema.schema,
        });
        let (_, by_version) = world.get(&format!("{versions}/{}", schema.version)).await;
        assert_eq!(by_version, expected);
        let body = json!({"schema": schema.schema, "schemaType": "AVRO"}).to_string();
        assert_eq!(
            lookup(&world, &schema.subject, &body).await,
            (StatusCode::OK, expected)
        );
    }
}

#[tokio::test]
async fn the_newest_version_has_a_name() {
    let (_folder, world) = World::new();
    let newest = registered()
        .iter()
        .rfind(|it| it.subject == "okta.events-value")
        .unwrap();
    let (_, latest) = world
        .get("/registry/subjects/okta.events-value/versions/latest")
        .await;
    assert_eq!(latest["version"], newest.version);
}

#[tokio::test]
async fn errors_are_in_confluents_form() {
    let (_folder, world) = World::new();
    for (path, code) in [
        ("/subjects/none/versions", 40401),
        ("/subjects/none/versions/1", 40401),
        ("/subjects/okta.events-value/versions/99", 40402),
        ("/subjects/okta.events-value/versions/0", 42202),
        ("/subjects/okta.events-value/versions/x", 42202),
        ("/schemas/ids/999999", 40403),
        ("/schemas/ids/x", 40403),
        ("/schemas/ids/%ff", 40400),
        ("/config/none", 40401),
    ] {
        let (status, error) = world.get(&format!("/registry{path}")).await;
        assert_eq!(u32::from(status.as_u16()), code / 100, "{path}");
        assert_eq!(error["error_code"], code, "{path}");
        assert!(error["message"].is_string());
    }
    let unknown = json!({"schema": "\"string\""}).to_string();
    let (status, error) = lookup(&world, "okta.events-value", &unknown).await;
    assert_eq!(
        (status, &error["error_code"]),
        (StatusCode::NOT_FOUND, &40403.into())
    );
    for body in ["", "{}", "not json", r#"{"schema":"not json"}"#] {
        let (status, error) = lookup(&world, "okta.events-value", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(error["error_code"], 42201, "{body}");
    }
}

#[tokio::test]
async fn schemas_change_in_both_directions_only() {
    let (_folder, world) = World::new();
    let expected = json!({"compatibilityLevel": "FULL_TRANSITIVE"});
    assert_eq!(world.get("/registry/config").await.1, expected);
    assert_eq!(
        world.get("/registry/config/okta.events-value").await.1,
        expected
    );
}

#[test]
fn ids_of_an_outside_registry_are_served_and_those_of_older_records_too() {
    // Ids hold for a whole process.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "registry::part_that_adopts", "--ignored"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
#[ignore = "a process of its own"]
async fn part_that_adopts() {
    let ids: Vec<u32> = (1_000_000..).take(locked().len()).collect();
    adopt(&ids).unwrap();
    let (_folder, world) = World::new();
    for (schema, id) in locked().iter().zip(ids) {
        for id in [id, schema.id] {
            let (_, by_id) = world.get(&format!("/registry/schemas/ids/{id}")).await;
            assert_eq!(by_id, json!({"schema": schema.schema}));
        }
        let versions = format!("/registry/subjects/{}/versions", schema.subject);
        let (_, version) = world.get(&format!("{versions}/{}", schema.version)).await;
        assert_eq!(version["id"], id);
        let body = json!({"schema": schema.schema}).to_string();
        let (_, found) = lookup(&world, &schema.subject, &body).await;
        assert_eq!(found["id"], id);
    }
}
