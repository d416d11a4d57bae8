//! Metrics of topics.

use std::time::{Duration, Instant};

use rdkafka::statistics::Statistics;

use super::record::{Outcome, TopicError};
use crate::metrics::{CounterVec, Gauge, GaugeVec, Histogram, IO_BUCKETS, Metrics, MetricsError};

/// What the log counts and times.
#[derive(Debug, Clone)]
pub struct TopicMetrics {
    appended: CounterVec,
    append_errors: CounterVec,
    append_duration: Histogram,
    steps: CounterVec,
    lag_records: GaugeVec,
    lag_seconds: GaugeVec,
    kafka: KafkaMetrics,
}

/// What is known on Kafka only.
#[derive(Debug, Clone)]
struct KafkaMetrics {
    rebalances: CounterVec,
    errors: CounterVec,
    brokers_up: GaugeVec,
    queue_records: GaugeVec,
    queue_bytes: GaugeVec,
    waiting_records: Gauge,
    waiting_bytes: Gauge,
}

impl KafkaMetrics {
    fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            rebalances: metrics.counter_vec(
                "kafka_rebalances_total",
                "Changes of what a group has given to this replica.",
                &["kind"],
            )?,
            errors: metrics.counter_vec(
                "kafka_errors_total",
                "Errors that Kafka clients of this process have met, by the client's role.",
                &["client", "error"],
            )?,
            brokers_up: metrics.gauge_vec(
                "kafka_brokers_connected",
                "Brokers that a client is connected to.",
                &["client"],
            )?,
            queue_records: metrics.gauge_vec(
                "kafka_producer_queue_records",
                "Records that a producer has yet to have confirmed.",
                &["client"],
            )?,
            queue_bytes: metrics.gauge_vec(
                "kafka_producer_queue_bytes",
                "Bytes of the records that a producer has yet to have confirmed.",
                &["client"],
            )?,
            waiting_records: metrics.gauge(
                "kafka_append_waiting_records",
                "Records that are to be appended and that brokers have yet to confirm.",
            )?,
            waiting_bytes: metrics.gauge(
                "kafka_append_waiting_bytes",
                "Bytes of the records that are to be appended and that brokers have yet to confirm.",
            )?,
        })
    }
}

/// An append that is under way. Who drops it has given it up.
#[derive(Debug)]
pub(super) struct Appending {
    metrics: TopicMetrics,
    topics: Vec<&'static str>,
    started: Instant,
    error: Option<&'static str>,
}

impl Appending {
    /// Takes note of its end.
    pub(super) fn end(mut self, error: Option<&TopicError>) {
        self.error = error.map(TopicError::name);
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        self.metrics
            .appended(&self.topics, self.started.elapsed(), self.error);
    }
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
                "Appends that failed, with the kind of error; given_up: nobody waited for it any longer.",
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
            kafka: KafkaMetrics::new(metrics)?,
        })
    }

    /// Watches an append of records to these topics.
    pub(super) fn appending(&self, topics: Vec<&'static str>) -> Appending {
        Appending {
            metrics: self.clone(),
            topics,
            started: Instant::now(),
            error: Some("given_up"),
        }
    }

    fn appended(&self, topics: &[&'static str], elapsed: Duration, error: Option<&'static str>) {
        self.append_duration.observe(elapsed.as_secs_f64());
        for same in topics.chunk_by(|a, b| a == b) {
            let (topic, records) = (same.first().copied().unwrap_or_default(), same.len() as u64);
            match error {
                None => self.appended.with_label_values(&[topic]).inc_by(records),
                Some(error) => {
                    self.append_errors.with_label_values(&[topic, error]).inc();
                }
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge; far below 2^52 records"
    )]
    pub(super) fn unread(&self, group: &str, topic: &str, partition: i32, records: i64) {
        let partition = partition.to_string();
        let labels = [topic, &partition, group];
        self.lag_records
            .with_label_values(&labels)
            .set(records as f64);
    }

    pub(super) fn age(&self, group: &str, topic: &str, age: Duration) {
        let labels = [topic, group];
        self.lag_seconds
            .with_label_values(&labels)
            .set(age.as_secs_f64());
    }

    pub(super) fn rebalanced(&self, is_assignment: bool) {
        let kind = if is_assignment { "assigned" } else { "revoked" };
        self.kafka.rebalances.with_label_values(&[kind]).inc();
    }

    pub(super) fn kafka_error(&self, client: &str, error: &str) {
        self.kafka.errors.with_label_values(&[client, error]).inc();
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges; far below 2^52")]
    pub(super) fn kafka_client(&self, client: &str, statistics: &Statistics) {
        let up = statistics.brokers.values();
        let up = up
            .filter(|broker| broker.nodeid >= 0 && broker.state == "UP")
            .count();
        self.kafka
            .brokers_up
            .with_label_values(&[client])
            .set(up as f64);
        let queue = [client];
        self.kafka
            .queue_records
            .with_label_values(&queue)
            .set(statistics.msg_cnt as f64);
        self.kafka
            .queue_bytes
            .with_label_values(&queue)
            .set(statistics.msg_size as f64);
    }

    /// Takes note of a record that waits to be appended.
    #[expect(clippy::cast_precision_loss, reason = "gauges; far below 2^52")]
    pub(super) fn waits(&self, bytes: usize) {
        self.kafka.waiting_records.inc();
        self.kafka.waiting_bytes.add(bytes as f64);
    }

    /// Takes note that it is appended or given up.
    #[expect(clippy::cast_precision_loss, reason = "gauges; far below 2^52")]
    pub(super) fn waits_no_more(&self, bytes: usize) {
        self.kafka.waiting_records.dec();
        self.kafka.waiting_bytes.sub(bytes as f64);
    }

    pub(super) fn stepped(&self, group: &str, outcome: &Outcome) {
        self.steps.with_label_values(&[group, outcome.name()]).inc();
    }
}
