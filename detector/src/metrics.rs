//! What the detector counts and times.

use std::time::{SystemTime, UNIX_EPOCH};

use nightlatch_chassis::metrics::{
    Counter, CounterVec, Gauge, GaugeVec, HistogramVec, Metrics, MetricsError,
};

/// The detector's metrics.
#[derive(Debug, Clone)]
pub(crate) struct DetectorMetrics {
    events: CounterVec,
    matches: CounterVec,
    suppressed: CounterVec,
    rules_loaded: GaugeVec,
    reload_timestamp: Gauge,
    reload_failures: Counter,
    policies_unusable: Gauge,
    dead_letters: CounterVec,
    latency: HistogramVec,
}

impl DetectorMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            events: metrics.counter_vec(
                "detector_events_processed_total",
                "Events judged, by result: matched, unmatched, error. The event type is `other` \
                 when no rule names it.",
                &["event_type", "result"],
            )?,
            matches: metrics.counter_vec(
                "detector_rule_matches_total",
                "Detections emitted.",
                &["rule", "policy", "severity"],
            )?,
            suppressed: metrics.counter_vec(
                "detector_rule_suppressed_total",
                "Detections not emitted: repeat (its id was emitted in the last 7 days).",
                &["rule", "reason"],
            )?,
            rules_loaded: metrics.gauge_vec(
                "detector_rules_loaded",
                "Rules that judge, by the kind of their policy.",
                &["kind"],
            )?,
            reload_timestamp: metrics.gauge(
                "detector_rules_reload_timestamp_seconds",
                "When the rules were last loaded without an error.",
            )?,
            reload_failures: metrics.counter(
                "detector_rules_reload_failures_total",
                "Loads of the rules with an error; the last good text of a broken policy stays.",
            )?,
            policies_unusable: metrics.gauge(
                "detector_policies_unusable",
                "Policies that are left out: broken, and no good text of them is known.",
            )?,
            dead_letters: metrics.dead_letters()?,
            latency: metrics.pipeline_latency()?,
        })
    }

    pub(crate) fn judged(&self, event_type: &str, result: &str) {
        self.events.with_label_values(&[event_type, result]).inc();
    }

    pub(crate) fn matched(&self, rule: &str, policy: &str, severity: u8) {
        self.matches.with_label_values(&[rule, policy, &severity.to_string()]).inc();
    }

    pub(crate) fn repeated(&self, rule: &str) {
        self.suppressed.with_label_values(&[rule, "repeat"]).inc();
    }

    pub(crate) fn dead_letter(&self, reason: &str) {
        self.dead_letters.with_label_values(&["detector", reason]).inc();
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds are far below 2^52")]
    pub(crate) fn latency(&self, received_ms: i64, now_ms: i64) {
        let seconds = (now_ms - received_ms).max(0) as f64 / 1000.0;
        self.latency.with_label_values(&["ingest_to_detect"]).observe(seconds);
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rules")]
    pub(crate) fn loaded(&self, managed: usize, custom: usize, unusable: usize, failed: bool) {
        self.rules_loaded.with_label_values(&["managed"]).set(managed as f64);
        self.rules_loaded.with_label_values(&["custom"]).set(custom as f64);
        self.policies_unusable.set(unusable as f64);
        if failed {
            self.reload_failures.inc();
        } else {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.reload_timestamp.set(now.as_secs_f64());
        }
    }
}
