//! The AsyncAPI 3.0 document of our topics, made from the topics and the schemas.

use serde_json::{Map, Value, json};

use crate::registry::registered;
use crate::topics::{self, Retention, Topic};

const READERS: &str = "Records are keyed by integration id: one org is one ordered stream on one \
partition. Values are Avro in Confluent's wire format (byte 0x00, 4-byte schema id, Avro binary); \
the sink serves the schemas under /registry. On Kafka set isolation.level=read_committed: an \
aborted step leaves records that only read_uncommitted readers would see. Key on the runtime \
event's id: a repeat after more than 7 days is emitted again under the same id.";

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
    let key = json!({"type": "string", "description": "Integration id."});
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
    let schema = registered()
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
        "bindings": {"kafka": {
            "key": key,
            "schemaIdLocation": "payload",
            "schemaIdPayloadEncoding": "confluent",
        }},
    })
}

/// Component names of `AsyncAPI` have no dots or dashes here: `okta.dead-letters` → `okta_dead_letters`.
fn component_name(topic: &str) -> String {
    topic.replace(['.', '-'], "_")
}
