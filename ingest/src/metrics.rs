//! What ingest counts and times.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use nightlatch_chassis::metrics::{
    Counter, CounterVec, GaugeVec, Histogram, HistogramVec, IO_BUCKETS, Metrics, MetricsError,
};
use parking_lot::RwLock;

use crate::integration::STRANGER;

/// Okta has 1,274 event types; a label must stay bounded whatever a sender sends.
const MAX_EVENT_TYPES: usize = 1500;
const MAX_EVENT_TYPE_BYTES: usize = 128;
const ROUTE: &str = "/hooks/okta/{key}";
const REASONS: [&str; 8] = [
    "auth",
    "paused",
    "too_large",
    "malformed",
    "slow",
    "overloaded",
    "not_durable",
    "failed",
];

/// Ingest's metrics.
#[derive(Debug)]
pub(crate) struct IngestMetrics {
    requests: Requests,
    events: CounterVec,
    /// By integration and event type.
    event_counters: RwLock<BTreeMap<String, BTreeMap<String, Counter>>>,
    rejected: CounterVec,
    verifications: CounterVec,
    last_event: GaugeVec,
    system_log_lag: GaugeVec,
    dead_letters: Counter,
    latency: Histogram,
}

/// Metrics of requests.
#[derive(Debug)]
struct Requests {
    answered: CounterVec,
    duration: HistogramVec,
    /// Those of deliveries that were taken, which are most.
    taken: (Counter, Histogram),
}

impl Requests {
    fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        let answered = metrics.counter_vec(
            "ingest_http_requests_total",
            "Requests answered.",
            &["route", "method", "code"],
        )?;
        let duration = metrics.histogram_vec(
            "ingest_http_request_duration_seconds",
            "Time to answer a request.",
            &["route", "method"],
            IO_BUCKETS,
        )?;
        let taken = (
            answered.with_label_values(&[ROUTE, "POST", "204"]),
            duration.with_label_values(&[ROUTE, "POST"]),
        );
        Ok(Self {
            answered,
            duration,
            taken,
        })
    }
}

impl IngestMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            requests: Requests::new(metrics)?,
            events: metrics.counter_vec(
                "ingest_hook_events_total",
                "Events taken and durable.",
                &["integration", "event_type"],
            )?,
            event_counters: RwLock::default(),
            rejected: metrics.counter_vec(
                "ingest_hook_rejected_total",
                "Requests refused: unknown_org, auth, in_doubt, paused, too_large, malformed, slow, overloaded, \
                 not_durable, failed.",
                &["integration", "reason"],
            )?,
            verifications: metrics.counter_vec(
                "ingest_hook_verifications_total",
                "Okta's verification challenges by result.",
                &["integration", "result"],
            )?,
            last_event: metrics.gauge_vec(
                "ingest_last_event_timestamp_seconds",
                "When the last event was taken; 0: none since the start.",
                &["integration"],
            )?,
            system_log_lag: metrics.gauge_vec(
                "ingest_system_log_lag_seconds",
                "How long ago all was read that the System Log held, says the replica that reads it.",
                &["integration"],
            )?,
            dead_letters: metrics
                .dead_letters()?
                .with_label_values(&["ingest", "not_an_event"]),
            latency: metrics
                .pipeline_latency()?
                .with_label_values(&["okta_to_ingest"]),
        })
    }

    /// Says no more of a walk: it goes on elsewhere, or not at all.
    pub(crate) fn system_log_left(&self, integration: &str) {
        // It may never have been told of.
        drop(self.system_log_lag.remove_label_values(&[integration]));
    }

    /// How far behind the walk along a System Log is; none before its end was reached.
    pub(crate) fn system_log(&self, integration: &str, lag: Option<Duration>) {
        if let Some(lag) = lag {
            self.system_log_lag
                .with_label_values(&[integration])
                .set(lag.as_secs_f64());
        }
    }

    /// Shows what can happen to an integration before it does, so that the first time is seen as a
    /// growth from 0.
    pub(crate) fn announce(&self, integrations: &[String]) {
        for reason in ["unknown_org", "in_doubt"] {
            self.rejected.with_label_values(&[STRANGER, reason]);
        }
        for integration in integrations {
            self.last_event.with_label_values(&[integration]);
            for reason in REASONS {
                self.rejected
                    .with_label_values(&[integration.as_str(), reason]);
            }
        }
    }

    pub(crate) fn answered(&self, method: &Method, code: StatusCode, elapsed: Duration) {
        let Requests {
            answered,
            duration,
            taken,
        } = &self.requests;
        let elapsed = elapsed.as_secs_f64();
        if method == Method::POST && code == StatusCode::NO_CONTENT {
            taken.0.inc();
            taken.1.observe(elapsed);
            return;
        }
        let method = method.as_str();
        answered
            .with_label_values(&[ROUTE, method, code.as_str()])
            .inc();
        duration
            .with_label_values(&[ROUTE, method])
            .observe(elapsed);
    }

    pub(crate) fn rejected(&self, integration: &str, reason: &str) {
        self.rejected
            .with_label_values(&[integration, reason])
            .inc();
    }

    pub(crate) fn verified(&self, integration: &str, result: &str) {
        self.verifications
            .with_label_values(&[integration, result])
            .inc();
    }

    pub(crate) fn event(&self, integration: &str, event_type: Option<&str>) {
        let event_type = event_type.unwrap_or("none");
        let counters = self.event_counters.read();
        if let Some(counter) = counters.get(integration).and_then(|of| of.get(event_type)) {
            counter.inc();
            return;
        }
        drop(counters);
        self.first_of(integration, event_type).inc();
    }

    /// Returns the counter of an event type that was not seen before; of one that is no name, or
    /// one too many, that of all such.
    fn first_of(&self, integration: &str, event_type: &str) -> Counter {
        let mut counters = self.event_counters.write();
        let known = counters.entry(integration.to_owned()).or_default();
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let is_name = event_type.len() <= MAX_EVENT_TYPE_BYTES && event_type.bytes().all(of_name);
        let label = if is_name && known.len() < MAX_EVENT_TYPES {
            event_type
        } else {
            "other"
        };
        let counter = self.events.with_label_values(&[integration, label]);
        known.entry(label.to_owned()).or_insert(counter).clone()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^52"
    )]
    pub(crate) fn last_event(&self, integration: &str, received_ms: i64) {
        self.last_event
            .with_label_values(&[integration])
            .set(received_ms as f64 / 1000.0);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^52"
    )]
    pub(crate) fn latency_from_okta(&self, published_ms: i64, received_ms: i64) {
        self.latency
            .observe((received_ms - published_ms).max(0) as f64 / 1000.0);
    }

    pub(crate) fn dead_letters(&self, count: usize) {
        self.dead_letters.inc_by(count as u64);
    }
}
