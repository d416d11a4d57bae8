//! Pages of the System Log that are too large, links that are dead or lead elsewhere: the walk goes on, and
//! nothing is missed.

use nightlatch_okta_sim::{Endpoint, Fault, Harm, LimitOptions, Options};
use serde_json::Value;

use super::okta::{SIGN_IN, World, options, until};
use super::system_log::{OFTEN, Working, now_ms, whole};

/// More than is read of a page.
const TOO_LARGE: usize = 65 * 1024 * 1024;

/// An org that allows more calls than pages of a few events need.
async fn world() -> World {
    let limits = LimitOptions {
        logs: 6000,
        ..LimitOptions::default()
    };
    let org = Options {
        limits,
        ..options()
    };
    World::of(org, OFTEN, "", false).await
}

fn emit(world: &World, count: usize) {
    for _ in 0..count {
        world.org.emit(SIGN_IN).unwrap();
    }
}

fn harm(world: &World, harm: Harm) {
    world.org.add_fault(Fault::at(Endpoint::Logs, harm));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_large_is_asked_for_in_parts() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let large = Harm::LargePages {
        over: 300,
        bytes: TOO_LARGE,
    };
    harm(&world, large);
    emit(&world, 400);
    let working = Working::begin(&world.bench);

    whole(&world, since).await;
    world.org.clear_faults();
    let is_well =
        || async { world.api().get(&path).await.body["system_log"]["trouble"] == Value::Null };
    until("no trouble", is_well).await;
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_whose_links_are_dead_begins_again_from_a_time() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 20);
    whole(&world, since).await;
    harm(&world, Harm::DeadLinks(410));
    let is_refused = || async { world.org.request_count(Endpoint::Logs, 410) >= 2 };
    until("dead links", is_refused).await;

    emit(&world, 20);
    whole(&world, since).await;
    world.org.clear_faults();
    emit(&world, 20);
    whole(&world, since).await;
    let is_well =
        || async { world.api().get(&path).await.body["system_log"]["trouble"] == Value::Null };
    until("no trouble", is_well).await;
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_links_lead_to_another_host_is_read_at_the_org_itself() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    harm(&world, Harm::LinksTo("acme.okta.com".to_owned()));
    let working = Working::begin(&world.bench);
    emit(&world, 20);
    whole(&world, since).await;

    let before = world.org.request_count(Endpoint::Logs, 200);
    let goes_on = || async { world.org.request_count(Endpoint::Logs, 200) > before + 2 };
    until("more pages", goes_on).await;
    emit(&world, 20);
    whole(&world, since).await;
    working.end().await;
}
