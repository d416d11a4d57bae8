//! The part of the OpenAPI document that is ingest's: integrations and import.

use serde_json::{Value, json};

use crate::integration;

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
    document
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
