//! Making things happen in an org, and looking at what has happened.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;
use uuid::Uuid;

use super::daily_life::Pace;
use super::endpoint::Endpoint;
use super::ledger::{DeliveryCounts, DeliveryRecord, Evidence, LimitNotice, RequestCount};
use super::options::{LogOptions, Mishaps};
use super::running::Simulator;
use super::system_log::{Happening, LoggedEvent};
use crate::attack::Scenario;
use crate::draft::rfc3339;
use crate::traffic::SimEvent;

/// Why something can not happen.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EmitError {
    /// The text is no event.
    #[error("the event is no JSON object; give one in the shape of Okta's LogEvent")]
    NoObject,
    /// The type is missing.
    #[error("the event has no eventType; give one, such as user.session.start")]
    NoType,
    /// The id is none.
    #[error("the event's uuid is no UUID; leave it out to be given one")]
    NoUuid,
    /// The time is none.
    #[error("the event's published is no time; leave it out to have it published now")]
    NoTime,
}

impl Simulator {
    /// Lets an event happen, as JSON in the shape that hooks deliver. It is given a `uuid` and is
    /// `published` now unless it says otherwise; nothing else of it is changed. Returns its id.
    pub fn emit(&self, json: &str) -> Result<Uuid, EmitError> {
        let event: Map<String, Value> =
            serde_json::from_str(json).map_err(|_| EmitError::NoObject)?;
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let event_type = text("eventType").ok_or(EmitError::NoType)?;
        let mut added = String::new();
        let uuid = match event.get("uuid") {
            None => {
                let uuid = Uuid::new_v4();
                added = format!(r#""uuid":"{uuid}","#);
                uuid
            }
            Some(_) => text("uuid")
                .and_then(|uuid| uuid.parse().ok())
                .ok_or(EmitError::NoUuid)?,
        };
        let published_ms = match event.get("published") {
            None => {
                let now_ms = self.tenant.clock.now_ms();
                added = format!(r#"{added}"published":"{}","#, rfc3339(now_ms));
                now_ms
            }
            Some(_) => text("published")
                .and_then(|at| at.parse().ok())
                .map(jiff::Timestamp::as_millisecond)
                .ok_or(EmitError::NoTime)?,
        };
        let json = json.trim_start().strip_prefix('{').unwrap_or_default();
        self.tenant.take(&Happening {
            uuid,
            event_type,
            published_ms,
            json: &format!("{{{added}{json}"),
        });
        Ok(uuid)
    }

    /// Lets an event of [`Traffic`](crate::Traffic) happen.
    pub fn happen(&self, event: &SimEvent) {
        self.tenant.happen(event);
    }

    /// Returns what is known of every event that ever happened, in that order; of the last
    /// [`Options::remembered`](super::options::Options::remembered) ones when there were more.
    pub fn events(&self) -> Vec<LoggedEvent> {
        let mut log = self.tenant.log.lock();
        log.keep(self.tenant.lived_until_ms());
        log.all()
    }

    /// Returns how many events have ever happened.
    pub fn event_count(&self) -> usize {
        self.tenant.log.lock().len()
    }

    /// Sets the pace of daily life: events in a second of simulated time; zero is an org at rest.
    pub fn set_pace(&self, events_per_second: f64) {
        let now_ms = self.tenant.clock.now_ms();
        *self.tenant.pace.lock() = Pace::new(events_per_second, now_ms);
        self.tenant.lived_ms.store(now_ms, Ordering::Release);
    }

    /// Starts an attack now; its events happen as they fall due in simulated time.
    pub fn attack(&self, scenario: Scenario) {
        let now_ms = self.tenant.clock.now_ms();
        self.tenant.traffic.lock().attack(scenario, now_ms);
    }

    /// Waits until everything has happened that has been due up to now, and every delivery of it
    /// that is not held back has landed.
    pub async fn settle(&self) {
        let until_ms = self.tenant.clock.now_ms();
        loop {
            let has_lived = self.tenant.lived_ms.load(Ordering::Acquire) > until_ms;
            if has_lived && self.tenant.outbox.has_landed(until_ms) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Returns how deliveries went.
    pub fn delivery_counts(&self) -> DeliveryCounts {
        self.tenant.ledger.counts()
    }

    /// Returns the deliveries that were over last, ten thousand at most.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.tenant.ledger.deliveries()
    }

    /// Changes what goes wrong with deliveries from now on.
    pub fn set_mishaps(&self, mishaps: Mishaps) {
        self.tenant.outbox.set_mishaps(mishaps);
    }

    /// Returns how many events of the day's quota hooks have used.
    pub fn quota_used(&self) -> u64 {
        self.tenant.outbox.quota_used()
    }

    /// Sets how many events of the day's quota have been used, as if by other hooks.
    pub fn use_quota(&self, events: u64) {
        let now_ms = self.tenant.clock.now_ms();
        self.tenant.outbox.use_quota(events, now_ms);
    }

    /// Returns how often each endpoint gave each answer.
    pub fn requests(&self) -> Vec<RequestCount> {
        self.tenant.ledger.requests()
    }

    /// Returns how often an endpoint gave an answer of a status; 0 is no answer at all.
    pub fn request_count(&self, endpoint: Endpoint, status: u16) -> u64 {
        let counts = self.requests().into_iter();
        counts
            .filter(|count| (count.endpoint, count.status) == (endpoint, status))
            .map(|count| count.count)
            .sum()
    }

    /// Returns what the org has logged of its clients' use of buckets, the last ten thousand at most.
    pub fn limit_notices(&self) -> Vec<LimitNotice> {
        self.tenant.ledger.limit_notices()
    }

    /// Returns what the org has issued or was shown last that lets a client in, ten thousand at most:
    /// access tokens, assertions and proofs, those of requests that came to nothing included.
    pub fn evidence(&self) -> Vec<Evidence> {
        self.tenant.ledger.evidence()
    }

    /// Sets how late the System Log is with events that happen from now on.
    pub fn set_log_options(&self, options: LogOptions) {
        self.tenant.log.lock().set_options(options);
    }

    /// Makes every cursor (`next` link) of the System Log invalid that was given out so far.
    pub fn forget_cursors(&self) {
        self.tenant.log.lock().forget_cursors();
    }
}
