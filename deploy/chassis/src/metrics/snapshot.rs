//! All samples of a set of metrics at one moment, to be asked for some of them.

use std::collections::BTreeMap;

use prometheus::proto::{Metric, MetricFamily, MetricType};

use super::PREFIX;
use crate::health::Samples;

/// All samples at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    families: BTreeMap<String, MetricFamily>,
}

impl Snapshot {
    pub(super) fn of(families: Vec<MetricFamily>) -> Self {
        let named = families
            .into_iter()
            .map(|family| (family.name().to_owned(), family));
        Self {
            families: named.collect(),
        }
    }

    fn values(&self, samples: &Samples) -> Vec<f64> {
        let value = |(kind, metric): (MetricType, &Metric)| match kind {
            MetricType::COUNTER => Some(metric.get_counter().get_value()),
            MetricType::GAUGE => Some(metric.get_gauge().get_value()),
            MetricType::SUMMARY | MetricType::UNTYPED | MetricType::HISTOGRAM => None,
        };
        self.metrics(samples).filter_map(value).collect()
    }

    /// Returns the sum of counters or gauges; none when there is no sample.
    pub(crate) fn sum(&self, samples: &Samples) -> Option<f64> {
        let values = self.values(samples);
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// Returns the greatest of counters or gauges; none when there is no sample.
    pub(crate) fn max(&self, samples: &Samples) -> Option<f64> {
        self.values(samples).into_iter().reduce(f64::max)
    }

    /// Returns the value of a label where a gauge of this name is 1.
    pub(crate) fn label(&self, metric: &'static str, label: &str) -> Option<String> {
        let samples = Samples::all(metric);
        let mut metrics = self.metrics(&samples);
        let (_, found) = metrics.find(|(kind, metric)| {
            // Written as 1 by us.
            *kind == MetricType::GAUGE && metric.get_gauge().get_value() > 0.5
        })?;
        let mut labels = found.get_label().iter();
        let value = labels.find(|known| known.name() == label)?.value();
        Some(value.to_owned())
    }

    /// Returns the buckets of histograms, added up: upper bounds, and how many observations were not
    /// above each; the last bound is infinite.
    pub(crate) fn buckets(&self, samples: &Samples) -> Vec<(f64, u64)> {
        let mut sums: Vec<(f64, u64)> = Vec::new();
        let histograms = self.metrics(samples);
        let histograms = histograms.filter(|(kind, _)| *kind == MetricType::HISTOGRAM);
        for (_, metric) in histograms {
            let histogram = metric.get_histogram();
            let buckets = histogram.get_bucket().iter();
            let buckets = buckets.map(|it| (it.upper_bound(), it.cumulative_count()));
            let all = (f64::INFINITY, histogram.get_sample_count());
            let buckets = buckets.filter(|(bound, _)| bound.is_finite()).chain([all]);
            for (at, (bound, count)) in buckets.enumerate() {
                match sums.get_mut(at) {
                    Some((_, sum)) => *sum += count,
                    None => sums.push((bound, count)),
                }
            }
        }
        sums
    }

    fn metrics(&self, samples: &Samples) -> impl Iterator<Item = (MetricType, &Metric)> {
        let labels = samples.labels;
        let family = self.families.get(&format!("{PREFIX}{}", samples.metric));
        let of = |family: &'_ MetricFamily| family.get_field_type();
        let has_all = move |metric: &&Metric| {
            labels.iter().all(|(name, value)| {
                let mut own = metric.get_label().iter();
                own.any(|label| label.name() == *name && label.value() == *value)
            })
        };
        family.into_iter().flat_map(move |family| {
            let kind = of(family);
            let metrics = family.get_metric().iter().filter(has_all);
            metrics.map(move |metric| (kind, metric))
        })
    }
}
