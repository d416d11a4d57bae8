//! The AsyncAPI 3.0 document of our topics, made from the topics and the schemas.

use serde_json::{Map, Value, json};

use crate::registry::locked;
use crate::topics::{self, Retention, Topic};

const READERS: &str = "Records are keyed by integration id: one org is one ordered stream on one \
partition, the same number on both topics. Values are Avro in Confluent's wire format (byte 0x00, \
4-byte schema id, Avro binary); ids are those of the schema registry that Nightlatch is configured \
with, else the sink serves the schemas under /registry, which Confluent's deserializers take as \
schema.registry.url. \
Readers on Kafka must set isolation.level=read_committed: the default of many clients also shows \
records of aborted steps, which never happened and come again under the same id. They should set \
auto.offset.reset=earliest for a group's first start and watch for gaps afterwards, since retention \
removes records whether they were read or not. \
Key on the runtime event's id: a repeat after more than 7 days is emitted again under the same id, \
and okta.events may hold an event once for each way it came. Pass over records of a kind you do not \
know, and fields you do not know: schemas evolve FULL_TRANSITIVE.";

/// Returns the document (JSON is a valid form of `AsyncAPI`).
pub fn asyncapi() -> Value {
    let mut channels = Map::new();
    let mut messages = Map::new();
    let mut operations = Map::new();
    for topic in topics::ALL
        .iter()
        .filter(|topic| topic.name.starts_with("okta."))
    {
        let name = component_name(topic.name);
        channels.insert(name.clone(), channel(topic, &name));
        messages.insert(name.clone(), message(topic));
        let operation = json!({
            "action": "send",
            "channel": {"$ref": format!("#/channels/{name}")},
            "summary": topic.about,
        });
        operations.insert(format!("send_{name}"), operation);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nightlatch topics",
            "version": env!("CARGO_PKG_VERSION"),
            "description": READERS,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    })
}

fn channel(topic: &Topic, name: &str) -> Value {
    let retention = match topic.retention {
        Retention::Days(days) => json!({
            "cleanup.policy": ["delete"],
            "retention.ms": i64::from(days) * 24 * 60 * 60 * 1000,
        }),
        Retention::Forever => json!({"cleanup.policy": ["delete"], "retention.ms": -1}),
        Retention::Compacted => json!({"cleanup.policy": ["compact"]}),
    };
    json!({
        "address": topic.name,
        "description": topic.about,
        "messages": {name: {"$ref": format!("#/components/messages/{name}")}},
        "bindings": {"kafka": {
            "topic": topic.name,
            "partitions": topic.partitions,
            "topicConfiguration": retention,
        }},
    })
}

fn message(topic: &Topic) -> Value {
    let key = json!({"type": "string", "format": "uuid", "description": "Integration id."});
    if topic.name == topics::DEAD_LETTERS {
        use topics::dead_letter::{
            REASON, SIZE, SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC, STAGE, TRUNCATED,
        };
        let headers = [
            REASON,
            STAGE,
            SIZE,
            TRUNCATED,
            SOURCE_TOPIC,
            SOURCE_PARTITION,
            SOURCE_OFFSET,
        ];
        let properties: Map<String, Value> = headers
            .iter()
            .map(|name| ((*name).to_owned(), json!({"type": "string"})))
            .collect();
        return json!({
            "summary": topic.about,
            "contentType": "application/octet-stream",
            "headers": {"type": "object", "properties": properties},
            "bindings": {"kafka": {"key": key}},
        });
    }
    let subject = format!("{}-value", topic.name);
    let schema = locked()
        .iter()
        .rfind(|registered| registered.subject == subject);
    let schema: Value = schema
        .and_then(|registered| serde_json::from_str(registered.schema).ok())
        .unwrap_or(Value::Null);
    json!({
        "summary": topic.about,
        "contentType": "application/avro",
        "payload": {
            "schemaFormat": "application/vnd.apache.avro+json;version=1.9.0",
            "schema": schema,
        },
        "headers": headers(topic),
        "bindings": {"kafka": {
            "key": key,
            "schemaIdLocation": "payload",
            "schemaIdPayloadEncoding": "confluent",
        }},
    })
}

/// Returns the JSON Schema of the headers beside a value in Avro.
fn headers(topic: &Topic) -> Value {
    let traceparent = json!({
        "type": "string",
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$",
        "description": "W3C Trace Context: a span of this record's own, in the trace of the delivery \
                        that brought Okta's event.",
    });
    let mut properties = Map::from_iter([(topics::TRACEPARENT.to_owned(), traceparent)]);
    if topic.name == topics::RUNTIME_EVENTS {
        properties.append(&mut cloud_event_headers());
    }
    let optional = [topics::cloud_event::TIME];
    let required: Vec<&String> = properties
        .keys()
        .filter(|name| !optional.contains(&name.as_str()))
        .collect();
    json!({"type": "object", "required": required, "properties": properties})
}

/// `CloudEvents` 1.0, Kafka protocol binding, binary content mode.
fn cloud_event_headers() -> Map<String, Value> {
    use topics::cloud_event as ce;
    let only = |value: &str| json!({"type": "string", "const": value});
    let text = |about: &str| json!({"type": "string", "description": about});
    let mut id = text("The runtime event's id: key on it.");
    let mut time =
        text("When it occurred: the runtime event's occurred_at. Absent beyond year 9999.");
    id["format"] = "uuid".into();
    time["format"] = "date-time".into();
    let source = text(&format!("{} and the integration's id.", ce::SOURCES));
    let properties = [
        (ce::SPECVERSION, only(ce::VERSION)),
        (ce::ID, id),
        (ce::SOURCE, source),
        (ce::TYPE, only(ce::DETECTION)),
        (ce::TIME, time),
        (ce::SUBJECT, text("Policy id, a slash, rule name.")),
        (ce::CONTENT_TYPE, only(ce::AVRO)),
    ];
    let properties = properties.into_iter();
    properties
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Component names of `AsyncAPI` have no dots or dashes here: `okta.dead-letters` → `okta_dead_letters`.
fn component_name(topic: &str) -> String {
    topic.replace(['.', '-'], "_")
}
