//! The sink's metrics: every name of them stands here.

use std::time::Duration;

use nightlatch_chassis::metrics::{
    Counter, CounterVec, Gauge, GaugeVec, Histogram, HistogramVec, IO_BUCKETS, Metrics,
    MetricsError,
};
use nightlatch_schemas::RuntimeEvent;
use nightlatch_schemas::topics::OKTA_EVENTS;

use crate::lag::Lag;
use crate::store::{Extent, KIND};

/// Whom the sink's lag is told of; its position stands in its store, so it is no group of the log.
const GROUP: &str = "sink";
/// Records in a batch: up to the most that is read at once.
const BATCH_BUCKETS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0];

/// What the sink counts and times.
#[derive(Debug, Clone)]
pub(crate) struct SinkMetrics {
    written: CounterVec,
    repeated: Counter,
    write_duration: HistogramVec,
    batch_size: Histogram,
    db_size: GaugeVec,
    rows: GaugeVec,
    oldest: GaugeVec,
    query_duration: HistogramVec,
    stream_clients: Gauge,
    dead_letters: CounterVec,
    gaps: Counter,
    lag_records: GaugeVec,
    lag_seconds: GaugeVec,
    latency: HistogramVec,
}

impl SinkMetrics {
    /// Declares them.
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        let store = &["store"];
        Ok(Self {
            written: metrics.counter_vec(
                "sink_records_written_total",
                "Events written to a store, each once: runtime events (sqlite), Okta's events (activity).",
                store,
            )?,
            repeated: metrics.counter(
                "sink_records_repeated_total",
                "Runtime events read again that were in the store already.",
            )?,
            write_duration: metrics.histogram_vec(
                "sink_write_duration_seconds",
                "Time to write a batch to the store.",
                store,
                IO_BUCKETS,
            )?,
            batch_size: metrics.histogram(
                "sink_batch_size",
                "Records read from the topic at once.",
                BATCH_BUCKETS,
            )?,
            db_size: metrics.gauge_vec("sink_db_size_bytes", "Size of a store.", store)?,
            rows: metrics.gauge_vec("sink_rows", "Events in a store: runtime events (sqlite), Okta's events (activity).", store)?,
            oldest: metrics.gauge_vec(
                "sink_oldest_event_timestamp_seconds",
                "When the oldest event in a store occurred.",
                store,
            )?,
            query_duration: metrics.histogram_vec(
                "sink_query_duration_seconds",
                "Time to answer a query, by kind.",
                &["query"],
                IO_BUCKETS,
            )?,
            stream_clients: metrics
                .gauge("sink_sse_clients", "Clients that follow the live stream.")?,
            dead_letters: metrics.dead_letters()?,
            gaps: metrics.counter(
                "sink_topic_gaps_total",
                "Times that retention took events from a topic before they were read.",
            )?,
            // The same metrics that the log keeps of groups, so in the same words.
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
            latency: metrics.pipeline_latency()?,
        })
    }

    /// A batch has been read.
    #[expect(clippy::cast_precision_loss, reason = "at most a few hundred")]
    pub(crate) fn read(&self, records: usize) {
        self.batch_size.observe(records as f64);
    }

    /// A batch has been written: so many new events and repeats.
    pub(crate) fn wrote(&self, new: usize, repeats: usize, elapsed: Duration) {
        self.written.with_label_values(&[KIND]).inc_by(new as u64);
        self.repeated.inc_by(repeats as u64);
        self.write_duration
            .with_label_values(&[KIND])
            .observe(elapsed.as_secs_f64());
    }

    /// An event has become visible at `now`, milliseconds since 1970.
    pub(crate) fn visible(&self, event: &RuntimeEvent, now: i64) {
        for (stage, since) in [
            ("detect_to_sink", event.detected_at),
            ("end_to_end", event.received_at),
        ] {
            let elapsed = u64::try_from(now.saturating_sub(since)).unwrap_or_default();
            let elapsed = Duration::from_millis(elapsed).as_secs_f64();
            self.latency.with_label_values(&[stage]).observe(elapsed);
        }
    }

    /// A record has been refused.
    pub(crate) fn refused(&self, reason: &str) {
        self.dead_letters.with_label_values(&["sink", reason]).inc();
    }

    /// Retention was faster than we are.
    pub(crate) fn gap(&self) {
        self.gaps.inc();
    }

    /// So much of a topic is yet to be read.
    #[expect(clippy::cast_precision_loss, reason = "a gauge; far below 2^52")]
    pub(crate) fn lag(&self, topic: &str, lag: &Lag) {
        for (partition, records) in &lag.records {
            let partition = partition.to_string();
            self.lag_records
                .with_label_values(&[topic, &partition, GROUP])
                .set(*records as f64);
        }
        self.lag_seconds
            .with_label_values(&[topic, GROUP])
            .set(lag.age.as_secs_f64());
    }

    /// The store's size now.
    pub(crate) fn extent(&self, extent: Extent) {
        self.extent_of(KIND, extent);
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges; far below 2^52")]
    fn extent_of(&self, store: &str, extent: Extent) {
        let store = [store];
        self.rows.with_label_values(&store).set(extent.rows as f64);
        self.db_size
            .with_label_values(&store)
            .set(extent.bytes as f64);
        let oldest = extent.oldest.map_or(0.0, |ms| ms as f64 / 1000.0);
        self.oldest.with_label_values(&store).set(oldest);
    }

    /// A query has been answered.
    pub(crate) fn queried(&self, query: &str, elapsed: Duration) {
        self.query_duration
            .with_label_values(&[query])
            .observe(elapsed.as_secs_f64());
    }

    /// The gauge of the clients of the stream.
    pub(crate) const fn stream_clients(&self) -> &Gauge {
        &self.stream_clients
    }
}

/// The label of activity's store.
const ACTIVITY: &str = "activity";

/// What is counted and timed of the activity: the sink's metrics under a label of its own.
#[derive(Debug, Clone)]
pub(crate) struct ActivityMetrics {
    sink: SinkMetrics,
    copies: CounterVec,
}

impl ActivityMetrics {
    /// Declares them.
    pub(crate) fn new(metrics: &Metrics, sink: SinkMetrics) -> Result<Self, MetricsError> {
        let copies = metrics.counter_vec(
            "sink_activity_copies_total",
            "Okta's events that were not new: richer (took the place of a copy that tells less), \
             repeated, too_old (before all that is kept).",
            &["result"],
        )?;
        Ok(Self { sink, copies })
    }

    /// A batch has been written: so many new events, and copies of others.
    pub(crate) fn wrote(&self, new: usize, richer: usize, repeated: usize, elapsed: Duration) {
        let store = [ACTIVITY];
        self.sink
            .written
            .with_label_values(&store)
            .inc_by(new as u64);
        self.sink
            .write_duration
            .with_label_values(&store)
            .observe(elapsed.as_secs_f64());
        for (result, count) in [("richer", richer), ("repeated", repeated)] {
            self.copies
                .with_label_values(&[result])
                .inc_by(count as u64);
        }
    }

    /// An event was not kept since it is too old.
    pub(crate) fn too_old(&self) {
        self.copies.with_label_values(&["too_old"]).inc();
    }

    /// A record has been refused.
    pub(crate) fn refused(&self, reason: &str) {
        self.sink.refused(reason);
    }

    /// Retention was faster than we are.
    pub(crate) fn gap(&self) {
        self.sink.gap();
    }

    /// So much of the topic is yet to be read.
    pub(crate) fn lag(&self, lag: &Lag) {
        self.sink.lag(OKTA_EVENTS, lag);
    }

    /// The store's size now.
    pub(crate) fn extent(&self, extent: Extent) {
        self.sink.extent_of(ACTIVITY, extent);
    }

    /// Those that know no store.
    pub(crate) const fn sink(&self) -> &SinkMetrics {
        &self.sink
    }
}
