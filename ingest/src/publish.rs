//! Puts events on `okta.events`, and what is none on `okta.dead-letters`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nightlatch_chassis::topic::{Log, Output, Place, Record, TopicError};
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, dead_letter};
use nightlatch_schemas::{
    DeadLetter, EVENT, OktaEvent, Origin, PROGRESS, TraceParent, encode, event_uuid,
};

use crate::event::Candidate;
use crate::integration::activity::{Activity, Way};
use crate::metrics::IngestMetrics;
use crate::{Integration, trace};

/// Candidates ready to be appended.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// What brought them.
    trace: TraceParent,
    events: Vec<Output>,
    /// What metrics want to know of each of `events`.
    facts: Vec<Facts>,
    dead_letters: Vec<Output>,
    /// At most one, behind the events.
    progress: Vec<Output>,
}

#[derive(Debug)]
struct Facts {
    event_type: Option<String>,
    /// The way on which Okta itself sent it; none: somebody else did.
    okta: Option<Way>,
    /// Whether it tests the connection.
    is_test: bool,
    /// Of what came from Okta itself just now.
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
    /// Returns an empty one.
    pub(crate) const fn new(trace: TraceParent) -> Self {
        Self {
            trace,
            events: Vec::new(),
            facts: Vec::new(),
            dead_letters: Vec::new(),
            progress: Vec::new(),
        }
    }

    /// Adds a candidate: an event, or a dead letter when it is none.
    pub(crate) fn add(
        &mut self,
        integration: &Integration,
        candidate: Candidate<'_>,
        origin: Origin,
        received: i64,
    ) {
        let key = integration.id.as_bytes().to_vec();
        let raw = candidate.raw;
        match event(integration, candidate, origin, received) {
            Ok((value, facts)) => {
                let record = Record {
                    key,
                    headers: vec![trace::header(self.trace)],
                    value,
                };
                self.events.push(Output {
                    topic: OKTA_EVENTS,
                    record,
                });
                self.facts.push(facts);
            }
            Err(reason) => {
                let record = refused(key, raw, &reason);
                self.dead_letters.push(Output {
                    topic: DEAD_LETTERS,
                    record,
                });
            }
        }
    }

    /// Adds that the System Log is complete up to an instant (milliseconds since 1970) with the events
    /// before it.
    pub(crate) fn add_progress(
        &mut self,
        integration: &Integration,
        complete_to: i64,
        received: i64,
    ) {
        let progress = OktaEvent {
            kind: PROGRESS.to_owned(),
            integration: integration.id.clone(),
            org: integration.domain.clone(),
            uuid: String::new(),
            event_type: None,
            published: None,
            received,
            origin: Origin::Poll.as_str().to_owned(),
            raw: String::new(),
            complete_to: Some(complete_to),
        };
        match encode(&progress) {
            Ok(value) => {
                let record = Record {
                    key: integration.id.as_bytes().to_vec(),
                    headers: vec![trace::header(self.trace)],
                    value,
                };
                self.progress.push(Output {
                    topic: OKTA_EVENTS,
                    record,
                });
            }
            Err(error) => tracing::error!(%error, "a watermark has no form"),
        }
    }

    /// Returns why the first candidate that is no event is none.
    pub(crate) fn refusal(&self) -> Option<String> {
        let first = self.dead_letters.first()?;
        Some(DeadLetter::read(&first.record.headers).reason)
    }

    /// Whether Okta itself sent any of it.
    pub(crate) fn is_of_okta(&self) -> bool {
        self.facts.iter().any(|facts| facts.okta.is_some())
    }

    /// When the newest event was published that Okta's hook brought just now, in milliseconds since 1970.
    pub(crate) fn newest_published(&self) -> Option<i64> {
        self.facts.iter().filter_map(|facts| facts.published).max()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn len(&self) -> usize {
        self.events.len() + self.dead_letters.len() + self.progress.len()
    }

    /// Returns when all of it is durable.
    ///
    /// # Errors
    /// When it is not within `timeout`; it may become so later.
    pub(crate) async fn publish(
        mut self,
        log: &Log,
        integration: &Integration,
        received: i64,
        timeout: Duration,
        (metrics, activity): (&IngestMetrics, &Activity),
    ) -> Result<Published, TopicError> {
        let mut outputs = self.events;
        let (events, dead_letters) = (outputs.len(), self.dead_letters.len());
        outputs.append(&mut self.dead_letters);
        outputs.append(&mut self.progress);
        let appended = tokio::time::timeout(timeout, log.append(outputs)).await;
        let mut places = appended.unwrap_or_else(|_| {
            Err(TopicError::NotDurable(format!(
                "not within {} ms",
                timeout.as_millis()
            )))
        })?;
        places.truncate(events);
        for Facts {
            event_type,
            okta,
            published,
            ..
        } in &self.facts
        {
            metrics.event(&integration.name, event_type.as_deref());
            if let Some(way) = okta {
                activity.count(&integration.tenure, event_type.as_deref(), *way, received);
            }
            if let Some(published) = published {
                metrics.latency_from_okta(*published, received);
            }
        }
        // A test says nothing of whether Okta delivers.
        if self.facts.iter().any(|facts| !facts.is_test) {
            metrics.last_event(&integration.name, received);
        }
        metrics.dead_letters(dead_letters);
        Ok(Published {
            places,
            dead_letters,
        })
    }
}

/// Puts an event into its envelope. The error is why it is none.
fn event(
    integration: &Integration,
    candidate: Candidate<'_>,
    origin: Origin,
    received: i64,
) -> Result<(Vec<u8>, Facts), String> {
    let Candidate {
        raw,
        refusal,
        uuid,
        event_type,
        published,
    } = candidate;
    if let Some(reason) = refusal {
        return Err(reason);
    }
    let text = std::str::from_utf8(raw)
        .map_err(|error| format!("not JSON: invalid UTF-8 at byte {}", error.valid_up_to()))?;
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
    let value = encode(&event).map_err(|error| error.to_string())?;
    // What is imported was published long ago: it says nothing of Okta's latency.
    let published = published.filter(|_| origin == Origin::Hook);
    Ok((
        value,
        Facts {
            event_type: event.event_type,
            is_test: origin == Origin::Test,
            okta: Way::of(origin),
            published,
        },
    ))
}

fn refused(key: Vec<u8>, raw: &[u8], reason: &str) -> Record {
    let kept = raw.get(..dead_letter::MAX_BYTES).unwrap_or(raw);
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers = vec![
        header(dead_letter::REASON, reason),
        header(dead_letter::STAGE, "ingest"),
        header(dead_letter::SIZE, &raw.len().to_string()),
        header(
            dead_letter::TRUNCATED,
            if kept.len() < raw.len() {
                "true"
            } else {
                "false"
            },
        ),
    ];
    Record {
        key,
        headers,
        value: kept.to_vec(),
    }
}

/// Returns the time now in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
