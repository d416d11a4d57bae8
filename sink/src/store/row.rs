//! From a record of the topic to a row: decoded, checked, its words found. Slow work that needs no
//! database.

use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::{CodecError, RuntimeEvent, decode};
use uuid::Uuid;

use super::body;
use crate::search::{KeyKind, SearchText, ip_bytes, ip_digits};

/// A runtime event, ready to be written.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) event: RuntimeEvent,
    pub(super) id: Uuid,
    pub(super) ip: Option<[u8; 16]>,
    pub(super) text: SearchText,
    /// The record's value, packed.
    pub(super) body: Vec<u8>,
    pub(super) arrival: Arrival,
}

/// Where and when a record stood on its topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp_ms: i64,
}

/// A record that is no runtime event.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) record: Stored,
    /// For metrics: a word out of few.
    pub(crate) reason: &'static str,
    /// For people: a sentence.
    pub(crate) problem: String,
}

/// Makes a record a row, or says why it can't be one.
pub(crate) fn row(record: Stored) -> Result<Row, Box<Refused>> {
    match event(&record) {
        Ok((event, id)) => {
            let ip = client_address(&event);
            let text = search_text(&event);
            let Stored {
                partition,
                offset,
                timestamp_ms,
                record,
            } = record;
            let arrival = Arrival {
                partition,
                offset,
                timestamp_ms,
            };
            Ok(Row {
                event,
                id,
                ip,
                text,
                body: body::pack(&record.value),
                arrival,
            })
        }
        Err((reason, problem)) => Err(Box::new(Refused {
            record,
            reason,
            problem,
        })),
    }
}

fn event(record: &Stored) -> Result<(RuntimeEvent, Uuid), (&'static str, String)> {
    let value = &record.record.value;
    if value.is_empty() {
        return Err((
            "tombstone",
            "it has no value, and runtime events are never deleted".into(),
        ));
    }
    let event: RuntimeEvent = decode(value).map_err(|error| {
        let reason = match error {
            CodecError::UnknownSchema(_) => "unknown_schema",
            _ => "undecodable",
        };
        (reason, format!("it is no runtime event: {error}"))
    })?;
    let id = Uuid::parse_str(&event.id).map_err(|error| {
        (
            "bad_id",
            format!("its id {:?} is no UUID: {error}", event.id),
        )
    })?;
    Ok((event, id))
}

/// Returns the address that an event's client had.
fn client_address(event: &RuntimeEvent) -> Option<[u8; 16]> {
    let client = event.client.as_ref();
    let text = client.and_then(|client| client.ip.as_deref());
    text.and_then(|ip| ip.trim().parse().ok()).map(ip_bytes)
}

/// Returns all that an event is found by.
pub(super) fn search_text(event: &RuntimeEvent) -> SearchText {
    let mut text = SearchText::new();
    add_words(&mut text, event);
    add_keys(&mut text, event);
    text
}

fn add_words(text: &mut SearchText, event: &RuntimeEvent) {
    let RuntimeEvent {
        policy,
        rule,
        source,
        integration,
        org,
        output,
        ..
    } = event;
    for value in [
        &policy.id,
        &policy.name,
        &rule.name,
        source,
        integration,
        org,
        output,
    ] {
        text.add(value);
    }
    rule.tags
        .iter()
        .chain(&rule.attack)
        .for_each(|value| text.add(value));
    match event.event.as_ref().and_then(|event| event.raw.as_deref()) {
        Some(raw) => text.add_json(raw),
        None => add_extract(text, event),
    }
}

fn add_keys(text: &mut SearchText, event: &RuntimeEvent) {
    let ip = client_address(event);
    let actor = event.actor.as_ref();
    let client = event.client.as_ref();
    let of_event = event.event.as_ref();
    let keys = [
        (KeyKind::Severity, Some(event.severity.to_string())),
        (KeyKind::Policy, Some(event.policy.id.clone())),
        (KeyKind::Policy, Some(event.policy.name.clone())),
        (KeyKind::Rule, Some(event.rule.name.clone())),
        (KeyKind::Actor, actor.and_then(|actor| actor.id.clone())),
        (KeyKind::Actor, actor.and_then(|actor| actor.login.clone())),
        (KeyKind::Ip, ip.map(ip_digits)),
        (
            KeyKind::EventType,
            of_event.and_then(|event| event.event_type.clone()),
        ),
        (KeyKind::Integration, Some(event.integration.clone())),
        (KeyKind::Integration, Some(event.org.clone())),
        (
            KeyKind::Country,
            client.and_then(|client| client.country.clone()),
        ),
    ];
    for (kind, value) in keys {
        if let Some(value) = value {
            text.add_key(kind, &value);
        }
    }
    add_further_keys(text, event);
}

/// Adds what only the search box can be asked for.
fn add_further_keys(text: &mut SearchText, event: &RuntimeEvent) {
    for tag in &event.rule.tags {
        text.add_key(KeyKind::Tag, tag);
    }
    for technique in &event.rule.attack {
        text.add_key(KeyKind::Attack, technique);
        // A technique finds what its sub-techniques find.
        if let Some((parent, _)) = technique.split_once('.') {
            text.add_key(KeyKind::Attack, parent);
        }
    }
    for target in &event.targets {
        let values = [&target.id, &target.login, &target.name];
        for value in values.into_iter().flatten() {
            text.add_key(KeyKind::Target, value);
        }
    }
    let system = event.client.as_ref().and_then(|client| client.as_number);
    if let Some(system) = system {
        text.add_key(KeyKind::Asn, &system.to_string());
    }
    let outcome = event.outcome.as_ref();
    if let Some(result) = outcome.and_then(|outcome| outcome.result.as_deref()) {
        text.add_key(KeyKind::Outcome, result);
    }
}

/// Adds what the record itself tells of an event that it does not carry whole.
fn add_extract(text: &mut SearchText, event: &RuntimeEvent) {
    for entity in event.actor.iter().chain(&event.targets) {
        let values = [&entity.id, &entity.kind, &entity.login, &entity.name];
        values
            .into_iter()
            .flatten()
            .for_each(|value| text.add(value));
    }
    if let Some(client) = &event.client {
        let values = [
            &client.ip,
            &client.user_agent,
            &client.device,
            &client.city,
            &client.state,
            &client.country,
            &client.as_org,
        ];
        values
            .into_iter()
            .flatten()
            .for_each(|value| text.add(value));
    }
    if let Some(outcome) = &event.outcome {
        [&outcome.result, &outcome.reason]
            .into_iter()
            .flatten()
            .for_each(|value| text.add(value));
    }
    if let Some(event) = &event.event {
        text.add(&event.uuid);
        event.event_type.iter().for_each(|value| text.add(value));
    }
    event
        .fields
        .values()
        .flatten()
        .for_each(|json| text.add_json(json));
}
