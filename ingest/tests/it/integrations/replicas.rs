//! Replicas of ingest on one log: what only one may do is done once.

use axum::http::StatusCode;
use nightlatch_okta_sim::{Endpoint, Fault, Harm};
use serde_json::json;

use super::client::Client;
use super::okta::{SCOPES, World};

/// So late Okta answers that both have looked before either has made a hook.
const LATE_MS: u64 = 300;

#[tokio::test]
async fn two_replicas_that_validate_at_a_time_make_one_hook() {
    let world = World::new().await;
    let replica = world.replica().await;
    let path = world.connect(&SCOPES).await;
    world
        .org
        .add_fault(Fault::at(Endpoint::EventHooks, Harm::SlowMs(LATE_MS)));
    let validate = format!("{path}/validate?wait=0s");

    let (one, other) = (world.api(), Client(&replica));
    let (first, second) = tokio::join!(one.post(&validate), other.post(&validate));

    for answer in [&first, &second] {
        assert!(answer.text.contains("{\"passed\":true}"), "{}", answer.text);
    }
    let deleted = world.org.request_count(Endpoint::EventHooks, 204);
    assert_eq!(
        deleted, 1,
        "they made a hook each, and one was one too many"
    );
    let hooks = world.org.hooks();
    let [hook] = hooks.as_slice() else {
        panic!("{hooks:?}")
    };
    assert!(hook.is_active && hook.is_verified);
    for api in [one, other] {
        let shown = api.get(&path).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(shown.body["hook"]["okta_id"], json!(hook.id));
    }
}

#[tokio::test]
async fn a_hook_that_a_replica_made_and_did_not_live_to_note_is_removed() {
    let world = World::new().await;
    let path = world.connected().await;
    let ours = world.org.hooks().remove(0);
    let okta = world.administrator();
    let stray = nightlatch_ingest::okta::HookDraft {
        name: "a second one".to_owned(),
        uri: ours.uri.clone(),
        header: "Authorization".to_owned(),
        secret: nightlatch_chassis::Secret::new("whatever it may be"),
        event_types: ours.event_types.clone(),
        filter: None,
    };
    okta.create_event_hook(&stray).await.unwrap();

    let validate = format!("{path}/validate?wait=0s");
    let text = world.api().post(&validate).await.text;

    assert!(text.contains("{\"passed\":true}"), "{text}");
    let left: Vec<String> = world.org.hooks().into_iter().map(|hook| hook.id).collect();
    assert_eq!(left, [ours.id]);
}
