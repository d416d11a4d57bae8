//! An org that is known by a domain of its own.

use axum::http::StatusCode;
use nightlatch_okta_sim::Options;
use serde_json::json;

use super::INTEGRATIONS;
use super::okta::{SCOPES, SIGN_IN, World, options, until};
use super::system_log::{OFTEN, POLICY, Working, now_ms, whole};

const DOMAIN: &str = "id.acme.localhost";

#[tokio::test]
async fn an_org_is_connected_and_read_by_its_custom_domain() {
    let custom = Options {
        custom_domain: Some(DOMAIN.to_owned()),
        ..options()
    };
    let world = World::of(custom, OFTEN, "", false).await;
    let (api, began) = (world.api(), now_ms());
    let host = format!("{DOMAIN}:{}", world.org.address().port());
    let pasted = format!("https://{host}/app/UserHome?session_hint=AUTHENTICATED");

    let start = format!("{INTEGRATIONS}/start");
    let there = api.ask("POST", &start, None, &json!({"org": pasted})).await;
    assert_eq!(there.status, StatusCode::OK, "{there:?}");
    let link = format!("https://{host}/admin/apps/active");
    assert_eq!(there.body["admin_link"], json!(link));

    let client = world.org.install_integration(&SCOPES);
    let credentials = json!({
        "client_id": client.client_id,
        "client_secret": client.client_secret,
    });
    let new = json!({"domain": pasted, "name": "sim", "credentials": credentials});
    let path = super::connect(&api, &new).await;
    assert_eq!(api.get(&path).await.body["domain"], json!(host));
    let validated = api.post(&format!("{path}/validate?wait=0s")).await;
    assert!(
        validated.text.contains("{\"passed\":true}"),
        "{}",
        validated.text
    );

    let working = Working::begin(&world.bench);
    let by_hook = world.org.emit(SIGN_IN).unwrap().to_string();
    world.org.emit(POLICY).unwrap();
    whole(&world, began).await;
    until("the hook's event", async || {
        let events = world.bench.events().await;
        events
            .iter()
            .any(|event| event.uuid == by_hook && event.origin == "hook")
    })
    .await;
    until("the org is connected", async || {
        api.get(&path).await.body["status"]["state"] == json!("connected")
    })
    .await;
    working.end().await;
}
