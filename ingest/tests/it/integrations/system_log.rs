//! The System Log makes whole what hooks lose and cannot carry.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::StatusCode;
use nightlatch_okta_sim::{Endpoint, Fault, Harm, LogOptions, Mishaps};
use nightlatch_schemas::OktaEvent;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::okta::{SCOPES, SIGN_IN, World, until};
use crate::bench::Bench;

/// No event hook carries it.
pub(super) const POLICY: &str =
    r#"{"eventType":"policy.evaluate_sign_on","displayMessage":"Evaluation"}"#;

/// Looks at the log often.
pub(super) const OFTEN: &str =
    "public_url = \"http://{listener}\"\nhook_watch = \"1h\"\nlog_poll = \"200ms\"";

pub(super) async fn world() -> World {
    World::with(OFTEN, "").await
}

/// Ingest at work, until it is stopped.
pub(super) struct Working {
    shutdown: nightlatch_chassis::shutdown::Shutdown,
    task: JoinHandle<()>,
}

impl Working {
    pub(super) fn begin(bench: &Bench) -> Self {
        let shutdown = nightlatch_chassis::shutdown::Shutdown::new();
        let run = bench.ingest.clone().run(shutdown.clone());
        let task = tokio::spawn(async move { run.await.unwrap() });
        Self { shutdown, task }
    }

    pub(super) async fn end(self) {
        self.shutdown.begin();
        self.task.await.unwrap();
    }
}

/// How often each event was read from the System Log.
pub(super) async fn read(world: &World) -> BTreeMap<String, usize> {
    let mut read = BTreeMap::new();
    let note = |event: OktaEvent| {
        if event.origin == "poll" && event.kind == "event" {
            *read.entry(event.uuid).or_default() += 1;
        }
    };
    world.bench.each_event(note).await;
    read
}

/// Whether all that the org has ever logged since the integration is there was read.
pub(super) async fn is_whole(world: &World, since_ms: i64) -> bool {
    let read = read(world).await;
    let logged = world.org.events();
    let mut due = logged
        .iter()
        .filter(|event| event.persisted_ms.is_none_or(|at| at >= since_ms));
    due.all(|event| read.contains_key(&event.uuid.to_string()))
}

pub(super) async fn whole(world: &World, since_ms: i64) {
    until("a whole log", || is_whole(world, since_ms)).await;
}

fn emit(world: &World, count: usize) {
    for number in 0..count {
        let event = if number % 2 == 0 { SIGN_IN } else { POLICY };
        world.org.emit(event).unwrap();
    }
}

pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[tokio::test]
async fn what_hooks_lose_and_cannot_carry_comes_by_the_system_log() {
    let world = world().await;
    world.org.set_mishaps(Mishaps {
        lost: 1.0,
        ..Mishaps::default()
    });
    world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);

    emit(&world, 200);

    whole(&world, since).await;
    working.end().await;
    let by_hook = world.bench.events().await;
    let by_hook = by_hook
        .iter()
        .filter(|event| event.origin == "hook")
        .count();
    assert_eq!(by_hook, 0);
}

#[tokio::test]
async fn whoever_starts_anew_goes_on_where_the_log_was_read_to() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 50);
    whole(&world, since).await;
    working.end().await;

    emit(&world, 50);
    let working = Working::begin(&world.bench);
    whole(&world, since).await;
    working.end().await;

    let read = read(&world).await;
    let repeated: Vec<_> = read.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
}

#[tokio::test]
async fn trouble_at_okta_delays_and_loses_nothing() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    world
        .org
        .add_fault(Fault::at(Endpoint::Logs, Harm::Status(500)).times(1));
    world
        .org
        .add_fault(Fault::at(Endpoint::Logs, Harm::Truncated).times(1));
    let working = Working::begin(&world.bench);

    emit(&world, 30);

    whole(&world, since).await;
    working.end().await;
}

#[tokio::test]
async fn late_events_and_a_lost_place_leave_no_gap() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    world.org.set_log_options(LogOptions {
        usual_delay: Duration::from_millis(10),
        late_share: 0.3,
        late_by: Duration::from_secs(1),
    });
    let working = Working::begin(&world.bench);
    emit(&world, 40);
    world.org.forget_cursors();
    emit(&world, 40);
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.org.forget_cursors();

    whole(&world, since).await;
    working.end().await;
}

#[tokio::test]
async fn without_the_scope_the_status_says_what_is_missed() {
    let world = world().await;
    let scopes: Vec<&str> = SCOPES
        .into_iter()
        .filter(|scope| *scope != "okta.logs.read")
        .collect();
    let path = world.connect(&scopes).await;
    world.api().post(&format!("{path}/validate?wait=0s")).await;
    let working = Working::begin(&world.bench);

    let is_told = || async {
        let shown = world.api().get(&path).await;
        let log = &shown.body["system_log"];
        log["trouble"]["sentence"].is_string()
    };
    until("the trouble", is_told).await;
    working.end().await;

    let shown = world.api().get(&path).await.body;
    let status = &shown["status"];
    assert_eq!(status["state"], json!("warning"), "{status}");
    let reason = status["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("The System Log can't be read") && reason.contains("okta.logs.read"),
        "{reason}"
    );
    assert_ne!(status["remedy"], Value::Null);
}

#[tokio::test]
async fn a_paused_integration_is_not_read_and_is_made_whole_when_it_goes_on() {
    let world = world().await;
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 10);
    whole(&world, since).await;
    world.api().post(&format!("{path}/pause")).await;
    // What was under way has ended when the org is asked no more.
    let asked = || world.org.request_count(Endpoint::Logs, 200);
    let is_quiet = || async {
        let before = asked();
        tokio::time::sleep(Duration::from_millis(700)).await;
        before == asked()
    };
    until("quiet", is_quiet).await;

    emit(&world, 10);
    let before = read(&world).await.len();
    world.api().post(&format!("{path}/resume")).await;

    whole(&world, since).await;
    working.end().await;
    assert!(read(&world).await.len() >= before + 10);
}

#[tokio::test]
async fn what_was_before_is_read_when_an_earlier_start_is_chosen() {
    let world = world().await;
    let before = now_ms();
    emit(&world, 20);
    let path = world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 1);
    whole(&world, since).await;
    assert!(
        !is_whole(&world, before).await,
        "what was before is not wanted"
    );

    let start = jiff::Timestamp::from_millisecond(before - 3_600_000).unwrap();
    let earlier = json!({"start": start.to_string()});
    let set = world.api().amend(&path, &earlier).await;
    assert_eq!(set.status, StatusCode::OK);

    whole(&world, before).await;
    working.end().await;
}

#[tokio::test]
async fn a_watermark_says_up_to_when_the_log_is_complete() {
    let world = world().await;
    world.connected().await;
    let since = now_ms();
    let working = Working::begin(&world.bench);
    emit(&world, 10);
    whole(&world, since).await;
    working.end().await;

    let events = world.bench.events().await;
    let progress: Vec<_> = events
        .iter()
        .filter(|event| event.kind == "progress")
        .collect();
    let ids: BTreeSet<_> = events.iter().map(|event| &event.integration).collect();
    assert!(!progress.is_empty());
    assert_eq!(ids.len(), 1);
    assert!(
        progress[0]
            .complete_to
            .is_some_and(|to| to >= since - 60_000)
    );
}
