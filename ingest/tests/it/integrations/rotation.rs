//! New credentials replace the old ones only when they are good for as much.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::client::Answer;
use super::okta::{SCOPES, World, until};
use super::system_log::{Working, world};

const MANAGE: &str = "okta.eventHooks.manage";
const READ: &str = "okta.eventHooks.read";
const LOGS: &str = "okta.logs.read";

/// Sets the credentials of a client that is granted these scopes.
async fn rotate(world: &World, path: &str, scopes: &[&str]) -> Answer {
    let client = world.org.install_integration(scopes);
    let new = json!({"client_id": client.client_id, "client_secret": client.client_secret});
    set(world, path, &new).await
}

async fn set(world: &World, path: &str, new: &Value) -> Answer {
    let etag = world.api().get(path).await.etag();
    let at = format!("{path}/credentials");
    world.api().ask("PUT", &at, Some(&etag), new).await
}

/// What a person is told when new credentials are refused; the old ones are in force still.
async fn told(world: &World, path: &str, scopes: &[&str]) -> String {
    let before = world.api().get(path).await;
    let refused = rotate(world, path, scopes).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    let after = world.api().get(path).await;
    assert_eq!(after.etag(), before.etag());
    assert_eq!(after.body["credentials"], before.body["credentials"]);
    let word = |name: &str| refused.body[name].as_str().unwrap().to_owned();
    format!("{}\n{}", word("sentence"), word("remedy"))
}

#[tokio::test]
async fn credentials_that_may_do_less_are_refused_with_what_to_grant() {
    let world = World::new().await;
    let path = world.connected().await;
    insta::assert_snapshot!(told(&world, &path, &[MANAGE, READ]).await, @r"
    Okta does not grant okta.logs.read to these credentials. The old credentials stay in force.
    Grant okta.logs.read to the app at Okta (its tab Okta API Scopes), and set the credentials again.
    ");
    insta::assert_snapshot!(told(&world, &path, &[READ, LOGS]).await, @r"
    Okta does not grant okta.eventHooks.manage to these credentials. The old credentials stay in force.
    Grant okta.eventHooks.manage to the app at Okta (its tab Okta API Scopes), and set the credentials again.
    ");
    insta::assert_snapshot!(told(&world, &path, &[LOGS]).await, @r"
    Okta does not grant okta.eventHooks.manage to these credentials. The old credentials stay in force.
    Grant okta.eventHooks.manage to the app at Okta (its tab Okta API Scopes), and set the credentials again.
    ");
    // Who may manage hooks may look at them.
    let taken = rotate(&world, &path, &[MANAGE, LOGS]).await;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
}

#[tokio::test]
async fn an_api_token_without_the_right_to_manage_hooks_is_refused() {
    let world = World::new().await;
    let path = world.connected().await;
    let token = world.org.create_api_token();
    world.org.set_api_token_rights(&token.id, false);
    let refused = set(&world, &path, &json!({"api_token": token.token})).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    assert!(
        refused
            .detail()
            .contains("The old credentials stay in force."),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_integration_that_lives_on_the_hook_alone_takes_what_can_keep_the_hook() {
    let world = world().await;
    let path = world.connect(&[MANAGE, READ]).await;
    world.api().post(&format!("{path}/validate?wait=0s")).await;
    let working = Working::begin(&world.bench);
    let is_told = || async {
        let log = &world.api().get(&path).await.body["system_log"];
        log["trouble"]["sentence"].is_string()
    };
    until("that the log can't be read", is_told).await;

    let taken = rotate(&world, &path, &[MANAGE, READ]).await;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");

    // Once the log was read, there is no way back without asking.
    let more = rotate(&world, &path, &SCOPES).await;
    assert_eq!(more.status, StatusCode::OK, "{more:?}");
    let is_read = || async {
        let log = &world.api().get(&path).await.body["system_log"];
        log["complete_to"].is_string()
    };
    until("that it is read", is_read).await;
    let less = rotate(&world, &path, &[MANAGE, READ]).await;
    assert_eq!(less.status, StatusCode::UNPROCESSABLE_ENTITY, "{less:?}");
    working.end().await;
}
