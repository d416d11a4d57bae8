//! Holds topics and feeds against what the org has logged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nightlatch_okta_sim::Simulator;

use super::processes::Processes;
use crate::fleet::Service;
use crate::installation::EVERY_EVENT;
use crate::records::{Detection, Record, feed};
use crate::verdict::{Fault, judge_feed};

/// What was found.
#[derive(Debug)]
pub(super) struct Findings {
    /// Events that the org has ever logged.
    logged: usize,
    /// On the topic, as who reads committed records sees it.
    runtime_events: usize,
    /// In each feed.
    rows: Vec<usize>,
    pub(super) faults: Vec<Fault>,
}

impl Findings {
    /// Judges what is there when the dust has settled and the org logs nothing any more. What the org
    /// has *ever* logged counts: also before it was connected, also about our own calls and hooks.
    pub(super) async fn of(processes: &Processes, org: &Simulator) -> Self {
        let happened = org.event_count();
        let logged: BTreeSet<String> = org
            .events()
            .into_iter()
            .map(|event| event.uuid.to_string())
            .collect();
        assert!(logged.len() >= happened, "the org has forgotten events");
        let detections = processes.installation().detections().await;
        let mut faults = Vec::new();
        judge_detections(&logged, &detections, &mut faults);
        let mut rows = Vec::new();
        for sink in processes.running(Service::Sink) {
            let feed = feed(sink.api).await;
            judge_feed(&detections, &feed, &mut faults);
            rows.push(feed.len());
        }
        Self {
            logged: logged.len(),
            runtime_events: detections.len(),
            rows,
            faults,
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            logged,
            runtime_events,
            rows,
            faults,
        } = self;
        let shown = &faults[..faults.len().min(10)];
        write!(
            f,
            "{logged} events logged, {runtime_events} runtime events, {rows:?} rows, {} broken \
             promises {shown:?}",
            faults.len()
        )
    }
}

/// Each event has one detection, and each detection its event.
fn judge_detections(
    logged: &BTreeSet<String>,
    detections: &[Record<Detection>],
    faults: &mut Vec<Fault>,
) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for record in detections {
        let uuid = record.value.event.uuid.as_str();
        *counts.entry(uuid).or_default() += 1;
    }
    for uuid in logged {
        let fault = match counts.get(uuid.as_str()) {
            Some(1) => continue,
            None => Fault::Missed,
            Some(_) => Fault::Doubled,
        };
        faults.push(fault(uuid.clone(), EVERY_EVENT.to_owned()));
    }
    let unknown = counts.keys().filter(|uuid| !logged.contains(**uuid));
    faults.extend(unknown.map(|uuid| Fault::Uncaused((*uuid).to_owned())));
}
