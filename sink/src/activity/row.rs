//! From a record of `okta.events` to a row: decoded, checked, its words found. Slow work that needs
//! no database.

use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::{CodecError, EVENT, OktaEvent, decode};
use uuid::Uuid;

use super::facts::Facts;
use super::key;
use crate::search::{SearchText, ip_bytes};
use crate::store::{Refused, body};

/// How far ahead of its arrival an event may have occurred; one further ahead stands there.
const MAX_AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

/// An event of Okta, ready to be written.
#[derive(Debug)]
pub(crate) struct Row {
    pub(super) id: Uuid,
    /// When it was published; received, when that is not known.
    pub(super) occurred_at: i64,
    pub(super) received_at: i64,
    pub(super) integration: String,
    pub(super) org: String,
    pub(super) origin: String,
    pub(super) event_type: Option<String>,
    pub(super) facts: Facts,
    pub(super) ip: Option<[u8; 16]>,
    pub(super) text: SearchText,
    /// Its JSON, packed.
    pub(super) body: Vec<u8>,
    pub(super) partition: i32,
    pub(super) offset: i64,
}

/// What a record of the topic is to the activity.
#[derive(Debug)]
pub(super) enum Taken {
    Row(Box<Row>),
    /// It occurred before all that is kept.
    TooOld,
    /// It is no event: a mark of progress, or of a kind that is not known yet.
    OfAnotherKind,
}

/// Makes a record a row, or says why it can't be one. Events before `oldest` are not kept.
pub(super) fn row(record: Stored, oldest: i64) -> Result<Taken, Box<Refused>> {
    let event = match event(&record.record.value) {
        Ok(event) => event,
        Err((reason, problem)) => {
            return Err(Box::new(Refused {
                record,
                reason,
                problem,
            }));
        }
    };
    if event.kind != EVENT {
        return Ok(Taken::OfAnotherKind);
    }
    let latest = record.timestamp_ms.saturating_add(MAX_AHEAD_MS);
    let occurred_at = event.published.unwrap_or(event.received).min(latest);
    if occurred_at < oldest {
        return Ok(Taken::TooOld);
    }
    Ok(Taken::Row(Box::new(make(&record, event, occurred_at))))
}

fn make(record: &Stored, event: OktaEvent, occurred_at: i64) -> Row {
    let facts = Facts::read(&event.raw);
    let ip = facts.ip.as_deref();
    let ip = ip.and_then(|ip| ip.trim().parse().ok()).map(ip_bytes);
    let mut text = SearchText::new();
    text.add_json(&event.raw);
    text.add(&event.integration);
    text.add(&event.org);
    let mut row = Row {
        id: event_id(&event.uuid),
        occurred_at,
        received_at: event.received,
        integration: event.integration,
        org: event.org,
        origin: event.origin,
        event_type: event.event_type,
        facts,
        ip,
        text,
        body: body::pack(event.raw.as_bytes()),
        partition: record.partition,
        offset: record.offset,
    };
    for word in key::words(&row) {
        row.text.add_made_key(&word);
    }
    row
}

fn event(value: &[u8]) -> Result<OktaEvent, (&'static str, String)> {
    if value.is_empty() {
        let problem = "it has no value, and events are never deleted";
        return Err(("tombstone", problem.to_owned()));
    }
    decode(value).map_err(|error| {
        let reason = match error {
            CodecError::UnknownSchema(_) => "unknown_schema",
            _ => "undecodable",
        };
        (reason, format!("it is no event of Okta: {error}"))
    })
}

/// Returns the key of an event: its uuid, or one made of a text that is none.
pub(super) fn event_id(uuid: &str) -> Uuid {
    let is_canonical = |id: &Uuid| id.hyphenated().to_string() == uuid;
    Uuid::parse_str(uuid)
        .ok()
        .filter(is_canonical)
        .unwrap_or_else(|| Uuid::new_v5(&Uuid::nil(), uuid.as_bytes()))
}
