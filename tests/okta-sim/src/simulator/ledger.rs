//! What tests ask afterwards: deliveries, requests by endpoint and answer, and what clients have shown
//! or were given that nobody else must see.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

use super::endpoint::Endpoint;

/// The records that are kept one by one; counts go on for ever.
const REMEMBERED: usize = 10_000;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered with 2xx.
    Accepted,
    /// Failed for good, with the reason that the System Log has.
    Failed(String),
    /// Never sent.
    Lost,
    /// Never sent, for its hook was not active and verified any more.
    HookGone,
}

/// A delivery that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryRecord {
    /// The delivery's own id.
    pub event_id: Uuid,
    /// The hook it was for.
    pub hook_id: String,
    /// How many events it has.
    pub events: usize,
    /// How often it was sent.
    pub attempts: u8,
    /// What became of it.
    pub outcome: Outcome,
}

/// Counts of deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryCounts {
    /// Deliveries that were answered with 2xx.
    pub accepted: u64,
    /// Deliveries that failed for good.
    pub failed: u64,
    /// Deliveries that were never sent, by mishap.
    pub lost: u64,
    /// Deliveries that were never sent, for their hook was gone.
    pub hook_gone: u64,
    /// Deliveries that were made a second time.
    pub duplicated: u64,
    /// Calls that were second tries.
    pub retried: u64,
    /// Events that were never sent, for the day's quota was used up.
    pub events_over_quota: u64,
}

/// How often an endpoint gave an answer of a status; 0 is no answer at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestCount {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The status.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// What the org has logged of a client that uses much of a bucket
/// (`system.org.rate_limit.warning` and `.violation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitNotice {
    /// The endpoint's bucket.
    pub endpoint: Endpoint,
    /// Who uses it: `app:` or `token:` with an id, or `anonymous`.
    pub client: String,
    /// Whether requests were refused; else it is a warning.
    pub is_violation: bool,
}

/// A kind of [`Evidence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// An access token that the org has issued.
    AccessToken,
    /// An assertion by which a client has shown that it has a private key.
    ClientAssertion,
    /// A proof that a token, or a request for one, is a client's own (`DPoP`).
    Proof,
}

/// What lets a client in, as it was on the wire. A test can look for it where it must not be.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its text.
    pub text: String,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: DeliveryCounts,
    deliveries: VecDeque<DeliveryRecord>,
    requests: BTreeMap<(Endpoint, u16), u64>,
    notices: VecDeque<LimitNotice>,
    evidence: VecDeque<Evidence>,
}

impl Ledger {
    pub(crate) fn note_delivery(&self, record: DeliveryRecord) {
        let mut state = self.state.lock();
        let counts = &mut state.counts;
        match record.outcome {
            Outcome::Accepted => counts.accepted += 1,
            Outcome::Failed(_) => counts.failed += 1,
            Outcome::Lost => counts.lost += 1,
            Outcome::HookGone => counts.hook_gone += 1,
        }
        if record.attempts > 1 {
            counts.retried += 1;
        }
        remember(&mut state.deliveries, record);
    }

    pub(crate) fn note_duplicate(&self) {
        self.state.lock().counts.duplicated += 1;
    }

    pub(crate) fn note_over_quota(&self) {
        self.state.lock().counts.events_over_quota += 1;
    }

    pub(crate) fn note_request(&self, endpoint: Endpoint, status: u16) {
        let mut state = self.state.lock();
        *state.requests.entry((endpoint, status)).or_default() += 1;
    }

    pub(crate) fn note_limit(&self, notice: LimitNotice) {
        remember(&mut self.state.lock().notices, notice);
    }

    pub(crate) fn limit_notices(&self) -> Vec<LimitNotice> {
        self.state.lock().notices.iter().cloned().collect()
    }

    pub(crate) fn note_evidence(&self, kind: EvidenceKind, text: &str) {
        let text = text.to_owned();
        remember(&mut self.state.lock().evidence, Evidence { kind, text });
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        self.state.lock().evidence.iter().cloned().collect()
    }

    pub(crate) fn counts(&self) -> DeliveryCounts {
        self.state.lock().counts
    }

    pub(crate) fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.state.lock().deliveries.iter().cloned().collect()
    }

    pub(crate) fn requests(&self) -> Vec<RequestCount> {
        let state = self.state.lock();
        let counts = state.requests.iter();
        counts
            .map(|(&(endpoint, status), &count)| RequestCount {
                endpoint,
                status,
                count,
            })
            .collect()
    }
}

/// Keeps one more, and the last ones only.
fn remember<T>(all: &mut VecDeque<T>, one: T) {
    if all.len() == REMEMBERED {
        all.pop_front();
    }
    all.push_back(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_remembered_and_the_rest_is_counted() {
        let ledger = Ledger::default();
        for number in 0..=REMEMBERED {
            ledger.note_evidence(EvidenceKind::Proof, &number.to_string());
            ledger.note_delivery(DeliveryRecord {
                event_id: Uuid::nil(),
                hook_id: number.to_string(),
                events: 1,
                attempts: 1,
                outcome: Outcome::Accepted,
            });
        }
        let (evidence, deliveries) = (ledger.evidence(), ledger.deliveries());
        assert_eq!((evidence.len(), deliveries.len()), (REMEMBERED, REMEMBERED));
        assert_eq!((&*evidence[0].text, &*deliveries[0].hook_id), ("1", "1"));
        assert_eq!(ledger.counts().accepted, REMEMBERED as u64 + 1);
        assert!(!format!("{:?}", evidence[0]).contains('1'));
    }
}
