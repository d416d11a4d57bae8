//! A record of `okta.runtime-events`: one detection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One detection; it never changes. Times are milliseconds since 1970 UTC. Field docs:
/// `runtime_event.avsc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct RuntimeEvent {
    pub id: String,
    pub integration: String,
    pub org: String,
    pub occurred_at: i64,
    pub received_at: i64,
    pub detected_at: i64,
    pub source: String,
    pub policy: Policy,
    pub rule: Rule,
    pub ruleset_version: String,
    pub severity: i32,
    pub severity_label: String,
    pub output: String,
    pub fields: BTreeMap<String, Option<String>>,
    pub dedup_key: String,
    pub actor: Option<Entity>,
    pub targets: Vec<Entity>,
    pub client: Option<Client>,
    pub outcome: Option<Outcome>,
    pub event: Option<Event>,
    pub group_key: Option<String>,
    pub window: Option<Window>,
    pub count: Option<i64>,
    pub evidence: Vec<Evidence>,
    pub test: bool,
    pub staged: bool,
    pub late: bool,
    pub labels: BTreeMap<String, String>,
}

/// The policy that a detection's rule belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Policy {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub version: String,
}

/// The rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Rule {
    pub name: String,
    pub version: String,
    pub tags: Vec<String>,
    pub priority: String,
    pub attack: Vec<String>,
}

/// An actor or a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Entity {
    pub id: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub login: Option<String>,
    pub name: Option<String>,
}

/// Where the request came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Client {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub device: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub as_number: Option<i64>,
    pub as_org: Option<String>,
    pub is_proxy: Option<bool>,
}

/// How what was tried ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Outcome {
    pub result: Option<String>,
    pub reason: Option<String>,
}

/// The event that completed the detection, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Event {
    pub uuid: String,
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub raw: Option<String>,
}

impl Event {
    /// How much raw JSON a runtime event carries, in bytes; a larger one is left out.
    pub const MAX_RAW_BYTES: usize = 64 * 1024;
}

/// The window of a rule with memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Window {
    pub start: i64,
    pub end: i64,
}

/// One of the events that a rule with memory counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct Evidence {
    pub uuid: String,
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    pub published: Option<i64>,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// Returns the label of a severity 0 to 7: 0–3 High, 4–5 Medium, 6 Low, 7 Info.
pub const fn severity_label(severity: u8) -> &'static str {
    match severity {
        0..=3 => "High",
        4 | 5 => "Medium",
        6 => "Low",
        _ => "Info",
    }
}
