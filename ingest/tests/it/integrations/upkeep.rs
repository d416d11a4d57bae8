//! The event hook at Okta is kept as it shall be, and let go of when it shall not be any more.

use std::time::Duration;

use axum::http::StatusCode;
use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::HookDraft;
use nightlatch_okta_sim::{Endpoint, Fault, Harm};
use serde_json::{Value, json};

use super::okta::{SCOPES, SIGN_IN, World, until};
use super::system_log::Working;

/// So late Okta answers that upkeep takes half a second.
const LATE_MS: u64 = 100;

/// An integration whose hook somebody switches off all the time, so that it is always being mended.
async fn in_upkeep() -> (World, String, Working, String) {
    let world = World::new().await;
    let path = world.connected().await;
    let hook = world.org.hooks().remove(0).id;
    world
        .org
        .add_fault(Fault::at(Endpoint::EventHooks, Harm::SlowMs(LATE_MS)));
    let working = Working::begin(&world.bench);
    (world, path, working, hook)
}

/// Switches a hook off and returns when somebody is about to mend it.
async fn switch_off(world: &World, hook: &str) {
    let asked = || world.org.request_count(Endpoint::EventHooks, 200);
    let okta = world.administrator();
    okta.deactivate_event_hook(hook).await.unwrap();
    let before = asked();
    until("a look at it", || async { asked() > before }).await;
}

/// Returns when the hook has been looked at twice more.
async fn looked_at(world: &World) {
    let asked = || world.org.request_count(Endpoint::EventHooks, 200);
    let before = asked();
    until("two more looks", || async { asked() >= before + 2 }).await;
}

/// Returns when Okta is not called about hooks any more.
async fn rested(world: &World) {
    let asked = || {
        let requests = world.org.requests().into_iter();
        let of_hooks = requests.filter(|of| of.endpoint == Endpoint::EventHooks);
        of_hooks.map(|of| of.count).sum::<u64>()
    };
    let is_quiet = || async {
        let before = asked();
        tokio::time::sleep(Duration::from_secs(1)).await;
        before == asked()
    };
    until("rest", is_quiet).await;
}

#[tokio::test]
async fn a_pause_that_comes_while_the_hook_is_mended_leaves_it_switched_off() {
    let (world, path, working, hook) = in_upkeep().await;
    for _ in 0..3 {
        switch_off(&world, &hook).await;
        let paused = world.api().post(&format!("{path}/pause")).await;
        assert_eq!(paused.body.get("problems"), None, "{paused:?}");
        looked_at(&world).await;
        let hooks = world.org.hooks();
        assert!(!hooks[0].is_active, "{hooks:?}");
        world.api().post(&format!("{path}/resume")).await;
        assert!(world.org.hooks()[0].is_active);
    }
    working.end().await;
}

#[tokio::test]
async fn the_hook_of_a_paused_integration_that_is_on_all_the_same_is_switched_off() {
    let (world, path, working, hook) = in_upkeep().await;
    // Okta can't be asked just then.
    world.org.clear_faults();
    world
        .org
        .add_fault(Fault::at(Endpoint::EventHooks, Harm::Dropped));
    let paused = world.api().post(&format!("{path}/pause")).await;
    assert_eq!(
        paused.body["status"]["state"],
        json!("paused"),
        "{paused:?}"
    );
    assert!(
        paused.body["problems"][0]["sentence"].is_string(),
        "{paused:?}"
    );
    assert!(world.org.hooks()[0].is_active);
    world.org.clear_faults();
    until("rest", || async { !world.org.hooks()[0].is_active }).await;

    // Another replica that does not know of the pause.
    world
        .administrator()
        .activate_event_hook(&hook)
        .await
        .unwrap();
    until("rest", || async { !world.org.hooks()[0].is_active }).await;
    working.end().await;
}

#[tokio::test]
async fn a_hook_that_okta_made_though_its_answer_never_came_is_deleted_with_the_integration() {
    let world = World::new().await;
    let path = world.connect(&SCOPES).await;
    let unanswered = Fault::at(Endpoint::EventHooks, Harm::Unanswered).method("POST");
    world.org.add_fault(unanswered);
    world.api().post(&format!("{path}/validate?wait=0s")).await;
    world.org.clear_faults();
    assert_eq!(world.org.hooks().len(), 1, "{:?}", world.org.hooks());
    let api = world.api();
    let etag = api.get(&path).await.etag();
    let gone = api.ask("DELETE", &path, Some(&etag), &Value::Null).await;
    assert_eq!(gone.body["hook"], json!("deleted"), "{gone:?}");
    assert!(world.org.hooks().is_empty(), "{:?}", world.org.hooks());
}

#[tokio::test]
async fn a_deletion_that_comes_while_the_hook_is_mended_leaves_none_behind() {
    let (world, path, working, hook) = in_upkeep().await;
    switch_off(&world, &hook).await;
    // It may have to be deleted once more: what is mended is another version.
    let is_gone = || async {
        let api = world.api();
        let etag = api.get(&path).await.etag();
        let gone = api.ask("DELETE", &path, Some(&etag), &Value::Null);
        let gone = gone.await;
        assert!(
            [StatusCode::OK, StatusCode::PRECONDITION_FAILED].contains(&gone.status),
            "{gone:?}"
        );
        gone.status == StatusCode::OK && gone.body["hook"] == json!("deleted")
    };
    until("the deletion", is_gone).await;
    rested(&world).await;
    assert!(world.org.hooks().is_empty(), "{:?}", world.org.hooks());
    working.end().await;
}

#[tokio::test]
async fn a_secret_that_was_changed_at_okta_is_set_again() {
    let world = World::new().await;
    world.connected().await;
    let hook = world.org.hooks().remove(0);
    let draft = HookDraft {
        name: hook.name.clone(),
        uri: hook.uri.clone(),
        header: "Authorization".to_owned(),
        secret: Secret::new("a secret that only somebody else knows"),
        event_types: hook.event_types.clone(),
        filter: None,
    };
    let okta = world.administrator();
    okta.replace_event_hook(&hook.id, &draft).await.unwrap();
    assert!(
        !world.org.hooks()[0].is_verified,
        "Okta wants it verified anew"
    );

    let working = Working::begin(&world.bench);
    let is_right = || async { world.org.hooks()[0].is_verified };
    until("a verified hook", is_right).await;
    world.org.emit(SIGN_IN).unwrap();
    world.org.settle().await;
    working.end().await;

    let counts = world.org.delivery_counts();
    assert_eq!((counts.accepted, counts.failed), (1, 0), "{counts:?}");
}
