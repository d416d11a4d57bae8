//! How long it takes, after faults have healed, until new events are in every feed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nightlatch_schemas::runtime_event_id;
use tokio::task::JoinSet;

use super::load::{Sender, Source};
use crate::fleet::{Directory, Fleet, Service, of};
use crate::installation::{EVERY_EVENT, EVERYTHING};
use crate::ledger::Delivery;
use crate::load::{client, now_ms};

const LOOK: Duration = Duration::from_millis(30);
const ANSWER: Duration = Duration::from_secs(2);

/// Sends an event of every org, so on every partition, and waits until all of them are in the feed
/// of each of `sinks` sinks. Returns how long that took; `None` when it took longer than `limit`.
pub(crate) async fn recovery(
    fleet: &mut Fleet,
    sender: &Sender,
    limit: Duration,
) -> Option<Duration> {
    let started = Instant::now();
    let names = fleet.names();
    let sinks = names
        .iter()
        .filter(|name| name.starts_with(Service::Sink.word()));
    let sinks = sinks.count();
    let mut probes = JoinSet::new();
    for source in Source::all(rand::random_range(0..u64::MAX / 2)) {
        probes.spawn(probe(source, sender.clone(), fleet.directory(), sinks));
    }
    while !probes.is_empty() {
        fleet.look();
        if started.elapsed() > limit {
            return None;
        }
        while let Some(ended) = probes.try_join_next() {
            ended.unwrap();
        }
        tokio::time::sleep(LOOK).await;
    }
    Some(started.elapsed())
}

async fn probe(mut source: Source, mut sender: Sender, directory: Directory, sinks: usize) {
    let event = source.event();
    let delivery = Arc::new(Delivery::of(
        &source.org.domain,
        std::slice::from_ref(&event),
        now_ms(),
    ));
    while !sender.deliver(&source.org, &delivery).await {
        tokio::time::sleep(LOOK).await;
    }
    let integration = source.org.integration();
    let id = runtime_event_id(&integration, EVERYTHING, EVERY_EVENT, &event.uuid);
    let client = client(ANSWER);
    loop {
        let running = of(&directory.borrow(), Service::Sink);
        let mut shown = 0;
        for sink in &running {
            let row = client.get(format!("http://{}/api/v1/events/{id}", sink.api));
            if row.send().await.is_ok_and(|row| row.status().is_success()) {
                shown += 1;
            }
        }
        if shown >= sinks {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}
