//! A runtime event as JSON, and the schema of that: both follow the record's Avro schema, so a new
//! field of the contract is here without another line. Times are RFC 3339 texts.

use jiff::Timestamp;
use nightlatch_schemas::locked;
use nightlatch_schemas::topics::RUNTIME_EVENTS;
use serde_json::{Map, Value, json};

use crate::store::{Found, Repeats};
use crate::triage::StateDocument;

/// Returns an event as JSON: every field of the record, `position`, where it stands on its topic, and
/// `triage`, what people did with it, and `episode`, what it is one of the repeats of.
pub(crate) fn event_json(found: &Found) -> Result<Value, serde_json::Error> {
    let mut event = serde_json::to_value(&found.event)?;
    for name in ["occurred_at", "received_at", "detected_at"] {
        replace_time(event.get_mut(name));
    }
    for name in ["/window/start", "/window/end"] {
        replace_time(event.pointer_mut(name));
    }
    let evidence = event.get_mut("evidence").and_then(Value::as_array_mut);
    for event in evidence.into_iter().flatten() {
        replace_time(event.get_mut("published"));
    }
    if let Some(event) = event.as_object_mut() {
        let position = json!({"partition": found.partition, "offset": found.offset});
        event.insert("position".to_owned(), position);
        let triage = serde_json::to_value(StateDocument::of(&found.triage))?;
        event.insert("triage".to_owned(), triage);
        event.insert("episode".to_owned(), found.episode.to_string().into());
    }
    Ok(event)
}

/// Returns an event that stands for an episode: [`event_json`], and `repeats`, how many it stands for.
pub(crate) fn row_json(found: &Found, repeats: Repeats) -> Result<Value, serde_json::Error> {
    let mut event = event_json(found)?;
    if let Some(event) = event.as_object_mut() {
        let repeats = json!({
            "count": repeats.count,
            "first": time_text(repeats.first),
            "last": time_text(found.event.occurred_at),
        });
        event.insert("repeats".to_owned(), repeats);
    }
    Ok(event)
}

/// Returns a time in milliseconds as text; one beyond the calendar as the calendar's end.
pub(crate) fn time_text(ms: i64) -> String {
    let (first, last) = (
        Timestamp::MIN.as_millisecond(),
        Timestamp::MAX.as_millisecond(),
    );
    let time = Timestamp::from_millisecond(ms.clamp(first, last)).unwrap_or_default();
    format!("{time:.3}")
}

fn replace_time(value: Option<&mut Value>) {
    if let Some(value) = value
        && let Some(ms) = value.as_i64()
    {
        *value = Value::from(time_text(ms));
    }
}

/// Returns the JSON Schema of [`event_json`].
pub(crate) fn event_schema() -> Value {
    let subject = format!("{RUNTIME_EVENTS}-value");
    let newest = locked()
        .iter()
        .rfind(|registered| registered.subject == subject);
    let avro = newest.and_then(|newest| serde_json::from_str(newest.schema).ok());
    let mut schema = json_schema(&avro.unwrap_or_default(), &mut Map::new());
    let position = json!({
        "type": "object",
        "description": format!("Where the record stands on {RUNTIME_EVENTS}."),
        "properties": {"partition": {"type": "integer"}, "offset": {"type": "integer"}},
        "required": ["partition", "offset"],
    });
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("position".to_owned(), position);
        let triage = json!({"$ref": "#/components/schemas/Triage"});
        properties.insert("triage".to_owned(), triage);
        let episode = json!({
            "type": "string",
            "description": "What repeats of one thing within an hour share.",
        });
        properties.insert("episode".to_owned(), episode);
        let repeats = json!({
            "type": "object",
            "description": "How many repeats the row stands for, itself included; in a collapsed list only.",
            "properties": {
                "count": {"type": "integer"},
                "first": {"type": "string", "format": "date-time"},
                "last": {"type": "string", "format": "date-time"},
            },
            "required": ["count", "first", "last"],
        });
        properties.insert("repeats".to_owned(), repeats);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.extend(["position".into(), "triage".into(), "episode".into()]);
    }
    schema
}

/// Returns the JSON Schema of values of an Avro schema; `named` has the records seen so far.
fn json_schema(avro: &Value, named: &mut Map<String, Value>) -> Value {
    if let Some(branches) = avro.as_array() {
        let value = branches
            .iter()
            .find(|branch| *branch != "null")
            .unwrap_or(avro);
        return nullable(json_schema(value, named));
    }
    if avro["logicalType"] == "timestamp-millis" {
        return json!({"type": "string", "format": "date-time"});
    }
    match avro["type"].as_str().or(avro.as_str()).unwrap_or_default() {
        "record" => record_schema(avro, named),
        "array" => json!({"type": "array", "items": json_schema(&avro["items"], named)}),
        "map" => {
            json!({"type": "object", "additionalProperties": json_schema(&avro["values"], named)})
        }
        "int" | "long" => json!({"type": "integer"}),
        "float" | "double" => json!({"type": "number"}),
        "boolean" => json!({"type": "boolean"}),
        "string" => json!({"type": "string"}),
        name => named.get(name).cloned().unwrap_or_else(|| json!({})),
    }
}

fn record_schema(avro: &Value, named: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in avro["fields"].as_array().into_iter().flatten() {
        let mut schema = json_schema(&field["type"], named);
        if let (Some(schema), Some(doc)) = (schema.as_object_mut(), field.get("doc")) {
            schema.insert("description".to_owned(), doc.clone());
        }
        properties.insert(
            field["name"].as_str().unwrap_or_default().to_owned(),
            schema,
        );
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    named.insert(
        avro["name"].as_str().unwrap_or_default().to_owned(),
        schema.clone(),
    );
    schema
}

fn nullable(mut schema: Value) -> Value {
    let kind = schema["type"].clone();
    schema["type"] = json!([kind, "null"]);
    schema
}
