//! What ingest counts and times.

use std::collections::BTreeSet;
use std::time::Duration;

use nightlatch_chassis::metrics::{
    CounterVec, GaugeVec, HistogramVec, IO_BUCKETS, Metrics, MetricsError,
};
use parking_lot::Mutex;

/// Okta has 1,274 event types; a label must stay bounded whatever a caller sends.
const MAX_EVENT_TYPES: usize = 1500;

/// Ingest's metrics.
#[derive(Debug)]
pub(crate) struct IngestMetrics {
    requests: CounterVec,
    request_duration: HistogramVec,
    events: CounterVec,
    rejected: CounterVec,
    verifications: CounterVec,
    last_event: GaugeVec,
    dead_letters: CounterVec,
    latency: HistogramVec,
    event_types: Mutex<BTreeSet<String>>,
}

impl IngestMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            requests: metrics.counter_vec(
                "ingest_http_requests_total",
                "Requests answered.",
                &["route", "method", "code"],
            )?,
            request_duration: metrics.histogram_vec(
                "ingest_http_request_duration_seconds",
                "Time to answer a request.",
                &["route", "method"],
                IO_BUCKETS,
            )?,
            events: metrics.counter_vec(
                "ingest_hook_events_total",
                "Events taken and durable.",
                &["integration", "event_type"],
            )?,
            rejected: metrics.counter_vec(
                "ingest_hook_rejected_total",
                "Deliveries refused: unknown_org, auth, too_large, malformed, slow, overloaded, \
                 not_durable.",
                &["integration", "reason"],
            )?,
            verifications: metrics.counter_vec(
                "ingest_hook_verifications_total",
                "Okta's verification challenges by result.",
                &["integration", "result"],
            )?,
            last_event: metrics.gauge_vec(
                "ingest_last_event_timestamp_seconds",
                "When the last event was taken.",
                &["integration"],
            )?,
            dead_letters: metrics.dead_letters()?,
            latency: metrics.pipeline_latency()?,
            event_types: Mutex::default(),
        })
    }

    pub(crate) fn answered(&self, method: &str, code: u16, elapsed: Duration) {
        let route = "/hooks/okta/{key}";
        self.requests.with_label_values(&[route, method, &code.to_string()]).inc();
        self.request_duration.with_label_values(&[route, method]).observe(elapsed.as_secs_f64());
    }

    pub(crate) fn rejected(&self, integration: &str, reason: &str) {
        self.rejected.with_label_values(&[integration, reason]).inc();
    }

    pub(crate) fn verified(&self, integration: &str, result: &str) {
        self.verifications.with_label_values(&[integration, result]).inc();
    }

    pub(crate) fn taken(&self, integration: &str, event_type: Option<&str>) {
        let label = self.bounded(event_type.unwrap_or("none"));
        self.events.with_label_values(&[integration, label]).inc();
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds are far below 2^52")]
    pub(crate) fn last_event(&self, integration: &str, received_ms: i64) {
        self.last_event.with_label_values(&[integration]).set(received_ms as f64 / 1000.0);
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds are far below 2^52")]
    pub(crate) fn latency_from_okta(&self, published_ms: i64, received_ms: i64) {
        let seconds = (received_ms - published_ms).max(0) as f64 / 1000.0;
        self.latency.with_label_values(&["okta_to_ingest"]).observe(seconds);
    }

    pub(crate) fn dead_letter(&self) {
        self.dead_letters.with_label_values(&["ingest", "not_an_event"]).inc();
    }

    fn bounded<'a>(&self, event_type: &'a str) -> &'a str {
        let mut known = self.event_types.lock();
        if known.contains(event_type) {
            return event_type;
        }
        if known.len() >= MAX_EVENT_TYPES || event_type.len() > 128 {
            return "other";
        }
        known.insert(event_type.to_owned());
        event_type
    }
}
