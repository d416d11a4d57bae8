//! Runtime events to put on the topic.

use std::collections::BTreeMap;

use nightlatch_schemas::{
    Client, Entity, Event, Outcome, Policy, Rule, RuntimeEvent, runtime_event_id, severity_label,
};
use serde_json::json;

/// 2026-06-01T12:00:00Z.
pub(crate) const NOON: i64 = 1_780_315_200_000;

/// Returns Okta's JSON of an event.
fn raw(uuid: &str) -> String {
    let event = json!({
        "uuid": uuid,
        "published": "2026-06-01T12:00:00.000Z",
        "eventType": "user.mfa.factor.reset_all",
        "actor": {"id": "00u1", "type": "User", "alternateId": "ann@acme.com", "displayName": "Ann Ott"},
        "client": {"ipAddress": "203.0.113.7", "userAgent": {"rawUserAgent": "Mozilla/5.0"}},
        "target": [{"type": "AppInstance", "displayName": "Café Payroll"}],
        "debugContext": {"debugData": {"behaviors": "{New Device=POSITIVE}"}},
        "securityContext": {"asNumber": 2119, "isProxy": false},
    });
    event.to_string()
}

/// Returns the n-th event, one a second from noon on.
pub(crate) fn event(n: u32) -> RuntimeEvent {
    let cause = format!("cause-{n}");
    let occurred_at = NOON + i64::from(n) * 1000;
    RuntimeEvent {
        id: runtime_event_id("integration-1", "policy-1", "Rule A", &cause).to_string(),
        integration: "integration-1".to_owned(),
        org: "acme.okta.com".to_owned(),
        occurred_at,
        received_at: occurred_at + 100,
        detected_at: occurred_at + 150,
        source: "okta".to_owned(),
        policy: policy(),
        rule: rule(),
        ruleset_version: "2123456789abcdef".to_owned(),
        severity: 4,
        severity_label: severity_label(4).to_owned(),
        output: format!("All MFA factors reset, number {n} (actor=ann@acme.com)"),
        fields: BTreeMap::from([
            (
                "okta.actor.alternateid".to_owned(),
                Some("\"ann@acme.com\"".to_owned()),
            ),
            ("okta.reason".to_owned(), None),
        ]),
        dedup_key: "Rule A|ann@acme.com".to_owned(),
        actor: Some(Entity {
            id: Some("00u1".to_owned()),
            kind: Some("User".to_owned()),
            login: Some("Ann@acme.com".to_owned()),
            name: Some("Ann Ott".to_owned()),
        }),
        targets: Vec::new(),
        client: Some(Client {
            ip: Some("203.0.113.7".to_owned()),
            country: Some("Norway".to_owned()),
            ..Client::default()
        }),
        outcome: Some(Outcome {
            result: Some("SUCCESS".to_owned()),
            reason: None,
        }),
        event: Some(Event {
            uuid: cause.clone(),
            event_type: Some("user.mfa.factor.reset_all".to_owned()),
            topic: "okta.events".to_owned(),
            partition: 0,
            offset: i64::from(n),
            raw: Some(raw(&cause)),
        }),
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

fn policy() -> Policy {
    Policy {
        id: "policy-1".to_owned(),
        name: "Okta Threats".to_owned(),
        kind: "managed".to_owned(),
        version: "0123456789abcdef".to_owned(),
    }
}

fn rule() -> Rule {
    Rule {
        name: "Rule A".to_owned(),
        version: "1123456789abcdef".to_owned(),
        tags: vec!["mfa".to_owned()],
        priority: "Warning".to_owned(),
        attack: vec!["T1556.006".to_owned()],
    }
}

/// Returns the n-th event, changed.
pub(crate) fn event_with(n: u32, change: impl FnOnce(&mut RuntimeEvent)) -> RuntimeEvent {
    let mut event = event(n);
    change(&mut event);
    event
}

/// Returns the n-th event with another raw JSON.
pub(crate) fn event_of(n: u32, raw: &str) -> RuntimeEvent {
    event_with(n, |event| {
        if let Some(event) = &mut event.event {
            event.raw = Some(raw.to_owned());
        }
    })
}
