//! A day in the dark: an org is connected and events flow, then no delivery of its hook arrives for a day,
//! and then they do again. The System Log has all of it, and is read within what is ours of its limit.
//!
//! `NIGHTLATCH_PAGES` says how many pages of the System Log the day is. The org's limit follows from it:
//! with 2,000 pages it is 6,000 calls a minute.

use std::time::{Duration, Instant};

use nightlatch_okta_sim::{Endpoint, LimitOptions, LogOptions, Mishaps, Options};
use serde_json::json;

use super::okta::{SCOPES, World, options, until, until_within};
use super::system_log::{OFTEN, Working, is_whole, now_ms};

const PAGES: u32 = 40;
/// Events of a page.
const PAGE: f64 = 1000.0;
/// Calls a minute that the org allows, for each page of the day. Okta advertises half of that to a client,
/// and half of what is advertised is ours: not even the pages of the day fit into one minute.
const CALLS: u32 = 3;
const DAY: Duration = Duration::from_hours(24);
/// Before and after the dark.
const LIGHT: Duration = Duration::from_mins(5);
const LATE_BY: Duration = Duration::from_mins(30);
/// The org's time begins so long ago.
const BEGAN: Duration = Duration::from_hours(26);
/// How long a page may take, on a busy machine and with a build for tests.
const SLOW: Duration = Duration::from_secs(2);
const MANY_PAGES: u32 = 300;

/// Lets time pass in the org, at its pace, and waits until all has landed that was delivered.
async fn pass(world: &World, span: Duration) {
    world.org.clock().skip(span);
    world.org.settle().await;
}

fn lose(world: &World, share: f64) {
    world.org.set_mishaps(Mishaps {
        lost: share,
        ..Mishaps::default()
    });
}

/// How many events have come by the hook.
async fn by_hook(world: &World) -> usize {
    let mut count = 0;
    let note = |event: nightlatch_schemas::OktaEvent| {
        count += usize::from(event.origin == "hook" && event.kind == "event");
    };
    world.bench.each_event(note).await;
    count
}

/// Connects the org, whose System Log is wanted from before its time began.
async fn connect(world: &World) {
    let before = i64::try_from(BEGAN.as_millis()).unwrap() + 3_600_000;
    let start = jiff::Timestamp::from_millisecond(now_ms() - before).unwrap();
    let client = world.org.install_integration(&SCOPES);
    let credentials = json!({"client_id": client.client_id, "client_secret": client.client_secret});
    let new = json!({
        "domain": world.domain(), "name": "dark", "credentials": credentials, "start": start.to_string(),
    });
    let api = world.api();
    let path = super::connect(&api, &new).await;
    let checklist = api.post(&format!("{path}/validate?wait=0s")).await;
    assert!(
        checklist.text.contains("{\"passed\":true}"),
        "{}",
        checklist.text
    );
}

/// An org whose System Log is late now and then, with a day of so many pages in front of it.
async fn connected(pages: u32) -> World {
    let org = Options {
        starts_ago: BEGAN,
        log: LogOptions {
            usual_delay: Duration::from_secs(1),
            late_share: 0.1,
            late_by: LATE_BY,
        },
        limits: LimitOptions {
            logs: CALLS * pages,
            ..LimitOptions::default()
        },
        ..options()
    };
    let world = World::of(org, OFTEN, "", false).await;
    connect(&world).await;
    let pace = f64::from(pages) * PAGE / DAY.as_secs_f64();
    world.org.set_pace(pace);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dark_day_is_read_page_by_page_within_half_of_the_limit() {
    let pages = std::env::var_os("NIGHTLATCH_PAGES");
    let pages: u32 = pages.map_or(PAGES, |pages| pages.to_str().unwrap().parse().unwrap());
    let world = connected(pages).await;
    let working = Working::begin(&world.bench);
    pass(&world, LIGHT).await;
    let in_the_light = by_hook(&world).await;
    assert!(in_the_light > 0, "nothing came by the hook");

    lose(&world, 1.0);
    pass(&world, DAY).await;
    assert_eq!(by_hook(&world).await, in_the_light, "it was not dark");
    assert!(world.org.delivery_counts().lost > 0, "nothing was lost");
    lose(&world, 0.0);
    pass(&world, LIGHT).await;
    let comes_again = || async { by_hook(&world).await > in_the_light };
    until("a delivery after the dark", comes_again).await;
    world.org.set_pace(0.0);
    // Until what Okta wrote late is written.
    pass(&world, LATE_BY).await;

    let (logged, began) = (world.org.events().len(), Instant::now());
    assert!(logged >= pages as usize * 900, "{logged}");
    // Not all events are looked at again and again.
    let many = || async {
        let end = world.bench.log.bounds("okta.events").await.unwrap()[0].end;
        usize::try_from(end).unwrap() >= logged
    };
    let longest = SLOW * pages.max(MANY_PAGES);
    until_within(longest, "all pages", many).await;
    until_within(longest, "a whole log", || is_whole(&world, 0)).await;
    let took = began.elapsed();
    working.end().await;

    let share = world.org.peak_share(Endpoint::Logs);
    let asked = world.org.request_count(Endpoint::Logs, 200);
    println!(
        "{logged} events, {asked} calls, {took:?} after the day, {share:.2} of the limit at most"
    );
    assert!(asked >= u64::from(pages), "{asked} calls");
    assert!(share <= 0.5, "{share} of the limit");
    // More pages than these a machine does not read fast enough to come near the limit.
    assert!(
        share > 0.4 || pages > MANY_PAGES,
        "{share} of the limit: nothing kept us from more"
    );
    assert_eq!(world.org.request_count(Endpoint::Logs, 429), 0);
    assert_eq!(
        world.org.limit_notices(),
        [],
        "what Okta has logged of our calls"
    );
}
