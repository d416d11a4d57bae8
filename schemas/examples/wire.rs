//! Prints records of every subject as other Avro libraries are to read them: one JSON object a
//! line, {"subject", "wire" (hex), "value"}.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use nightlatch_schemas::{
    Client, Entity, Event, Evidence, OktaEvent, Outcome, Policy, Rule, RuntimeEvent, Window, encode,
};
use serde::Serialize;
use serde_json::json;

fn main() -> io::Result<()> {
    for event in [event(None), event(Some("user.session.start"))] {
        print("okta.events-value", &event)?;
    }
    for event in [least(), most()] {
        print("okta.runtime-events-value", &event)?;
    }
    Ok(())
}

fn print<T: Serialize + nightlatch_schemas::WireRecord>(
    subject: &str,
    record: &T,
) -> io::Result<()> {
    let bytes = encode(record).map_err(io::Error::other)?;
    let mut wire = String::new();
    for byte in bytes {
        write!(wire, "{byte:02x}").map_err(io::Error::other)?;
    }
    let line = json!({"subject": subject, "wire": wire, "value": record});
    writeln!(io::stdout().lock(), "{line}")
}

fn event(event_type: Option<&str>) -> OktaEvent {
    OktaEvent {
        kind: "event".to_owned(),
        integration: "6c5f7f8e-8a3a-5f0e-9f50-0d1c5b1c7a10".to_owned(),
        org: "acme.okta.com".to_owned(),
        uuid: "0d3ab1e8-0000-11f1-8000-000000000001".to_owned(),
        event_type: event_type.map(str::to_owned),
        published: event_type.map(|_| 1_780_000_000_123),
        received: 1_780_000_000_456,
        origin: "hook".to_owned(),
        raw: "{ \"uuid\" : \"…\",\t\"emoji\":\"🔐\",\"escape\":\"\\u00e9\\ud800\" }".to_owned(),
        complete_to: event_type.map(|_| -1),
    }
}

fn least() -> RuntimeEvent {
    RuntimeEvent {
        id: "b1f0c6d2-5b7e-5d53-8b55-1f2f3f4f5f6f".to_owned(),
        integration: "6c5f7f8e-8a3a-5f0e-9f50-0d1c5b1c7a10".to_owned(),
        org: String::new(),
        occurred_at: 0,
        received_at: i64::MAX,
        detected_at: i64::MIN,
        source: "okta".to_owned(),
        policy: Policy {
            id: "p".to_owned(),
            name: "P".to_owned(),
            kind: "custom".to_owned(),
            version: "0123456789abcdef".to_owned(),
        },
        rule: Rule {
            name: "R".to_owned(),
            version: "fedcba9876543210".to_owned(),
            tags: Vec::new(),
            priority: "Notice".to_owned(),
            attack: Vec::new(),
        },
        ruleset_version: "0000000000000000".to_owned(),
        severity: 7,
        severity_label: "Info".to_owned(),
        output: String::new(),
        fields: BTreeMap::new(),
        dedup_key: String::new(),
        actor: None,
        targets: Vec::new(),
        client: None,
        outcome: None,
        event: None,
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

fn most() -> RuntimeEvent {
    let text = |text: &str| Some(text.to_owned());
    let who = Entity {
        id: text("00u1"),
        kind: text("User"),
        login: text("ann@acme.example"),
        name: text("Ann Ångström"),
    };
    RuntimeEvent {
        fields: BTreeMap::from([
            ("okta.actor.name".to_owned(), text("\"Ann\"")),
            ("okta.app".to_owned(), None),
        ]),
        actor: Some(who.clone()),
        targets: vec![who, Entity::default()],
        client: Some(Client {
            ip: text("203.0.113.7"),
            latitude: Some(-59.25),
            longitude: Some(0.0),
            as_number: Some(4_294_967_295),
            is_proxy: Some(true),
            ..Client::default()
        }),
        outcome: Some(Outcome {
            result: text("DENY"),
            reason: None,
        }),
        event: Some(Event {
            uuid: "u".to_owned(),
            event_type: text("user.session.start"),
            topic: "okta.events".to_owned(),
            partition: 5,
            offset: i64::MAX,
            raw: text("{}"),
        }),
        group_key: text("ann"),
        window: Some(Window { start: 1, end: 2 }),
        count: Some(3),
        evidence: vec![Evidence {
            uuid: "e".to_owned(),
            event_type: None,
            published: Some(1),
            topic: "okta.events".to_owned(),
            partition: 0,
            offset: 0,
        }],
        test: true,
        staged: true,
        late: true,
        labels: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
        ..least()
    }
}
