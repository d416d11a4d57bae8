//! The metrics at one moment, as far as health is told by them, and what lies between two moments.

use std::time::{SystemTime, UNIX_EPOCH};

use super::part::{Part, Samples, Stage, Store};
use crate::metrics::Snapshot;

/// The metrics at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    /// How many samples were taken before it.
    pub(super) number: u64,
    /// Milliseconds since 1970.
    pub(super) at_ms: i64,
    /// In the order of all parts' stages.
    pub(super) stages: Vec<StageMoment>,
    /// In the order of all parts' stores.
    pub(super) stores: Vec<StoreMoment>,
    /// In the order of all parts' figures.
    pub(super) figures: Vec<Option<f64>>,
    /// In the order of all parts' words.
    pub(super) words: Vec<Option<String>>,
}

/// A stage at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct StageMoment {
    pub(super) records: f64,
    pub(super) errors: f64,
    /// Upper bounds, and how many observations were not above each.
    pub(super) latency: Vec<(f64, u64)>,
    pub(super) lag_records: Option<f64>,
    pub(super) lag_seconds: Option<f64>,
}

/// A store at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct StoreMoment {
    pub(super) bytes: Option<f64>,
    pub(super) rows: Option<f64>,
    pub(super) oldest: Option<f64>,
}

impl Moment {
    pub(super) fn of(metrics: &Snapshot, parts: &[Part]) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_millis();
        let stages = parts.iter().flat_map(|part| &part.stages);
        let stores = parts.iter().flat_map(|part| &part.stores);
        let figures = parts.iter().flat_map(|part| &part.figures);
        let words = parts.iter().flat_map(|part| &part.words);
        Self {
            number: 0,
            at_ms: i64::try_from(now).unwrap_or(i64::MAX),
            stages: stages
                .map(|stage| StageMoment::of(metrics, stage))
                .collect(),
            stores: stores
                .map(|store| StoreMoment::of(metrics, store))
                .collect(),
            figures: figures.map(|figure| metrics.sum(&figure.samples)).collect(),
            words: words
                .map(|word| metrics.label(word.metric, word.label))
                .collect(),
        }
    }
}

impl StageMoment {
    fn of(metrics: &Snapshot, stage: &Stage) -> Self {
        // Nothing added up is -0.
        let sum = |of: &[Samples]| of.iter().filter_map(|of| metrics.sum(of)).sum::<f64>() + 0.0;
        let latency = stage.latency.as_ref();
        let lag_records = stage.lag_records.as_ref();
        let lag_seconds = stage.lag_seconds.as_ref();
        Self {
            records: sum(&stage.records),
            errors: sum(&stage.errors),
            latency: latency.map(|it| metrics.buckets(it)).unwrap_or_default(),
            lag_records: lag_records.and_then(|it| metrics.sum(it)),
            lag_seconds: lag_seconds.and_then(|it| metrics.max(it)),
        }
    }

    /// Returns the latency in seconds that a share of what was done since `earlier` did not exceed:
    /// within a bucket as if all were spread evenly. None when nothing was done.
    pub(super) fn latency_since(&self, earlier: &Self, share: f64) -> Option<f64> {
        let before = |at: usize| earlier.latency.get(at).map_or(0, |(_, count)| *count);
        let counts = self.latency.iter().enumerate();
        let counts: Vec<(f64, u64)> = counts
            .map(|(at, (bound, count))| (*bound, count.saturating_sub(before(at))))
            .collect();
        let total = counts.last()?.1;
        if total == 0 {
            return None;
        }
        let wanted = share * as_f64(total);
        let (mut from, mut below) = (0.0, 0);
        for (bound, count) in &counts {
            if as_f64(*count) >= wanted && *count > below {
                // Beyond the last bound nothing is known but that.
                let to = if bound.is_finite() { *bound } else { from };
                let within = (wanted - as_f64(below)) / as_f64(count - below);
                return Some(from + (to - from) * within);
            }
            (from, below) = (*bound, *count);
        }
        None
    }
}

impl StoreMoment {
    fn of(metrics: &Snapshot, store: &Store) -> Self {
        Self {
            bytes: metrics.sum(&store.bytes),
            rows: metrics.sum(&store.rows),
            oldest: metrics.sum(&store.oldest).filter(|at| *at > 0.0),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stage(latency: &[(f64, u64)]) -> StageMoment {
        StageMoment {
            latency: latency.to_vec(),
            ..StageMoment::default()
        }
    }

    #[test]
    fn latency_is_that_of_what_was_done_between() {
        let earlier = stage(&[(1.0, 100), (2.0, 100), (f64::INFINITY, 100)]);
        let later = stage(&[(1.0, 100), (2.0, 110), (f64::INFINITY, 110)]);
        assert_eq!(later.latency_since(&earlier, 0.5), Some(1.5));
        assert_eq!(later.latency_since(&later, 0.5), None);
        assert_eq!(stage(&[]).latency_since(&earlier, 0.5), None);
        // Slower than all bounds.
        let later = stage(&[(1.0, 100), (2.0, 100), (f64::INFINITY, 110)]);
        assert_eq!(later.latency_since(&earlier, 0.95), Some(2.0));
    }

    proptest! {
        #[test]
        fn a_greater_share_is_never_faster(counts in proptest::collection::vec(0_u64..50, 4)) {
            let mut total = 0;
            let bounds = [0.1, 1.0, 10.0, f64::INFINITY];
            let buckets: Vec<_> = bounds.iter().zip(&counts).map(|(bound, count)| {
                total += count;
                (*bound, total)
            }).collect();
            let stage = stage(&buckets);
            let at = |share| stage.latency_since(&StageMoment::default(), share);
            prop_assert!(at(0.5) <= at(0.95));
            prop_assert_eq!(at(0.5).is_some(), total > 0);
        }
    }
}
