//! Metrics of topics.

use std::time::Duration;

use super::record::{Outcome, TopicError};
use crate::metrics::{CounterVec, GaugeVec, Histogram, IO_BUCKETS, Metrics, MetricsError};

/// What the log counts and times.
#[derive(Debug, Clone)]
pub struct TopicMetrics {
    appended: CounterVec,
    append_errors: CounterVec,
    append_duration: Histogram,
    steps: CounterVec,
    lag_records: GaugeVec,
    lag_seconds: GaugeVec,
}

impl TopicMetrics {
    /// Declares them.
    pub fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            appended: metrics.counter_vec(
                "log_appended_records_total",
                "Records appended and durable.",
                &["topic"],
            )?,
            append_errors: metrics.counter_vec(
                "log_append_errors_total",
                "Appends that failed, with the kind of error.",
                &["topic", "error"],
            )?,
            append_duration: metrics.histogram(
                "log_append_duration_seconds",
                "Time from an append to its durability.",
                IO_BUCKETS,
            )?,
            steps: metrics.counter_vec(
                "log_step_outcomes_total",
                "Atomic steps (outputs and position together) by how they ended.",
                &["group", "outcome"],
            )?,
            lag_records: metrics.gauge_vec(
                "log_consumer_lag_records",
                "Records that a group has yet to read.",
                &["topic", "partition", "group"],
            )?,
            lag_seconds: metrics.gauge_vec(
                "log_consumer_lag_seconds",
                "Age of the record that a group reads next, 0 when it has read all.",
                &["topic", "group"],
            )?,
        })
    }

    pub(super) fn appended(
        &self,
        topics: &[&'static str],
        elapsed: Duration,
        error: Option<&TopicError>,
    ) {
        self.append_duration.observe(elapsed.as_secs_f64());
        for same in topics.chunk_by(|a, b| a == b) {
            let (topic, records) = (same.first().copied().unwrap_or_default(), same.len() as u64);
            match error {
                None => self.appended.with_label_values(&[topic]).inc_by(records),
                Some(error) => {
                    self.append_errors
                        .with_label_values(&[topic, error.name()])
                        .inc();
                }
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge; far below 2^52 records"
    )]
    pub(super) fn lag(
        &self,
        group: &str,
        topic: &str,
        partition: i32,
        records: i64,
        age: Duration,
    ) {
        let partition = partition.to_string();
        self.lag_records
            .with_label_values(&[topic, &partition, group])
            .set(records as f64);
        self.lag_seconds
            .with_label_values(&[topic, group])
            .set(age.as_secs_f64());
    }

    pub(super) fn stepped(&self, group: &str, outcome: &Outcome) {
        self.steps.with_label_values(&[group, outcome.name()]).inc();
    }
}
