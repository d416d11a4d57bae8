//! What Prometheus is told of the calls to orgs.

use std::sync::Arc;

use nightlatch_chassis::metrics::{CounterVec, GaugeVec, Metrics, MetricsError};
use reqwest::header::HeaderMap;

use super::Bucket;
use super::rates::remaining;

/// The code of a call that was not answered whole.
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
                 the answer; none: there was no whole answer.",
                &["integration", "endpoint", "code"],
            )?,
            remaining: metrics.gauge_vec(
                "okta_api_rate_limit_remaining",
                "How many calls Okta had left for the org when it last answered, others' included.",
                &["integration", "endpoint"],
            )?,
        })
    }

    /// Says no more of what Okta has left for an integration that is another replica's now, or gone.
    pub(crate) fn leave(&self, integration: &str) {
        for bucket in Bucket::ALL {
            let labels = [integration, bucket.word()];
            // It may never have been told of.
            drop(self.remaining.remove_label_values(&labels));
        }
    }
}

impl Calls {
    pub(crate) fn of(integration: &str, metrics: &Arc<CallMetrics>) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            integration: integration.to_owned(),
        }
    }

    /// A call begins.
    pub(super) const fn begin(&self, bucket: Bucket) -> UnderWay<'_> {
        UnderWay {
            calls: self,
            endpoint: bucket.word(),
            code: None,
        }
    }
}

/// A call under way. It is counted when this is dropped: Okta counts those, too, that we break off.
pub(super) struct UnderWay<'a> {
    calls: &'a Calls,
    endpoint: &'static str,
    code: Option<u16>,
}

impl UnderWay<'_> {
    /// The answer is there, whole.
    pub(super) fn answered(mut self, status: u16, headers: &HeaderMap) {
        self.code = Some(status);
        if let Some(left) = remaining(headers) {
            let labels = [self.calls.integration.as_str(), self.endpoint];
            let gauge = &self.calls.metrics.remaining;
            gauge.with_label_values(&labels).set(f64::from(left));
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let code = self.code.map(|code| code.to_string());
        let code = code.as_deref().unwrap_or(NO_ANSWER);
        let labels = [self.calls.integration.as_str(), self.endpoint, code];
        self.calls.metrics.made.with_label_values(&labels).inc();
    }
}
