//! Detections as the managed rules would make them, of events that they need not match: the store asks
//! what a detection says, not whether it is true.

use std::collections::BTreeMap;

use nightlatch_okta_sim::SimEvent;
use nightlatch_schemas::topics::OKTA_EVENTS;
use nightlatch_schemas::{
    Client, Entity, Event, Outcome, Policy, Rule, RuntimeEvent, runtime_event_id, severity_label,
};
use serde_json::Value;

use crate::managed;
use crate::orgs::Tenant;

/// The fields that a rule's condition and output name, each with where it stands in an event.
const FIELDS: [(&str, &str); 8] = [
    ("okta.evt.type", "/eventType"),
    ("okta.actor.alternateid", "/actor/alternateId"),
    ("okta.actor.type", "/actor/type"),
    ("okta.client.ip", "/client/ipAddress"),
    (
        "okta.client.geo.country",
        "/client/geographicalContext/country",
    ),
    ("okta.outcome", "/outcome/result"),
    ("okta.reason", "/outcome/reason"),
    ("okta.security.isproxy", "/securityContext/isProxy"),
];

/// The rules as they ship.
pub(crate) struct Rules(Vec<Known>);

/// A rule with its policy.
pub(crate) struct Known {
    policy: Policy,
    rule: Rule,
    severity: u8,
}

impl Rules {
    pub(crate) fn as_shipped() -> anyhow::Result<Self> {
        let ruleset = managed::as_shipped()?;
        let mut all = Vec::new();
        for policy in ruleset.policies() {
            all.extend(policy.rules().iter().map(|rule| Known {
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
                severity: rule.severity(),
            }));
        }
        Ok(Self(all))
    }

    /// Returns the rule of the n-th detection: as it is with rules, a few of them fire most often.
    pub(crate) fn nth(&self, n: usize) -> Option<&Known> {
        // Fibonacci hashing: any order will do that is none.
        let chance = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 1000;
        self.0
            .get(chance * chance * chance * self.0.len() / 1_000_000_000)
    }
}

impl Known {
    /// Returns the rule's detection of an event.
    pub(crate) fn detect(&self, tenant: &Tenant, event: SimEvent) -> RuntimeEvent {
        let Self {
            policy,
            rule,
            severity,
        } = self;
        let read: Value = serde_json::from_str(&event.json).unwrap_or_default();
        let actor = read.get("actor").map(entity);
        let login = actor.as_ref().and_then(|actor| actor.login.clone());
        let login = login.unwrap_or_default();
        let fields =
            FIELDS.map(|(name, at)| (name.to_owned(), read.pointer(at).map(Value::to_string)));
        let ip = text(&read, "/client/ipAddress").unwrap_or_default();
        let id = runtime_event_id(&tenant.integration, &policy.id, &rule.name, &event.uuid);
        let targets = read["target"].as_array().into_iter().flatten();
        RuntimeEvent {
            id: id.to_string(),
            integration: tenant.integration.clone(),
            org: tenant.domain.clone(),
            occurred_at: event.published_ms,
            received_at: event.published_ms + 500,
            detected_at: event.published_ms + 510,
            source: "okta".to_owned(),
            policy: policy.clone(),
            rule: rule.clone(),
            ruleset_version: policy.version.clone(),
            severity: i32::from(*severity),
            severity_label: severity_label(*severity).to_owned(),
            output: format!("{}: {} by {login} from {ip}", rule.name, event.event_type),
            fields: BTreeMap::from(fields),
            dedup_key: format!("{}|{login}", rule.name),
            actor,
            targets: targets.map(entity).collect(),
            client: Some(client(&read)),
            outcome: Some(Outcome {
                result: text(&read, "/outcome/result"),
                reason: text(&read, "/outcome/reason"),
            }),
            event: Some(cause(event)),
            group_key: None,
            window: None,
            count: None,
            evidence: Vec::new(),
            test: false,
            staged: false,
            late: false,
            labels: BTreeMap::new(),
        }
    }
}

fn cause(event: SimEvent) -> Event {
    Event {
        uuid: event.uuid,
        event_type: Some(event.event_type.to_owned()),
        topic: OKTA_EVENTS.to_owned(),
        partition: 0,
        offset: 0,
        raw: Some(event.json),
    }
}

fn client(event: &Value) -> Client {
    Client {
        ip: text(event, "/client/ipAddress"),
        user_agent: text(event, "/client/userAgent/rawUserAgent"),
        device: text(event, "/client/device"),
        city: text(event, "/client/geographicalContext/city"),
        state: text(event, "/client/geographicalContext/state"),
        country: text(event, "/client/geographicalContext/country"),
        latitude: None,
        longitude: None,
        as_number: event
            .pointer("/securityContext/asNumber")
            .and_then(Value::as_i64),
        as_org: text(event, "/securityContext/asOrg"),
        is_proxy: event
            .pointer("/securityContext/isProxy")
            .and_then(Value::as_bool),
    }
}

fn entity(entity: &Value) -> Entity {
    Entity {
        id: text(entity, "/id"),
        kind: text(entity, "/type"),
        login: text(entity, "/alternateId"),
        name: text(entity, "/displayName"),
    }
}

fn text(value: &Value, at: &str) -> Option<String> {
    value.pointer(at).and_then(Value::as_str).map(str::to_owned)
}
