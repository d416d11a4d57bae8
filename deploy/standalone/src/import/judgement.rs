//! What came of imported events: waits for the detector and the feed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::bail;
use nightlatch_chassis::topic::{Log, Positions};
use nightlatch_detector::GROUP;
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, decode};

/// How long the feed may take for what was detected last.
const FEED: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(20);
/// Records read at a time.
const BATCH: usize = 500;

/// Where events were put on `okta.events`: first and last offset of each run, by partition.
#[derive(Debug, Default)]
pub(super) struct Places {
    runs: BTreeMap<i32, Vec<(i64, i64)>>,
}

/// Detections that imported events caused.
#[derive(Debug, Default)]
pub(super) struct Detections {
    pub(super) by_rule: BTreeMap<String, u64>,
    /// The id of the last one.
    pub(super) last: Option<String>,
}

impl Places {
    /// Adds a run; those of a partition come in order.
    pub(super) fn add(&mut self, (partition, first, last): (i32, i64, i64)) {
        let runs = self.runs.entry(partition).or_default();
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => runs.push((first, last)),
        }
    }

    fn contain(&self, partition: i32, offset: i64) -> bool {
        let Some(runs) = self.runs.get(&partition) else {
            return false;
        };
        let after = runs.partition_point(|(first, _)| *first <= offset);
        let run = after.checked_sub(1).and_then(|at| runs.get(at));
        run.is_some_and(|(_, last)| offset <= *last)
    }

    /// Whether a reader at `positions` has passed all of them.
    fn are_before(&self, positions: &Positions) -> bool {
        self.runs.iter().all(|(partition, runs)| {
            let last = runs.last().map(|(_, last)| last);
            positions.get(partition) > last
        })
    }
}

/// Returns where `okta.runtime-events` ends now.
pub(super) async fn end(log: &Log) -> anyhow::Result<Positions> {
    let bounds = log.bounds(RUNTIME_EVENTS).await?;
    let ends = bounds
        .into_iter()
        .map(|bounds| (bounds.partition, bounds.end));
    Ok(ends.collect())
}

/// Waits until the detector has judged what stands at `places`; false when it has not got on with
/// it for `patience`.
pub(super) async fn judged(log: &Log, places: &Places, patience: Duration) -> anyhow::Result<bool> {
    let mut known = Positions::new();
    let mut moved = Instant::now();
    loop {
        let positions = log.position(GROUP, OKTA_EVENTS).await?;
        if places.are_before(&positions) {
            return Ok(true);
        }
        if positions != known {
            (known, moved) = (positions, Instant::now());
        }
        if moved.elapsed() > patience {
            return Ok(false);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Counts the detections since `before`, up to now, whose events stand at `places`.
pub(super) async fn detections(
    log: &Log,
    before: Positions,
    places: &Places,
) -> anyhow::Result<Detections> {
    let end = end(log).await?;
    let mut found = Detections::default();
    let mut reader = log.reader(RUNTIME_EVENTS, before);
    loop {
        let positions = reader.positions();
        let mut ends = end.iter();
        if ends.all(|(partition, end)| positions.get(partition) >= Some(end)) {
            return Ok(found);
        }
        let records = reader.read(BATCH).await?;
        if records.is_empty() {
            return Ok(found);
        }
        for stored in records {
            let Ok(detection) = decode::<RuntimeEvent>(&stored.record.value) else {
                continue;
            };
            let Some(event) = &detection.event else {
                continue;
            };
            if places.contain(event.partition, event.offset) {
                *found.by_rule.entry(detection.rule.name).or_default() += 1;
                found.last = Some(detection.id);
            }
        }
    }
}

/// Waits until a detection stands in the feed.
pub(super) async fn await_feed(
    client: &reqwest::Client,
    api: &str,
    id: &str,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + FEED;
    loop {
        let url = format!("{api}/api/v1/events/{id}");
        if client.get(url).send().await?.status().is_success() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("the feed does not show all of it within {FEED:?}");
        }
        tokio::time::sleep(POLL).await;
    }
}
