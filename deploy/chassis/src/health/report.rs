//! From moments to what people are told: rates, latencies, states with their reason.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::moment::{Moment, StageMoment, StoreMoment};
use super::part::{Part, Remedies, Stage, Store};
use super::{Health, KEPT, STEP};

/// What rates are of, in milliseconds.
const RATE_MS: i64 = 60_000;
/// What latencies and recent errors are of, in milliseconds.
const RECENT_MS: i64 = 300_000;
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;
/// Growth is told when a store was watched for so long, in milliseconds.
const LEAST_WATCHED_MS: i64 = 600_000;

/// How the services of a process are.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// When it was made, milliseconds since 1970.
    at_ms: i64,
    /// The version that runs.
    version: &'static str,
    /// The services that run in this process.
    services: Vec<&'static str>,
    /// The worst state of all stages.
    state: State,
    stages: Vec<StageReport>,
    checks: Vec<CheckReport>,
    stores: Vec<StoreReport>,
    /// Numbers by name.
    figures: BTreeMap<&'static str, f64>,
    /// Words by name.
    words: BTreeMap<&'static str, String>,
}

/// How a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Error,
}

#[derive(Debug, Serialize)]
struct StageReport {
    name: &'static str,
    service: &'static str,
    about: &'static str,
    state: State,
    /// Why it is not ok.
    reason: Option<String>,
    /// What to do about it.
    remedy: Option<&'static str>,
    /// Since the start.
    records_total: f64,
    /// Records a second, of the last minute.
    rate: f64,
    /// Seconds, of the last five minutes.
    p50_seconds: Option<f64>,
    p95_seconds: Option<f64>,
    lag_records: Option<f64>,
    lag_seconds: Option<f64>,
    /// Since the start.
    errors_total: f64,
    /// Of the last five minutes.
    errors_recent: f64,
    series: Series,
}

/// The last hour, oldest first.
#[derive(Debug, Serialize)]
struct Series {
    /// How far apart the points are.
    step_ms: u64,
    /// When each point was, milliseconds since 1970.
    at_ms: Vec<i64>,
    /// Records a second up to each point.
    rate: Vec<f64>,
    errors: Vec<f64>,
    p95_seconds: Vec<Option<f64>>,
    lag_seconds: Vec<Option<f64>>,
}

#[derive(Debug, Serialize)]
struct CheckReport {
    name: String,
    is_ready: bool,
    /// Why it is not, or what people should know all the same.
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct StoreReport {
    name: &'static str,
    service: &'static str,
    about: &'static str,
    bytes: Option<f64>,
    max_bytes: u64,
    /// How long something is kept, in seconds.
    retention_seconds: u64,
    rows: Option<f64>,
    /// When its oldest event occurred, milliseconds since 1970.
    oldest_ms: Option<f64>,
    /// As it grew since it is watched, an hour at most; none in the first ten minutes.
    growth_per_day_bytes: Option<f64>,
    /// Until it has its full size; none when it does not grow.
    days_left: Option<f64>,
}

impl Health {
    /// Reports on all services of this process, or on one, with the last hour in so many points.
    pub(super) fn report(&self, service: Option<&str>, points: usize) -> Report {
        let now = self.now();
        let moments = self.moments.read();
        let is_wanted = |part: &&Part| service.is_none_or(|service| part.service == service);
        let checks: Vec<_> = self
            .readiness
            .checks()
            .into_iter()
            .map(|(name, obstacle, note)| CheckReport {
                name,
                is_ready: obstacle.is_none(),
                note: obstacle.or(note),
            })
            .collect();
        let (mut stages, mut stores) = (Vec::new(), Vec::new());
        let (mut figures, mut words) = (BTreeMap::new(), BTreeMap::new());
        let (mut stage_at, mut store_at, mut figure_at, mut word_at) = (0, 0, 0, 0);
        for part in &*self.parts {
            if is_wanted(&part) {
                let all = part.stages.iter().zip(stage_at..);
                stages.extend(all.map(|(stage, at)| {
                    let history = History {
                        now: &now,
                        moments: &moments,
                        at,
                        points,
                    };
                    stage_report(part.service, stage, &history, &checks)
                }));
                let all = part.stores.iter().zip(store_at..);
                stores.extend(all.map(|(store, at)| {
                    store_report(part.service, store, at, &now, moments.front())
                }));
                let names = part.figures.iter().map(|figure| figure.name);
                figures.extend(named(names, &now.figures, figure_at));
                let names = part.words.iter().map(|word| word.name);
                words.extend(named(names, &now.words, word_at));
            }
            stage_at += part.stages.len();
            store_at += part.stores.len();
            figure_at += part.figures.len();
            word_at += part.words.len();
        }
        let services = self.parts.iter().filter(is_wanted);
        Report {
            at_ms: now.at_ms,
            version: env!("CARGO_PKG_VERSION"),
            services: services.map(|part| part.service).collect(),
            state: stages
                .iter()
                .map(|stage| stage.state)
                .max()
                .unwrap_or(State::Ok),
            stages,
            checks,
            stores,
            figures,
            words,
        }
    }
}

/// Names those of all parts' values that begin at a place and are there.
fn named<T: Clone>(
    names: impl Iterator<Item = &'static str>,
    values: &[Option<T>],
    from: usize,
) -> Vec<(&'static str, T)> {
    let named = names.zip(values.iter().skip(from));
    named
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
}

/// The moments of one stage.
struct History<'a> {
    now: &'a Moment,
    moments: &'a VecDeque<Moment>,
    at: usize,
    /// How many points a series has at the most.
    points: usize,
}

impl History<'_> {
    /// Returns the stage at the last sample that is at least so old, the first when none is.
    fn ago(&self, ms: i64) -> (i64, StageMoment) {
        let is_so_old = |moment: &&Moment| self.now.at_ms - moment.at_ms >= ms;
        let moment = self.moments.iter().rev().find(is_so_old);
        let moment = moment.or(self.moments.front()).unwrap_or(self.now);
        (moment.at_ms, self.of(moment))
    }

    fn of(&self, moment: &Moment) -> StageMoment {
        moment.stages.get(self.at).cloned().unwrap_or_default()
    }
}

fn stage_report(
    service: &'static str,
    stage: &Stage,
    history: &History<'_>,
    checks: &[CheckReport],
) -> StageReport {
    let now = history.of(history.now);
    let (minute_ago_ms, minute_ago) = history.ago(RATE_MS);
    let (_, recently) = history.ago(RECENT_MS);
    let errors_recent = growth(now.errors, recently.errors);
    let (state, reason, remedy) = state(stage, &now, errors_recent, checks);
    StageReport {
        name: stage.name,
        service,
        about: stage.about,
        state,
        reason,
        remedy,
        records_total: now.records,
        rate: rate(
            growth(now.records, minute_ago.records),
            history.now.at_ms - minute_ago_ms,
        ),
        p50_seconds: now.latency_since(&recently, 0.5),
        p95_seconds: now.latency_since(&recently, 0.95),
        lag_records: now.lag_records,
        lag_seconds: now.lag_seconds,
        errors_total: now.errors,
        errors_recent,
        series: series(history),
    }
}

fn series(history: &History<'_>) -> Series {
    // So many samples make a point; which, is fixed, so that points stay as they are while time goes on.
    let width = (KEPT - 1).div_ceil(history.points.max(1));
    let point = |moment: &Moment| moment.number / width as u64;
    let step_ms = STEP.as_millis() * width as u128;
    let mut series = Series {
        step_ms: u64::try_from(step_ms).unwrap_or_default(),
        at_ms: Vec::new(),
        rate: Vec::new(),
        errors: Vec::new(),
        p95_seconds: Vec::new(),
        lag_seconds: Vec::new(),
    };
    let all: Vec<_> = history.moments.iter().collect();
    let points = all.chunk_by(|a, b| point(a) == point(b));
    let sampled: Vec<_> = points.filter_map(<[_]>::last).collect();
    for (before, moment) in sampled.iter().zip(sampled.iter().skip(1)) {
        let (elapsed, at_ms) = (moment.at_ms - before.at_ms, moment.at_ms);
        let (before, moment) = (history.of(before), history.of(moment));
        let records = growth(moment.records, before.records);
        series.at_ms.push(at_ms);
        series.rate.push(rate(records, elapsed));
        series.errors.push(growth(moment.errors, before.errors));
        series.p95_seconds.push(moment.latency_since(&before, 0.95));
        series.lag_seconds.push(moment.lag_seconds);
    }
    series
}

fn state(
    stage: &Stage,
    now: &StageMoment,
    errors_recent: f64,
    checks: &[CheckReport],
) -> (State, Option<String>, Option<&'static str>) {
    let Remedies {
        stopped,
        behind,
        noted,
        failing,
    } = stage.remedies;
    let check = checks
        .iter()
        .find(|check| stage.check == Some(check.name.as_str()));
    if let Some(check) = check.filter(|check| !check.is_ready) {
        return (State::Error, check.note.clone(), Some(stopped));
    }
    if now.lag_seconds.unwrap_or_default() > f64::from(stage.most_lag) {
        let lag = now.lag_seconds.unwrap_or_default().round();
        let reason = format!("it is {lag} s behind");
        return (State::Warning, Some(reason), Some(behind));
    }
    // What people should know says more than how often something went wrong.
    if let Some(note) = check.and_then(|check| check.note.clone()) {
        return (State::Warning, Some(note), Some(noted));
    }
    let reason = match errors_recent {
        0.0 => return (State::Ok, None, None),
        1.0 => "an error in the last five minutes".to_owned(),
        errors => format!("{errors} errors in the last five minutes"),
    };
    (State::Warning, Some(reason), Some(failing))
}

fn store_report(
    service: &'static str,
    store: &Store,
    at: usize,
    now: &Moment,
    first: Option<&Moment>,
) -> StoreReport {
    let of = |moment: &Moment| moment.stores.get(at).copied().unwrap_or_default();
    let StoreMoment {
        bytes,
        rows,
        oldest,
    } = of(now);
    let watched = first.filter(|first| now.at_ms - first.at_ms >= LEAST_WATCHED_MS);
    let grown = watched.and_then(|first| {
        let elapsed = as_f64(now.at_ms - first.at_ms);
        Some((bytes? - of(first).bytes?).max(0.0) / elapsed * DAY_MS)
    });
    #[expect(clippy::cast_precision_loss, reason = "a size; far below 2^52")]
    let max_bytes = store.max_bytes as f64;
    let days_left = grown
        .filter(|grown| *grown > 0.0)
        .zip(bytes)
        .map(|(grown, bytes)| (max_bytes - bytes).max(0.0) / grown);
    StoreReport {
        name: store.name,
        service,
        about: store.about,
        bytes,
        max_bytes: store.max_bytes,
        retention_seconds: store.retention.as_secs(),
        rows,
        oldest_ms: oldest.map(|seconds| seconds * 1000.0),
        growth_per_day_bytes: grown,
        days_left,
    }
}

/// Returns by how much a counter grew; after a start anew it has grown from nothing.
fn growth(now: f64, before: f64) -> f64 {
    if now >= before { now - before } else { now }
}

fn rate(count: f64, elapsed_ms: i64) -> f64 {
    if elapsed_ms > 0 {
        count * 1000.0 / as_f64(elapsed_ms)
    } else {
        0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds; far below 2^52")]
fn as_f64(ms: i64) -> f64 {
    ms as f64
}
