//! Holds the topics and every feed against what was sent and answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::deadline::within;
use crate::fleet::{Fleet, Service};
use crate::installation::EVERY_EVENT;
use crate::ledger::Ledger;
use crate::records::{Detection, OktaEvent, feed, printing};
use crate::verdict::Fault;

/// How long reading a whole topic may take.
const READING: Duration = Duration::from_mins(15);

/// A record, where it stands.
#[derive(Debug, Deserialize)]
struct Placed<T> {
    partition: i32,
    value: T,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) sent: usize,
    pub(crate) acked: usize,
    /// On the topic.
    pub(crate) runtime_events: usize,
    /// In each feed.
    pub(crate) rows: Vec<usize>,
    pub(crate) partitions: BTreeSet<i32>,
    pub(crate) faults: Vec<Fault>,
}

impl Findings {
    /// Reads all that is there, when all is drained. The one rule matches every event.
    pub(crate) async fn of(fleet: &Fleet, ledger: &Ledger) -> Self {
        let entries = ledger.entries();
        let mut faults = Vec::new();
        let mut partitions = BTreeSet::new();
        let mut appended: BTreeSet<String> = BTreeSet::new();
        read::<OktaEvent>(fleet, "okta.events", |record| {
            partitions.insert(record.partition);
            appended.insert(record.value.uuid);
        })
        .await;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut ids: BTreeSet<String> = BTreeSet::new();
        read::<Detection>(fleet, "okta.runtime-events", |record| {
            *counts.entry(record.value.event.uuid).or_default() += 1;
            ids.insert(record.value.id);
        })
        .await;
        let rule = || EVERY_EVENT.to_owned();
        for (uuid, entry) in &entries {
            let is_acked = entry.acked > 0;
            match counts.get(uuid) {
                None if appended.contains(uuid) => faults.push(Fault::Missed(uuid.clone(), rule())),
                None if is_acked => faults.push(Fault::Lost(uuid.clone())),
                None | Some(1) => {}
                Some(_) => faults.push(Fault::Doubled(uuid.clone(), rule())),
            }
        }
        let unknown = counts.keys().filter(|uuid| !entries.contains_key(*uuid));
        faults.extend(unknown.map(|uuid| Fault::Uncaused(uuid.clone())));
        let mut rows = Vec::new();
        for sink in fleet.running(Service::Sink) {
            let feed = feed(sink.api).await;
            rows.push(feed.len());
            judge_feed(&feed, &ids, &mut faults);
        }
        Self {
            sent: entries.len(),
            acked: ledger.acked(),
            runtime_events: counts.values().sum(),
            rows,
            partitions,
            faults,
        }
    }

    /// Returns how many acked events are not where they must be, and how many are there twice.
    pub(crate) fn lost_and_doubled(&self) -> (usize, usize) {
        let is_doubled =
            |fault: &&Fault| matches!(fault, Fault::Doubled(..) | Fault::DoubledInFeed(_));
        let is_lost = |fault: &&Fault| {
            matches!(
                fault,
                Fault::Lost(_) | Fault::Missed(..) | Fault::NotInFeed(_)
            )
        };
        let faults = self.faults.iter();
        (
            faults.clone().filter(is_lost).count(),
            faults.filter(is_doubled).count(),
        )
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lost, doubled) = self.lost_and_doubled();
        let Self {
            sent,
            acked,
            runtime_events,
            rows,
            partitions,
            faults,
        } = self;
        write!(
            f,
            "{sent} events sent, {acked} acked, {runtime_events} runtime events, {rows:?} rows, \
             partitions {partitions:?}: {lost} lost, {doubled} doubled, {} broken promises {:?}",
            faults.len(),
            &faults[..faults.len().min(10)]
        )
    }
}

fn judge_feed(feed: &[Detection], ids: &BTreeSet<String>, faults: &mut Vec<Fault>) {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for row in feed {
        if !shown.insert(&row.id) {
            faults.push(Fault::DoubledInFeed(row.id.clone()));
        }
        if !ids.contains(&row.id) {
            faults.push(Fault::OnlyInFeed(row.id.clone()));
        }
    }
    let missing = ids.iter().filter(|id| !shown.contains(id.as_str()));
    faults.extend(missing.map(|id| Fault::NotInFeed(id.clone())));
}

/// Reads a topic, committed records only, without holding all of it.
async fn read<T: DeserializeOwned>(fleet: &Fleet, topic: &str, mut take: impl FnMut(Placed<T>)) {
    let mut process = fleet.installation.spawn_command(&printing(topic));
    let status = within(READING, async || process.has_ended()).await;
    assert!(
        status.is_some_and(|status| status.success()),
        "reading {topic}: {status:?} {}",
        process.log_end()
    );
    for line in BufReader::new(File::open(process.stdout()).unwrap()).lines() {
        take(serde_json::from_str(&line.unwrap()).unwrap());
    }
    std::fs::remove_file(process.stdout()).unwrap();
}
