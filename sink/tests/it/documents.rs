//! The documents that describe the addresses and the topics.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use crate::fixtures::event;
use crate::world::World;

/// Every address that the sink has, but for the index page and the document itself.
const ADDRESSES: [(&str, &str); 30] = [
    ("get", "/api/v1/activity/export"),
    ("get", "/api/v1/dead-letters"),
    ("get", "/api/v1/dead-letters/{id}/bytes"),
    ("get", "/api/v1/activity"),
    ("get", "/api/v1/activity/facets"),
    ("get", "/api/v1/activity/histogram"),
    ("get", "/api/v1/activity/stream"),
    ("get", "/api/v1/activity/{uuid}"),
    ("get", "/api/v1/entities/{kind}/{value}"),
    ("get", "/api/v1/entities/{kind}/{value}/timeline"),
    ("get", "/api/v1/events"),
    ("get", "/api/v1/events/export"),
    ("get", "/api/v1/events/facets"),
    ("get", "/api/v1/events/groups"),
    ("get", "/api/v1/events/histogram"),
    ("get", "/api/v1/events/stream"),
    ("get", "/api/v1/events/{id}"),
    ("get", "/api/v1/events/{id}/triage"),
    ("delete", "/api/v1/views/{id}"),
    ("get", "/api/v1/views"),
    ("put", "/api/v1/views/{id}"),
    ("get", "/asyncapi.json"),
    ("get", "/registry/config"),
    ("get", "/registry/config/{subject}"),
    ("get", "/registry/schemas/ids/{id}"),
    ("get", "/registry/subjects"),
    ("get", "/registry/subjects/{subject}/versions"),
    ("get", "/registry/subjects/{subject}/versions/{version}"),
    ("post", "/api/v1/events/triage"),
    ("post", "/registry/subjects/{subject}"),
];

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.as_str(), path.as_str(), operation));
        }
    }
    operations
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                found.insert(reference);
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_address_is_in_the_document() {
    let (_folder, world) = World::new();
    let (_, document) = world.get("/openapi.json").await;
    assert_eq!(document, nightlatch_sink::openapi());
    assert_eq!(document["openapi"], "3.1.0");
    let listed: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    assert_eq!(listed, BTreeSet::from(ADDRESSES));
}

#[test]
fn every_operation_says_what_it_takes_and_answers() {
    let document = nightlatch_sink::openapi();
    for (method, path, operation) in operations(&document) {
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(operation["operationId"].is_string(), "{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        let is_answered = |status: &str| responses.contains_key(status);
        assert!(is_answered("200") || is_answered("204"), "{method} {path}");
        for (status, response) in responses {
            assert!(response["description"].is_string());
            if status == "204" {
                continue;
            }
            let content = response["content"].as_object().unwrap();
            assert!(
                content.values().all(|it| it["schema"].is_object()),
                "{method} {path} {status}"
            );
        }
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for parameter in &parameters {
            assert!(
                parameter["description"].is_string(),
                "{method} {path} {parameter}"
            );
            assert!(
                parameter["schema"].is_object(),
                "{method} {path} {parameter}"
            );
        }
        let named: BTreeSet<_> = parameters
            .iter()
            .filter(|it| it["in"] == "path")
            .filter_map(|it| it["name"].as_str())
            .collect();
        let in_path: BTreeSet<_> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(named, in_path, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = nightlatch_sink::openapi();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_document_of_an_event_is_true() {
    let (_folder, world) = World::new();
    world.put(&[event(0)]).await;
    let (_, found) = world.get(&format!("/api/v1/events/{}", event(0).id)).await;
    let document = nightlatch_sink::openapi();
    let schemas = &document["components"]["schemas"];
    conforms(&found, &schemas["RuntimeEvent"], schemas, "event");
}

#[tokio::test]
async fn the_document_of_a_problem_is_true() {
    let (_folder, world) = World::new();
    let (_, found) = world.get("/api/v1/events?limit=0").await;
    let document = nightlatch_sink::openapi();
    let schemas = &document["components"]["schemas"];
    conforms(&found, &schemas["Problem"], schemas, "problem");
}

/// Checks a value against the part of JSON Schema that our document uses.
fn conforms(value: &Value, schema: &Value, schemas: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return conforms(value, &schemas[name], schemas, place);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let fits = |schema: &&Value| (schema["type"] == "null") == value.is_null();
        let schema = either.iter().find(fits).unwrap();
        return conforms(value, schema, schemas, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    let is_allowed = kinds == kind
        || kinds
            .as_array()
            .is_some_and(|kinds| kinds.contains(&kind.into()));
    assert!(is_allowed, "{place} is {kind}, not {kinds}");
    for (at, element) in value.as_array().into_iter().flatten().enumerate() {
        conforms(
            element,
            &schema["items"],
            schemas,
            &format!("{place}[{at}]"),
        );
    }
    let Some(members) = value.as_object() else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            members.contains_key(name.as_str().unwrap()),
            "{place} has no {name}"
        );
    }
    for (name, member) in members {
        let of_name = schema["properties"]
            .get(name)
            .or(schema.get("additionalProperties"));
        let of_name = of_name.unwrap_or_else(|| panic!("{place}.{name} is not documented"));
        conforms(member, of_name, schemas, &format!("{place}.{name}"));
    }
}

#[tokio::test]
async fn the_topics_are_described() {
    let (_folder, world) = World::new();
    let (_, document) = world.get("/asyncapi.json").await;
    assert_eq!(document, nightlatch_schemas::asyncapi());
}

/// What stands at `/` in a build without the web pages.
const PLAIN: &str = include_str!("../../src/index.html");

#[tokio::test]
async fn the_plain_page_lists_addresses_that_answer_and_runs_nothing() {
    let (_folder, world) = World::new();
    assert!(!PLAIN.contains("<script"));
    let links: Vec<_> = PLAIN
        .split("href=\"")
        .skip(1)
        .filter_map(|it| it.split('"').next())
        .collect();
    assert_eq!(links.len(), 7);
    for link in links.into_iter().filter(|link| !link.ends_with("/stream")) {
        assert_eq!(world.get(link).await.0, StatusCode::OK, "{link}");
    }
}
