//! What Prometheus is told of the calls to orgs.

use std::sync::Arc;

use nightlatch_chassis::metrics::{CounterVec, GaugeVec, Metrics, MetricsError};
use reqwest::header::HeaderMap;

use super::Bucket;
use super::rates::remaining;

/// The code of a call that was not answered.
const NO_ANSWER: &str = "none";

/// The metrics of all calls.
#[derive(Debug)]
pub(crate) struct CallMetrics {
    made: CounterVec,
    remaining: GaugeVec,
}

/// Counts the calls of one integration.
#[derive(Debug)]
pub(crate) struct Calls {
    metrics: Arc<CallMetrics>,
    integration: String,
}

impl CallMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, MetricsError> {
        Ok(Self {
            made: metrics.counter_vec(
                "okta_api_requests_total",
                "Calls to Okta by endpoint (token, event_hooks, system_log, organization) and the code of \
                 the answer; none: there was none.",
                &["integration", "endpoint", "code"],
            )?,
            remaining: metrics.gauge_vec(
                "okta_api_rate_limit_remaining",
                "How many calls Okta had left for the org when it last answered, others' included.",
                &["integration", "endpoint"],
            )?,
        })
    }
}

impl Calls {
    pub(crate) fn of(integration: &str, metrics: &Arc<CallMetrics>) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            integration: integration.to_owned(),
        }
    }

    /// Notes a call that was made, and its answer if there was one.
    pub(super) fn note(&self, bucket: Bucket, answer: Option<(u16, &HeaderMap)>) {
        let (integration, endpoint) = (self.integration.as_str(), bucket.word());
        let code = answer.map_or_else(|| NO_ANSWER.to_owned(), |(status, _)| status.to_string());
        let labels = [integration, endpoint, code.as_str()];
        self.metrics.made.with_label_values(&labels).inc();
        if let Some(left) = answer.and_then(|(_, headers)| remaining(headers)) {
            let gauge = &self.metrics.remaining;
            gauge
                .with_label_values(&[integration, endpoint])
                .set(f64::from(left));
        }
    }
}
