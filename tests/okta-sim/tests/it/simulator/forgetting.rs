//! An org that runs for long does not grow for ever: the System Log forgets what was first.

use std::time::Duration;

use nightlatch_okta_sim::{LogOptions, Options, Simulator};
use serde_json::Value;

use super::client::{Answer, Caller, start};

const LOGS: &str = "/api/v1/logs?limit=1000";
/// How many events the org remembers, and how many happen.
const REMEMBERED: usize = 100;
const HAPPENED: usize = 250;

async fn org(log: LogOptions) -> (Simulator, Caller) {
    let (org, caller) = start(Options {
        starts_ago: Duration::from_hours(24),
        remembered: REMEMBERED,
        log,
        ..Options::default()
    })
    .await;
    let caller = caller.as_administrator(&org);
    (org, caller)
}

/// Lets so many events happen, one a second, and returns their ids.
fn live(org: &Simulator, count: usize) -> Vec<String> {
    let event = r#"{"eventType":"user.session.start"}"#;
    let emit = |_| {
        org.clock().skip(Duration::from_secs(1));
        org.emit(event).unwrap().to_string()
    };
    (0..count).map(emit).collect()
}

fn uuids(answer: &Answer) -> Vec<String> {
    let events = answer.body.as_array().unwrap().iter();
    let uuid = |event: &Value| event["uuid"].as_str().unwrap().to_owned();
    events.map(uuid).collect()
}

fn next(answer: &Answer) -> String {
    let links = answer.headers.get_all("link").iter();
    let mut links = links.map(|link| link.to_str().unwrap());
    let next = links.find(|link| link.contains("rel=\"next\"")).unwrap();
    let (url, _) = next.split_once('>').unwrap();
    url.trim_start_matches('<').to_owned()
}

#[tokio::test]
async fn the_last_events_are_remembered_and_all_are_counted() {
    let (org, caller) = org(LogOptions {
        usual_delay: Duration::ZERO,
        ..LogOptions::default()
    })
    .await;
    let before = live(&org, 10);
    org.clock().skip(Duration::from_secs(1));
    let first = caller.get(LOGS).await;
    assert_eq!(uuids(&first), before);

    let happened = live(&org, HAPPENED);
    org.clock().skip(Duration::from_secs(1));

    let last = &happened[HAPPENED - REMEMBERED..];
    assert_eq!(uuids(&caller.get(LOGS).await), last);
    // Who reads on is as far as who begins: what was between is gone, as it is after 90 days.
    let on = caller.get(&next(&first)).await;
    assert_eq!(uuids(&on), last);
    let bounded = caller.get(&format!("{LOGS}&sortOrder=DESCENDING")).await;
    assert_eq!(uuids(&bounded).len(), REMEMBERED);
    let known: Vec<String> = org
        .events()
        .iter()
        .map(|one| one.uuid.to_string())
        .collect();
    assert_eq!(known, last);
    assert_eq!(org.event_count(), 10 + HAPPENED);
    // And who has read to the end goes on from there.
    let more = live(&org, 5);
    org.clock().skip(Duration::from_secs(1));
    assert_eq!(uuids(&caller.get(&next(&on)).await), more);
}

#[tokio::test]
async fn what_is_kept_late_is_not_forgotten_before_it_was_shown() {
    let (org, caller) = org(LogOptions {
        usual_delay: Duration::ZERO,
        late_share: 1.0,
        late_by: Duration::from_hours(1),
    })
    .await;
    let late = live(&org, 20);
    org.set_log_options(LogOptions {
        usual_delay: Duration::ZERO,
        ..LogOptions::default()
    });
    live(&org, HAPPENED);
    assert_eq!(uuids(&caller.get(LOGS).await).len(), REMEMBERED);

    org.clock().skip(Duration::from_hours(1));

    let shown = uuids(&caller.get(LOGS).await);
    let is_shown = |uuid: &&String| shown.contains(uuid);
    let count = late.iter().filter(is_shown).count();
    assert!(
        count > 10,
        "{count} of those that are kept after the others"
    );
    assert_eq!(shown.len(), REMEMBERED);
}
