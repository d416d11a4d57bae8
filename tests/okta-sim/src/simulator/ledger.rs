//! What tests ask afterwards: deliveries, and requests by endpoint and answer.

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

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: DeliveryCounts,
    deliveries: VecDeque<DeliveryRecord>,
    requests: BTreeMap<(Endpoint, u16), u64>,
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
        if state.deliveries.len() == REMEMBERED {
            state.deliveries.pop_front();
        }
        state.deliveries.push_back(record);
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
