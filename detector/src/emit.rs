//! Makes runtime events of detections.

use nightlatch_chassis::topic::{MAX_RECORD_BYTES, Output, Record, Stored};
use nightlatch_engine as engine;
use nightlatch_schemas::topics::{DEAD_LETTERS, OKTA_EVENTS, RUNTIME_EVENTS, dead_letter};
use nightlatch_schemas::{
    Client, CodecError, Entity, Event, OktaEvent, Origin, Outcome, Policy, Rule, RuntimeEvent,
    encode, severity_label,
};
use uuid::Uuid;

/// A field's or an output's text beyond this is cut when a runtime event would be too large for
/// its topic, in bytes.
const CUT_BYTES: usize = 16 * 1024;
/// Targets beyond this are cut then, too.
const CUT_TARGETS: usize = 50;
/// What a record needs besides its value.
const OVERHEAD_BYTES: usize = 4 * 1024;

/// An event on its way through the detector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) stored: &'a Stored,
    pub(crate) okta: &'a OktaEvent,
    pub(crate) event: &'a engine::Event<'a>,
}

/// Returns the runtime event of a detection as an output of the step.
pub(crate) fn output(
    id: Uuid,
    detection: &engine::Detection<'_>,
    input: Input<'_>,
    ruleset_version: &str,
    detected_at: i64,
) -> Result<Output, CodecError> {
    let mut event = runtime_event(id, detection, input, ruleset_version, detected_at);
    let mut value = encode(&event)?;
    if value.len() + OVERHEAD_BYTES > MAX_RECORD_BYTES {
        cut(&mut event);
        value = encode(&event)?;
    }
    let key = event.integration.into_bytes();
    Ok(Output { topic: RUNTIME_EVENTS, record: Record { key, headers: Vec::new(), value } })
}

/// Says whether an output fits its topic.
pub(crate) fn fits(output: &Output) -> bool {
    output.record.value.len() + OVERHEAD_BYTES <= MAX_RECORD_BYTES
}

fn runtime_event(
    id: Uuid,
    detection: &engine::Detection<'_>,
    Input { stored, okta, event }: Input<'_>,
    ruleset_version: &str,
    detected_at: i64,
) -> RuntimeEvent {
    let (policy, rule) = (detection.policy, detection.rule);
    RuntimeEvent {
        id: id.to_string(),
        integration: okta.integration.clone(),
        org: okta.org.clone(),
        occurred_at: okta.published.unwrap_or(okta.received),
        received_at: okta.received,
        detected_at,
        source: "okta".to_owned(),
        policy: Policy {
            id: policy.id().to_owned(),
            name: policy.name().to_owned(),
            kind: policy.kind().as_str().to_owned(),
            version: policy.version().to_owned(),
        },
        rule: Rule {
            name: rule.name().to_owned(),
            version: rule.version().to_owned(),
            tags: rule.tags().to_vec(),
            priority: rule.priority().to_string(),
            attack: rule.attack_ids(),
        },
        ruleset_version: ruleset_version.to_owned(),
        severity: i32::from(rule.severity()),
        severity_label: severity_label(rule.severity()).to_owned(),
        output: detection.output.clone(),
        fields: detection.fields.clone(),
        dedup_key: detection.dedup_key.clone(),
        actor: event.actor().map(entity),
        targets: event.targets().into_iter().map(entity).collect(),
        client: event.client().map(client),
        outcome: event.outcome().map(|outcome| Outcome {
            result: outcome.result,
            reason: outcome.reason,
        }),
        event: Some(Event {
            uuid: okta.uuid.clone(),
            event_type: okta.event_type.clone(),
            topic: OKTA_EVENTS.to_owned(),
            partition: stored.partition,
            offset: stored.offset,
            raw: (okta.raw.len() <= Event::MAX_RAW_BYTES).then(|| okta.raw.clone()),
        }),
        group_key: None,
        window: None,
        count: None,
        evidence: Vec::new(),
        test: okta.origin == Origin::Test.as_str(),
        staged: false,
        late: false,
        labels: std::collections::BTreeMap::new(),
    }
}

fn entity(entity: engine::Entity) -> Entity {
    Entity { id: entity.id, kind: entity.kind, login: entity.login, name: entity.name }
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

/// Makes a runtime event smaller: the event itself is still whole at its topic and offset.
fn cut(event: &mut RuntimeEvent) {
    event.targets.truncate(CUT_TARGETS);
    shorten(&mut event.output);
    for value in event.fields.values_mut().flatten() {
        if value.len() > CUT_BYTES {
            // Stays JSON, which a cut text would not be.
            *value = format!("\"<{} bytes left out>\"", value.len());
        }
    }
    let people = event.actor.iter_mut().chain(&mut event.targets);
    for text in people.flat_map(|who| [&mut who.id, &mut who.kind, &mut who.login, &mut who.name]) {
        text.iter_mut().for_each(shorten);
    }
    if let Some(client) = &mut event.client {
        let Client { ip, user_agent, device, city, state, country, as_org, .. } = client;
        for text in [ip, user_agent, device, city, state, country, as_org] {
            text.iter_mut().for_each(shorten);
        }
    }
    shorten(&mut event.dedup_key);
}

fn shorten(text: &mut String) {
    if text.len() > CUT_BYTES {
        text.truncate(text.floor_char_boundary(CUT_BYTES));
        text.push('…');
    }
}

/// Returns a record that could not be judged as a dead letter.
pub(crate) fn dead_letter(stored: &Stored, reason: &str) -> Output {
    let value = &stored.record.value;
    let kept = value.get(..dead_letter::MAX_BYTES).unwrap_or(value);
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers = vec![
        header(dead_letter::REASON, reason),
        header(dead_letter::STAGE, "detector"),
        header(dead_letter::SIZE, &value.len().to_string()),
        header(dead_letter::TRUNCATED, if kept.len() < value.len() { "true" } else { "false" }),
        header(dead_letter::SOURCE_TOPIC, OKTA_EVENTS),
        header(dead_letter::SOURCE_PARTITION, &stored.partition.to_string()),
        header(dead_letter::SOURCE_OFFSET, &stored.offset.to_string()),
    ];
    let record = Record { key: stored.record.key.clone(), headers, value: kept.to_vec() };
    Output { topic: DEAD_LETTERS, record }
}
