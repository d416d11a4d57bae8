//! What the detector counts and times: events ([`DetectorMetrics`]) and rules ([`RuleMetrics`]).

use std::time::{SystemTime, UNIX_EPOCH};

use nightlatch_chassis::metrics::{
    Counter, CounterVec, Gauge, GaugeVec, Histogram, Metrics, MetricsError,
};

/// Metrics of events.
#[derive(Debug, Clone)]
pub(crate) struct DetectorMetrics {
    events: CounterVec,
    matches: CounterVec,
    suppressed: CounterVec,
    lost: Counter,
    dead_letters: CounterVec,
    latency: Histogram,
}

/// Metrics of rules.
#[derive(Debug, Clone)]
pub(crate) struct RuleMetrics {
    loaded: GaugeVec,
    reload_timestamp: Gauge,
    reload_failures: Counter,
    policies_unusable: Gauge,
    ruleset: GaugeVec,
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
            lost: metrics.counter(
                "detector_lost_records_total",
                "Offsets of okta.events that retention took before they were judged.",
            )?,
            dead_letters: metrics.dead_letters()?,
            latency: metrics
                .pipeline_latency()?
                .with_label_values(&["ingest_to_detect"]),
        })
    }

    pub(crate) fn judged(&self, event_type: &str, result: &str, count: u64) {
        self.events
            .with_label_values(&[event_type, result])
            .inc_by(count);
    }

    pub(crate) fn matched(&self, rule: &str, policy: &str, severity: u8) {
        let severity = severity.to_string();
        self.matches
            .with_label_values(&[rule, policy, &severity])
            .inc();
    }

    pub(crate) fn repeated(&self, rule: &str) {
        self.suppressed.with_label_values(&[rule, "repeat"]).inc();
    }

    pub(crate) fn dead_letter(&self, reason: &str) {
        self.dead_letters
            .with_label_values(&["detector", reason])
            .inc();
    }

    pub(crate) fn lost(&self, records: u64) {
        self.lost.inc_by(records);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^52"
    )]
    pub(crate) fn latency(&self, received_ms: i64, now_ms: i64) {
        self.latency
            .observe((now_ms - received_ms).max(0) as f64 / 1000.0);
    }
}

impl RuleMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            loaded: metrics.gauge_vec(
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
            ruleset: metrics.gauge_vec(
                "detector_ruleset_info",
                "Always 1; the label tells the version of the rules that judge.",
                &["version"],
            )?,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rules")]
    pub(crate) fn loaded(&self, managed: usize, custom: usize, unusable: usize, is_whole: bool) {
        self.loaded
            .with_label_values(&["managed"])
            .set(managed as f64);
        self.loaded
            .with_label_values(&["custom"])
            .set(custom as f64);
        if is_whole {
            self.policies_unusable.set(0.0);
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            self.reload_timestamp.set(now.as_secs_f64());
        } else {
            self.not_loaded(unusable);
        }
    }

    /// Says which rules judge.
    pub(crate) fn in_force(&self, version: &str) {
        self.ruleset.reset();
        self.ruleset.with_label_values(&[version]).set(1.0);
    }

    /// Counts a load with an error; `unusable` policies are left out.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 policies")]
    pub(crate) fn not_loaded(&self, unusable: usize) {
        self.policies_unusable.set(unusable as f64);
        self.reload_failures.inc();
    }
}
