//! The schemas of what the engine says, in its own shape, for the OpenAPI document.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// Declares the schema of a thing of the engine, with those of others that it names.
macro_rules! document {
    ($(#[$doc:meta])* $document:ident, $name:literal, $schema:expr $(, $other:ident)*) => {
        $(#[$doc])*
        pub(crate) struct $document;

        impl PartialSchema for $document {
            fn schema() -> RefOr<Schema> {
                from_json($schema)
            }
        }

        impl ToSchema for $document {
            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                let others: Vec<(String, RefOr<Schema>)> =
                    vec![$(($other::name().into_owned(), $other::schema())),*];
                schemas.extend(others);
                $($other::schemas(schemas);)*
            }
        }
    };
}

document!(
    /// A field.
    FieldDocument,
    "Field",
    json!({
        "type": "object",
        "description": "A field that conditions and outputs can name.",
        "required": ["name", "type", "list", "usage", "argument", "doc", "example", "from", "source"],
        "properties": {
            "name": text("The name."),
            "type": text("What its values are, such as string or list (string)."),
            "list": {"type": "boolean", "description": "Whether it has several values."},
            "usage": text("What is written after the name, such as [seconds]; ? where it can be left out."),
            "argument": text("What stands in the brackets; empty when there are none."),
            "doc": text("What it is."),
            "example": text("A value as an output would print it."),
            "from": text("Where in the event the value comes from: the path of its JSON, or words."),
            "source": text("Who says what the field is.")
        }
    })
);

document!(
    /// A word of conditions that is no field.
    WordDocument,
    "Operator",
    json!({
        "type": "object",
        "description": "A word of conditions that is no field.",
        "required": ["name", "kind", "doc", "example"],
        "properties": {
            "name": text("The spelling."),
            "kind": {"type": "string", "enum": ["logic", "operator", "modifier", "transformer"],
                "description": "What it is for: logic puts conditions together, an operator compares two values, a modifier stands between an operator and a list, a transformer makes another value of a value."},
            "doc": text("What it means."),
            "example": text("How it is written.")
        }
    })
);

document!(
    /// An event type.
    EventTypeDocument,
    "EventType",
    json!({
        "type": "object",
        "description": "An event type of Okta's catalogue.",
        "required": ["name", "hook", "debug_data"],
        "properties": {
            "name": text("The name."),
            "hook": {"type": "boolean",
                "description": "Whether event hooks carry it; else the System Log alone does."},
            "debug_data": {"type": "boolean",
                "description": "Whether Okta's catalogue describes its debug data."}
        }
    })
);

document!(
    /// Something to say of a text.
    DiagnosticDocument,
    "Diagnostic",
    json!({
        "type": "object",
        "description": "Something that is wrong with rules or tests, or to be known of them.",
        "required": ["code", "severity", "file", "line", "column", "length", "message", "help"],
        "properties": {
            "code": text("Names the kind of problem for ever, such as E0103; `nightlatch rules explain-code` has a page on each."),
            "severity": {"type": "string", "enum": ["error", "warning", "note"],
                "description": "An error keeps the policy from being used."},
            "file": text("The file, as the request named it."),
            "line": number("From 1."),
            "column": number("In characters, from 1."),
            "length": number("How many characters are meant, on that line; 0 for a point."),
            "message": text("What is wrong."),
            "help": {"type": ["string", "null"], "description": "What to do about it."}
        }
    })
);

document!(
    /// A place in a file.
    PlaceDocument,
    "Place",
    json!({
        "type": "object",
        "description": "A place in a file.",
        "required": ["file", "line", "column", "length"],
        "properties": {
            "file": text("The file, as the request named it."),
            "line": number("From 1."),
            "column": number("In characters, from 1."),
            "length": number("How many characters are meant, on that line; 0 for a point.")
        }
    })
);

document!(
    /// What a rule says of an event, and why.
    ExplanationDocument,
    "Explanation",
    json!({
        "type": "object",
        "description": "What a rule says of an event, and why.",
        "required": ["rule", "version", "enabled", "matches", "output", "condition"],
        "properties": {
            "rule": text("The rule's name."),
            "version": text("The rule's version."),
            "enabled": {"type": "boolean",
                "description": "Whether the rule is judged at all; it is explained either way."},
            "matches": {"type": "boolean", "description": "Whether the rule matches."},
            "output": text("The rule's output, filled in."),
            "condition": {"$ref": "#/components/schemas/Reason"}
        }
    }),
    ReasonDocument
);

document!(
    /// A part of a condition and what became of it.
    ReasonDocument,
    "Reason",
    json!({
        "type": "object",
        "description": "A part of a condition and what became of it.",
        "required": ["text", "place", "holds", "kind"],
        "properties": {
            "text": text("The part as it was written, on one line; one that is very long is cut."),
            "place": {"$ref": "#/components/schemas/Place"},
            "holds": {"type": "boolean", "description": "Whether it holds."},
            "kind": {"type": "string", "enum": ["and", "or", "not", "macro", "check"],
                "description": "What it is: all or one of parts, the opposite of a part, a macro, or a comparison."},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Reason"},
                "description": "Of and, or: all of them, whatever the first of them says."},
            "part": {"$ref": "#/components/schemas/Reason"},
            "name": text("Of macro: its name."),
            "left": {"$ref": "#/components/schemas/Seen"},
            "right": {"$ref": "#/components/schemas/Seen"}
        }
    }),
    PlaceDocument,
    SeenDocument
);

document!(
    /// One side of a comparison.
    SeenDocument,
    "Seen",
    json!({
        "type": "object",
        "description": "One side of a comparison.",
        "required": ["text", "value"],
        "properties": {
            "text": text("As it was written."),
            "value": {"type": ["string", "integer", "boolean", "array", "null"],
                "description": "Its value; null when it is absent, so that the comparison does not hold. One that is very long is cut."},
            "of": {"type": "array", "items": {"type": "array"},
                "description": "The fields that a transformer was applied to: pairs of name and value."}
        }
    })
);

fn number(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn from_json(schema: Value) -> RefOr<Schema> {
    serde_json::from_value::<Schema>(schema).map_or_else(|_| Schema::default().into(), RefOr::T)
}
