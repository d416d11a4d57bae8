//! Making things happen in an org, and looking at what has happened.

use serde_json::{Map, Value};
use thiserror::Error;
use uuid::Uuid;

use super::options::LogOptions;
use super::running::Simulator;
use super::system_log::{Happening, LoggedEvent};
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
                added.push_str(&format!(r#""uuid":"{uuid}","#));
                uuid
            }
            Some(_) => text("uuid")
                .and_then(|uuid| uuid.parse().ok())
                .ok_or(EmitError::NoUuid)?,
        };
        let published_ms = match event.get("published") {
            None => {
                let now_ms = self.tenant.clock.now_ms();
                added.push_str(&format!(r#""published":"{}","#, rfc3339(now_ms)));
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

    /// Returns what is known of every event that ever happened, in that order.
    pub fn events(&self) -> Vec<LoggedEvent> {
        let mut log = self.tenant.log.lock();
        log.keep(self.tenant.lived_until_ms());
        log.all()
    }

    /// Returns how many events have happened.
    pub fn event_count(&self) -> usize {
        self.tenant.log.lock().len()
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
