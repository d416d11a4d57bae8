//! Counts over time.

use std::collections::BTreeMap;

use crate::feed::time_text;
use crate::store::StoreError;

/// Counts over time, within each bucket by something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Histogram<K> {
    /// The first millisecond of the first bucket.
    pub(crate) from: i64,
    /// The first millisecond after the last bucket.
    pub(crate) to: i64,
    /// The width of a bucket in milliseconds; the last may be narrower.
    pub(crate) step: i64,
    /// Counts for each bucket.
    buckets: Vec<BTreeMap<K, u64>>,
}

/// A bucket, as people are told of it.
pub(crate) struct Span<K> {
    /// When it begins.
    pub(crate) from: String,
    pub(crate) total: u64,
    pub(crate) counts: BTreeMap<K, u64>,
}

impl<K: Ord + Clone> Histogram<K> {
    /// Returns one without counts, in at most `buckets` buckets of equal width between two times, or the
    /// first event there is (`end("ASC")`) and the last (`end("DESC")`). None when that is no time at all.
    pub(crate) fn between(
        (from, to): (Option<i64>, Option<i64>),
        end: impl Fn(&str) -> Result<Option<i64>, StoreError>,
        buckets: u32,
    ) -> Result<Option<Self>, StoreError> {
        let from = match from {
            Some(from) => Some(from),
            None => end("ASC")?,
        };
        let to = match to {
            Some(to) => Some(to),
            None => end("DESC")?.map(|last| last.saturating_add(1)),
        };
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(None);
        };
        let span = to.saturating_sub(from);
        if span <= 0 {
            return Ok(None);
        }
        let step = (span - 1) / i64::from(buckets) + 1;
        let count = usize::try_from((span - 1) / step + 1).unwrap_or_default();
        Ok(Some(Self {
            from,
            to,
            step,
            buckets: vec![BTreeMap::new(); count],
        }))
    }

    /// Returns the number of the bucket of a time.
    pub(crate) const fn bucket(&self, ms: i64) -> i64 {
        ms.saturating_sub(self.from).div_euclid(self.step)
    }

    /// Returns the counts of a bucket, if there is one of that number.
    pub(crate) fn counts(&mut self, bucket: i64) -> Option<&mut BTreeMap<K, u64>> {
        self.buckets.get_mut(usize::try_from(bucket).ok()?)
    }

    /// Returns the buckets in the order of time, empty ones too.
    pub(crate) fn spans(self) -> impl Iterator<Item = Span<K>> {
        let Self { from, step, .. } = self;
        let starts = (0..).map(move |at: i64| from.saturating_add(at.saturating_mul(step)));
        starts.zip(self.buckets).map(|(from, counts)| Span {
            from: time_text(from),
            total: counts.values().sum(),
            counts,
        })
    }
}
