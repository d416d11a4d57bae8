//! Makes runtime events of detections.

use std::collections::BTreeMap;

use nightlatch_chassis::topic::{MAX_RECORD_BYTES, Output, Record, Stored};
use nightlatch_engine as engine;
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, RUNTIME_EVENTS, dead_letter};
use nightlatch_schemas::{
    Client, Entity, Event, OktaEvent, Origin, Outcome, Policy, Rule, RuntimeEvent, encode,
    severity_label,
};
use uuid::Uuid;

use crate::cloud_event;

/// When a runtime event would be too large for its topic, texts beyond the first of these are cut,
/// then beyond the next, in bytes.
const CUTS: [usize; 3] = [16 * 1024, 1024, 64];
/// Targets beyond this are cut then, too.
const CUT_TARGETS: usize = 50;
/// What a dead letter keeps of its input's key and of the reason, in bytes.
const KEPT_KEY: usize = 64 * 1024;
const KEPT_REASON: usize = 1024;

/// What a log needs beside the name and the value of a header, in bytes.
const HEADER_BYTES: usize = 8;

/// An event on its way through the detector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) stored: &'a Stored,
    pub(crate) okta: &'a OktaEvent,
    pub(crate) event: &'a engine::Event<'a>,
}

/// Returns the runtime event of a detection as an output of the step. One that would be too large
/// for its topic is cut; the error is why even that does not do.
pub(crate) fn output(
    id: Uuid,
    detection: &engine::Detection<'_>,
    input: Input<'_>,
    ruleset_version: &str,
    detected_at: i64,
) -> Result<Output, String> {
    let mut event = runtime_event(id, detection, input, ruleset_version, detected_at);
    let headers = cloud_event::headers(&event, input.stored);
    let size = |(name, value): &(String, Vec<u8>)| name.len() + value.len() + HEADER_BYTES;
    let beside = event.integration.len() + headers.iter().map(size).sum::<usize>();
    let mut cuts = CUTS.into_iter();
    loop {
        let value = encode(&event).map_err(|error| error.to_string())?;
        let bytes = beside + value.len();
        if bytes <= MAX_RECORD_BYTES {
            let record = Record {
                key: event.integration.into_bytes(),
                headers,
                value,
            };
            return Ok(Output {
                topic: RUNTIME_EVENTS,
                record,
            });
        }
        let Some(limit) = cuts.next() else {
            return Err(format!(
                "its runtime event has {bytes} bytes, over {MAX_RECORD_BYTES}"
            ));
        };
        cut(&mut event, limit);
    }
}

fn runtime_event(
    id: Uuid,
    detection: &engine::Detection<'_>,
    Input {
        stored,
        okta,
        event,
    }: Input<'_>,
    ruleset_version: &str,
    detected_at: i64,
) -> RuntimeEvent {
    let rule = detection.rule;
    RuntimeEvent {
        id: id.to_string(),
        integration: okta.integration.clone(),
        org: okta.org.clone(),
        occurred_at: okta.published.unwrap_or(okta.received),
        received_at: okta.received,
        detected_at,
        source: "okta".to_owned(),
        policy: policy(detection.policy),
        rule: self::rule(rule),
        ruleset_version: ruleset_version.to_owned(),
        severity: i32::from(rule.severity()),
        severity_label: severity_label(rule.severity()).to_owned(),
        output: detection.output.clone(),
        fields: detection.fields.clone(),
        dedup_key: detection.dedup_key.clone(),
        actor: event.actor().map(entity),
        targets: event.targets().into_iter().map(entity).collect(),
        client: event.client().map(client),
        outcome: event.outcome().map(outcome),
        event: Some(cause(stored, okta)),
        group_key: None,
        window: None,
        count: None,
        evidence: Vec::new(),
        test: okta.origin == Origin::Test.as_str(),
        staged: false,
        late: false,
        labels: BTreeMap::new(),
    }
}

fn policy(policy: &engine::Policy) -> Policy {
    Policy {
        id: policy.id().to_owned(),
        name: policy.name().to_owned(),
        kind: policy.kind().as_str().to_owned(),
        version: policy.version().to_owned(),
    }
}

fn rule(rule: &engine::Rule) -> Rule {
    Rule {
        name: rule.name().to_owned(),
        version: rule.version().to_owned(),
        tags: rule.tags().to_vec(),
        priority: rule.priority().to_string(),
        attack: rule.attack_ids(),
    }
}

fn outcome(outcome: engine::Outcome) -> Outcome {
    Outcome {
        result: outcome.result,
        reason: outcome.reason,
    }
}

fn cause(stored: &Stored, okta: &OktaEvent) -> Event {
    Event {
        uuid: okta.uuid.clone(),
        event_type: okta.event_type.clone(),
        topic: OKTA_EVENTS.to_owned(),
        partition: stored.partition,
        offset: stored.offset,
        raw: (okta.raw.len() <= Event::MAX_RAW_BYTES).then(|| okta.raw.clone()),
    }
}

fn entity(entity: engine::Entity) -> Entity {
    Entity {
        id: entity.id,
        kind: entity.kind,
        login: entity.login,
        name: entity.name,
    }
}

fn client(client: engine::Client) -> Client {
    Client {
        ip: client.ip,
        user_agent: client.user_agent,
        device: client.device,
        city: client.city,
        state: client.state,
        country: client.country,
        latitude: client.lat,
        longitude: client.lon,
        as_number: client.as_number,
        as_org: client.as_org,
        is_proxy: client.is_proxy,
    }
}

/// Cuts texts beyond `limit` bytes: the event itself is still whole at its topic and offset.
fn cut(event: &mut RuntimeEvent, limit: usize) {
    event.targets.truncate(CUT_TARGETS);
    for value in event.fields.values_mut().flatten() {
        if value.len() > limit {
            // Stays JSON, which a cut text would not be.
            *value = format!("\"<{} bytes left out>\"", value.len());
        }
    }
    let shorten =
        |text: &mut Option<String>| text.iter_mut().for_each(|text| cut_text(text, limit));
    for who in event.actor.iter_mut().chain(&mut event.targets) {
        [&mut who.id, &mut who.kind, &mut who.login, &mut who.name]
            .into_iter()
            .for_each(shorten);
    }
    if let Some(client) = &mut event.client {
        let Client {
            ip,
            user_agent,
            device,
            city,
            state,
            country,
            as_org,
            ..
        } = client;
        [ip, user_agent, device, city, state, country, as_org]
            .into_iter()
            .for_each(shorten);
    }
    if let Some(outcome) = &mut event.outcome {
        [&mut outcome.result, &mut outcome.reason]
            .into_iter()
            .for_each(shorten);
    }
    cut_text(&mut event.output, limit);
    cut_text(&mut event.dedup_key, limit);
}

fn cut_text(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
}

/// Returns a record that could not be judged as a dead letter. It always fits its topic: a step
/// with one that does not would abort for ever.
pub(crate) fn dead_letter(stored: &Stored, reason: &str) -> Output {
    let (key, value) = (&stored.record.key, &stored.record.value);
    let kept = value.get(..dead_letter::MAX_BYTES).unwrap_or(value);
    let mut reason = reason.to_owned();
    cut_text(&mut reason, KEPT_REASON);
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers = vec![
        header(dead_letter::REASON, &reason),
        header(dead_letter::STAGE, "detector"),
        header(dead_letter::SIZE, &value.len().to_string()),
        header(
            dead_letter::TRUNCATED,
            if kept.len() < value.len() {
                "true"
            } else {
                "false"
            },
        ),
        header(dead_letter::SOURCE_TOPIC, OKTA_EVENTS),
        header(dead_letter::SOURCE_PARTITION, &stored.partition.to_string()),
        header(dead_letter::SOURCE_OFFSET, &stored.offset.to_string()),
    ];
    let key = key.get(..KEPT_KEY).unwrap_or(key).to_vec();
    Output {
        topic: DEAD_LETTERS,
        record: Record {
            key,
            headers,
            value: kept.to_vec(),
        },
    }
}
