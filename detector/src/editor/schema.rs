//! The schemas of what the engine says, in its own shape, for the OpenAPI document.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// Declares the schema of a thing of the engine.
macro_rules! document {
    ($(#[$doc:meta])* $document:ident, $name:literal, $schema:expr) => {
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

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn from_json(schema: Value) -> RefOr<Schema> {
    serde_json::from_value::<Schema>(schema).map_or_else(|_| Schema::default().into(), RefOr::T)
}
