//! The part of the OpenAPI document that is ingest's: integrations and import.

use serde_json::{Value, json};

use crate::{integration, redrive};

/// Returns an OpenAPI 3.1 document of ingest's addresses. Problems are `Problem` of the whole.
pub fn openapi() -> Value {
    let problem = |description: &str| {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": schema}},
        })
    };
    let taken = json!({"schema": {"$ref": "#/components/schemas/Imported"}});
    let import = json!({
        "tags": ["import"],
        "operationId": "import_events",
        "summary": "Sends events through the pipeline.",
        "description": "Takes System Log exports (one JSON value a line, or an array) and saved \
                        hook bodies, also mixed. What is no event becomes a dead letter.",
        "parameters": [{
            "name": "integration",
            "in": "query",
            "description": "Name of the integration; by default the only one, else `import`.",
            "schema": {"type": "string"},
        }],
        "requestBody": {"required": true, "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {}},
        }},
        "responses": {
            "200": {"description": "All of it is durable.", "content": {"application/json": taken}},
            "400": problem("An unknown parameter, or a body that broke off."),
            "404": problem("No integration has this name; those there are, are named."),
            "413": problem("The body is over the limit; send less at a time."),
            "503": problem("It could not be stored; the detail says how much was."),
        },
    });
    let mut document = integration::api::openapi();
    document["paths"]["/api/v1/import"] = json!({"post": import});
    document["components"]["schemas"]["Imported"] = imported();
    document["paths"][redrive::PATH] = json!({"post": redrive(problem)});
    document["components"]["schemas"]["Redriven"] = redriven();
    document
}

fn redrive(problem: impl Fn(&str) -> Value) -> Value {
    let sent = json!({"schema": {"$ref": "#/components/schemas/Redriven"}});
    json!({
        "tags": ["dead letters"],
        "operationId": "redrive_ingest_dead_letter",
        "summary": "Sends a dead letter on okta.events again.",
        "description": "What came by a hook or an import is read anew; a record of okta.events goes \
                        there again as it was. Repeats are harmless.",
        "parameters": [{
            "name": "id",
            "in": "path",
            "required": true,
            "description": "Where it stands on okta.dead-letters: partition:offset.",
            "schema": {"type": "string"},
        }],
        "responses": {
            "200": {"description": "It is durable.", "content": {"application/json": sent}},
            "404": problem("There is no such letter."),
            "409": problem("It can't be sent again, or is sent again by another service; the detail says why."),
            "503": problem("It could not be stored just now."),
        },
    })
}

fn redriven() -> Value {
    let whole = |description: &str| json!({"type": "integer", "description": description});
    json!({
        "type": "object",
        "required": ["topic", "partition", "offset"],
        "properties": {
            "topic": {"type": "string", "description": "Where it is now."},
            "partition": whole("The partition there."),
            "offset": whole("The offset there."),
        },
    })
}

fn imported() -> Value {
    let count = |description: &str| json!({"type": "integer", "description": description});
    json!({
        "type": "object",
        "required": ["integration", "events", "dead_letters", "places"],
        "properties": {
            "integration": {"type": "string", "format": "uuid"},
            "events": count("Events taken."),
            "dead_letters": count("Values and lines that are no events."),
            "places": {
                "type": "array",
                "description": "Where the events are on okta.events: partition, first and last \
                                offset.",
                "items": {
                    "type": "array",
                    "items": {"type": "integer"},
                    "minItems": 3,
                    "maxItems": 3,
                },
            },
        },
    })
}
