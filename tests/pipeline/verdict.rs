//! Holds what the product shows against the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::installation::{Installation, orgs};
use crate::ledger::{Ledger, digest};
use crate::records::{Detection, OktaEvent, Record, feed};
use crate::services::Services;

/// Partition and offset.
type Place = (i32, i64);

/// A promise that was not kept. Texts are uuids of events and ids of runtime events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answered 2xx, and not on `okta.events`.
    Lost(String),
    /// On `okta.events` other than it was sent.
    Altered(String),
    /// On `okta.events`, and not a detection of this rule.
    Missed(String, String),
    /// More than one detection of one event and rule on the topic.
    Doubled(String, String),
    /// On `okta.events` or on the topic of detections, and never sent.
    Uncaused(String),
    /// A detection on the topic, and no row.
    NotInFeed(String),
    /// More than one row.
    DoubledInFeed(String),
    /// A row, and no detection on the topic.
    OnlyInFeed(String),
    /// A good delivery that was refused for good: this status.
    Refused(u16),
    /// What was sent last has not come through.
    Stuck,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) sent: usize,
    pub(crate) acked: usize,
    pub(crate) detections: usize,
    pub(crate) faults: Vec<Fault>,
}

impl Verdict {
    /// Judges what is there of our orgs, on the topics and in every feed, when all is drained. Each
    /// of `rules` matches every event.
    pub(crate) async fn of(
        installation: &Installation,
        services: &Services,
        ledger: &Ledger,
        rules: &[&str],
    ) -> Self {
        let mut events = installation.events().await;
        let mut detections = installation.detections().await;
        let ours: BTreeSet<String> = orgs().into_iter().map(|org| org.domain).collect();
        events.retain(|record| ours.contains(&record.value.org));
        detections.retain(|record| ours.contains(&record.value.org));
        let entries = ledger.entries();
        let mut faults = Vec::new();
        let places = judge_events(&events, ledger, &mut faults);
        judge_detections(&detections, &places, rules, &mut faults);
        for api in services.feeds() {
            let mut rows = feed(api).await;
            rows.retain(|row| ours.contains(&row.org));
            judge_feed(&detections, &rows, &mut faults);
        }
        let answers = ledger.answers();
        let refusals = answers
            .into_keys()
            .filter(|status| (300..500).contains(status));
        faults.extend(refusals.map(Fault::Refused));
        Self {
            sent: entries.len(),
            acked: ledger.acked(),
            detections: detections.len(),
            faults,
        }
    }

    /// Panics when a promise was not kept.
    pub(crate) fn assert_flawless(&self) {
        assert!(self.faults.is_empty(), "{self}");
        assert!(self.acked > 0, "nothing was acked: {self}");
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            acked,
            detections,
            faults,
        } = self;
        let shown = faults.len().min(10);
        write!(
            f,
            "{sent} events sent, {acked} acked, {detections} detections, "
        )?;
        write!(f, "{} faults {:?}", faults.len(), &faults[..shown])
    }
}

/// Returns the places of each uuid on `okta.events`.
fn judge_events<'a>(
    events: &'a [Record<OktaEvent>],
    ledger: &Ledger,
    faults: &mut Vec<Fault>,
) -> BTreeMap<&'a str, BTreeSet<Place>> {
    let entries = ledger.entries();
    let mut places: BTreeMap<&str, BTreeSet<Place>> = BTreeMap::new();
    for event in events {
        let value = &event.value;
        let place = (event.partition, event.offset);
        places.entry(&value.uuid).or_default().insert(place);
        match entries.get(&value.uuid) {
            None => faults.push(Fault::Uncaused(value.uuid.clone())),
            Some(entry) if entry.digest != digest(&value.raw) => {
                faults.push(Fault::Altered(value.uuid.clone()));
            }
            Some(_) => {}
        }
    }
    let lost = entries
        .iter()
        .filter(|(uuid, entry)| entry.acked > 0 && !places.contains_key(uuid.as_str()));
    faults.extend(lost.map(|(uuid, _)| Fault::Lost(uuid.clone())));
    places
}

/// What stands on the log was judged, acked or not: each event and rule gives one detection.
fn judge_detections(
    detections: &[Record<Detection>],
    places: &BTreeMap<&str, BTreeSet<Place>>,
    rules: &[&str],
    faults: &mut Vec<Fault>,
) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for Record { value, .. } in detections {
        let uuid = value.event.uuid.as_str();
        *counts.entry((uuid, &value.rule.name)).or_default() += 1;
        let (caused, place) = (
            places.get(uuid),
            (value.event.partition, value.event.offset),
        );
        if !caused.is_some_and(|places| places.contains(&place)) {
            faults.push(Fault::Uncaused(value.id.clone()));
        }
    }
    for uuid in places.keys() {
        for rule in rules {
            let fault = match counts.get(&(*uuid, *rule)) {
                Some(1) => continue,
                None => Fault::Missed,
                Some(_) => Fault::Doubled,
            };
            faults.push(fault((*uuid).to_owned(), (*rule).to_owned()));
        }
    }
}

pub(crate) fn judge_feed(
    detections: &[Record<Detection>],
    rows: &[Detection],
    faults: &mut Vec<Fault>,
) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(&row.id).or_default() += 1;
    }
    let ids: BTreeSet<&str> = detections
        .iter()
        .map(|record| record.value.id.as_str())
        .collect();
    for (id, count) in &counts {
        if *count > 1 {
            faults.push(Fault::DoubledInFeed((*id).to_owned()));
        }
        if !ids.contains(id) {
            faults.push(Fault::OnlyInFeed((*id).to_owned()));
        }
    }
    let missing = ids.into_iter().filter(|id| !counts.contains_key(id));
    faults.extend(missing.map(|id| Fault::NotInFeed(id.to_owned())));
}
