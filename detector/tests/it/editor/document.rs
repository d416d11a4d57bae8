//! The part of the OpenAPI document that is the detector's.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{RULES, answer, file, get};
use crate::bench::Bench;

/// Every address for editors.
const ADDRESSES: [(&str, &str); 5] = [
    ("get", "/api/v1/event-types"),
    ("get", "/api/v1/fields"),
    ("post", "/api/v1/rules/explain"),
    ("post", "/api/v1/rules/test"),
    ("post", "/api/v1/rules/validate"),
];

/// The document, with what it takes from that of the whole.
fn document() -> Value {
    let mut document = nightlatch_detector::openapi();
    document["components"]["schemas"]["Problem"] = json!({"type": "object"});
    document
}

#[test]
fn every_address_is_described() {
    let document = document();
    for (method, path) in ADDRESSES {
        let operation = &document["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(operation["operationId"].is_string(), "{method} {path}");
        assert!(operation["responses"]["200"].is_object(), "{method} {path}");
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_document_of_each_answer_is_true() {
    let document = document();
    let files = json!([file("r.yaml", RULES)]);
    let tests = "- test: t\n  rule: Sign-in abroad\n  event: {eventType: a}\n  matches: true\n";
    let tests = file("r.test.yaml", tests);
    let event = json!({"eventType": "user.session.start"});
    for (path, request) in [
        (
            "/api/v1/rules/validate",
            json!({"files": files, "tests": tests}),
        ),
        (
            "/api/v1/rules/test",
            json!({"files": files, "tests": tests}),
        ),
        (
            "/api/v1/rules/explain",
            json!({"files": files, "event": event}),
        ),
    ] {
        let found = answer(path, &request).await;
        conforms(&document, &found, answered(&document, "post", path), path);
    }
    let router = Bench::new().routes().await;
    for path in ["/api/v1/fields", "/api/v1/event-types"] {
        let (_, _, found) = get(&router, path, None).await;
        conforms(&document, &found, answered(&document, "get", path), path);
    }
}

/// The schema of the good answer.
fn answered<'d>(document: &'d Value, method: &str, path: &str) -> &'d Value {
    &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
}

/// Checks a value against the part of JSON Schema that our document uses.
fn conforms(document: &Value, value: &Value, schema: &Value, place: &str) {
    let schema = whole(document, schema);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    let is_allowed = match kinds {
        Value::Array(kinds) => kinds.contains(&kind.into()),
        Value::Null => true,
        one => one == kind,
    };
    assert!(is_allowed, "{place} is {kind}, not {kinds}");
    for (at, element) in value.as_array().into_iter().flatten().enumerate() {
        conforms(
            document,
            element,
            &schema["items"],
            &format!("{place}[{at}]"),
        );
    }
    let Some(members) = value.as_object() else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        assert!(members.contains_key(name), "{place} has no {name}");
    }
    for (name, member) in members {
        let of_name = schema["properties"].get(name);
        let of_name = of_name.unwrap_or_else(|| panic!("{place}.{name} is not documented"));
        conforms(document, member, of_name, &format!("{place}.{name}"));
    }
}

/// A schema with what it refers to put in, and what it is made of put together.
fn whole(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        return whole(document, document.pointer(pointer).unwrap());
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let (nothing, some): (Vec<_>, Vec<_>) =
            choices.iter().partition(|choice| choice["type"] == "null");
        assert_eq!((nothing.len(), some.len()), (1, 1), "{schema}");
        let mut some = whole(document, some[0]);
        some["type"] = json!([some["type"], "null"]);
        return some;
    }
    let Some(parts) = schema["allOf"].as_array() else {
        return schema.clone();
    };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts.iter().map(|part| whole(document, part)) {
        properties.extend(part["properties"].as_object().unwrap().clone());
        required.extend(part["required"].as_array().unwrap().clone());
    }
    json!({"type": "object", "properties": properties, "required": required})
}
