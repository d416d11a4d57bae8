//! What Okta's System Log tells of our own hook becomes the integration's status.

use nightlatch_chassis::topic::Fault;
use nightlatch_okta_sim::{DeliveryOptions, Options};
use serde_json::{Value, json};

use super::okta::{SIGN_IN, World, options, until};
use super::system_log::Working;

/// Waits until the reason of the status begins so; returns the integration as it is shown then.
async fn told(world: &World, path: &str, reason: &str) -> Value {
    let begins_so = || async {
        let shown = world.api().get(path).await.body;
        let told = shown["status"]["reason"].as_str().unwrap();
        told.starts_with(reason)
    };
    until(reason, begins_so).await;
    world.api().get(path).await.body
}

#[tokio::test]
async fn a_delivery_that_okta_gave_up_is_told_of_with_what_to_check() {
    let world = World::new().await;
    let path = world.connected().await;
    // Okta tries twice.
    world.bench.faults.inject(Fault::FailAppend);
    world.bench.faults.inject(Fault::FailAppend);
    world.org.emit(SIGN_IN).unwrap();
    let is_given_up = || async { world.org.delivery_counts().failed == 1 };
    until("a failed delivery", is_given_up).await;

    let working = Working::begin(&world.bench);
    let shown = told(&world, &path, "Okta could not deliver once within 24 hours").await;
    assert_eq!(shown["status"]["state"], json!("warning"));
    let remedy = shown["status"]["remedy"].as_str().unwrap();
    assert!(remedy.contains("within 3 seconds"), "{remedy}");
    working.end().await;
}

#[tokio::test]
async fn a_daily_quota_that_is_nearly_used_up_is_told_of() {
    let delivery = DeliveryOptions {
        daily_quota: 10,
        ..options().delivery
    };
    let options = Options {
        delivery,
        ..options()
    };
    let world = World::of(options, "", "", false).await;
    let path = world.connected().await;
    let working = Working::begin(&world.bench);
    for _ in 0..8 {
        world.org.emit(SIGN_IN).unwrap();
    }
    let shown = told(&world, &path, "The org's daily quota").await;
    assert_eq!(shown["status"]["state"], json!("warning"));
    working.end().await;
}
