//! Puts events on `okta.events`, and what is none on `okta.dead-letters`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nightlatch_chassis::topic::{Log, Output, Place, Record, TopicError};
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, dead_letter};
use nightlatch_schemas::{EVENT, OktaEvent, Origin, encode, event_uuid};

use crate::Integration;
use crate::event::Candidate;
use crate::metrics::IngestMetrics;

/// Candidates ready to be appended.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    outputs: Vec<Output>,
    events: Vec<Taken>,
    dead_letters: usize,
}

#[derive(Debug)]
struct Taken {
    event_type: Option<String>,
    published: Option<i64>,
}

/// What was made durable.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// Where the events are.
    pub(crate) places: Vec<Place>,
    pub(crate) dead_letters: usize,
}

impl Parcel {
    /// Adds a candidate: an event, or a dead letter when it is none.
    pub(crate) fn add(
        &mut self,
        integration: &Integration,
        candidate: Candidate<'_>,
        origin: Origin,
        received: i64,
    ) {
        let key = integration.id.as_bytes().to_vec();
        let Candidate { raw, refusal, uuid, event_type, published } = candidate;
        let reason = match (refusal, std::str::from_utf8(raw)) {
            (Some(reason), _) => reason,
            (None, Err(error)) => error.to_string(),
            (None, Ok(text)) => {
                let event = OktaEvent {
                    kind: EVENT.to_owned(),
                    integration: integration.id.clone(),
                    org: integration.domain.clone(),
                    uuid: uuid.unwrap_or_else(|| event_uuid(text).to_string()),
                    event_type,
                    published,
                    received,
                    origin: origin.as_str().to_owned(),
                    raw: text.to_owned(),
                    complete_to: None,
                };
                match encode(&event) {
                    Ok(value) => {
                        let record = Record { key, headers: Vec::new(), value };
                        // Events stand before dead letters, so that places are theirs.
                        self.outputs.insert(self.events.len(), Output { topic: OKTA_EVENTS, record });
                        self.events.push(Taken { event_type: event.event_type, published });
                        return;
                    }
                    Err(error) => error.to_string(),
                }
            }
        };
        self.outputs.push(Output { topic: DEAD_LETTERS, record: refused(key, raw, &reason) });
        self.dead_letters += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Returns when all of it is durable.
    ///
    /// # Errors
    /// When it is not within `timeout`; it may become so later.
    pub(crate) async fn publish(
        self,
        log: &Log,
        integration: &Integration,
        received: i64,
        timeout: Duration,
        metrics: &IngestMetrics,
    ) -> Result<Published, TopicError> {
        let appended = tokio::time::timeout(timeout, log.append(self.outputs)).await;
        let mut places = appended.unwrap_or_else(|_| {
            Err(TopicError::NotDurable(format!("not within {} ms", timeout.as_millis())))
        })?;
        places.truncate(self.events.len());
        for Taken { event_type, published } in &self.events {
            metrics.taken(&integration.name, event_type.as_deref());
            if let Some(published) = published {
                metrics.latency_from_okta(*published, received);
            }
        }
        if !self.events.is_empty() {
            metrics.last_event(&integration.name, received);
        }
        (0..self.dead_letters).for_each(|_| metrics.dead_letter());
        Ok(Published { places, dead_letters: self.dead_letters })
    }
}

fn refused(key: Vec<u8>, raw: &[u8], reason: &str) -> Record {
    let kept = raw.get(..dead_letter::MAX_BYTES).unwrap_or(raw);
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers = vec![
        header(dead_letter::REASON, reason),
        header(dead_letter::STAGE, "ingest"),
        header(dead_letter::SIZE, &raw.len().to_string()),
        header(dead_letter::TRUNCATED, if kept.len() < raw.len() { "true" } else { "false" }),
    ];
    Record { key, headers, value: kept.to_vec() }
}

/// Returns the time now in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
