//! The words that rules are written with: fields, operators, event types, names within debug data.
//!
//! They change with the program alone, so that a client need not get them twice.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_engine::{EventType, Field, Word, debug_data_names, event_types, fields, words};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schema::{EventTypeDocument, FieldDocument, WordDocument};
use crate::api::Api;

static FIELDS: LazyLock<Page> = LazyLock::new(|| Page::of(&FieldList { fields: fields() }));
static OPERATORS: LazyLock<Page> = LazyLock::new(|| {
    Page::of(&OperatorList {
        operators: words().collect(),
    })
});
static EVENT_TYPES: LazyLock<Page> = LazyLock::new(|| {
    Page::of(&EventTypeList {
        event_types: event_types().collect(),
        debug_data: debug_data_names().collect(),
    })
});

/// The fields.
#[derive(Serialize, ToSchema)]
struct FieldList {
    /// All fields.
    #[schema(value_type = Vec<FieldDocument>)]
    fields: &'static [Field],
}

/// The words of conditions that are not fields.
#[derive(Serialize, ToSchema)]
struct OperatorList {
    /// Words of logic, operators, modifiers, transformers.
    #[schema(value_type = Vec<WordDocument>)]
    operators: Vec<Word>,
}

/// The event types of Okta's catalogue, and what is known of debug data.
#[derive(Serialize, ToSchema)]
struct EventTypeList {
    /// In the order of their names.
    #[schema(value_type = Vec<EventTypeDocument>)]
    event_types: Vec<EventType>,
    /// Every name that is known within `debugContext.debugData`, of whatever event type.
    debug_data: Vec<&'static str>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_fields))
        .routes(routes!(list_operators))
        .routes(routes!(list_event_types))
}

/// Lists the fields that conditions and outputs of rules can name.
#[utoipa::path(
    get,
    path = "/api/v1/fields",
    operation_id = "list_fields",
    tag = "rules",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the list that the client has.")),
    responses(
        (status = 200, description = "All fields.", body = FieldList),
        (status = 304, description = "The client has the list."),
    ),
)]
async fn list_fields(headers: HeaderMap) -> Response {
    FIELDS.answer(&headers)
}

/// Lists what compares, changes and joins fields in conditions.
#[utoipa::path(
    get,
    path = "/api/v1/operators",
    operation_id = "list_operators",
    tag = "rules",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the list that the client has.")),
    responses(
        (status = 200, description = "All operators.", body = OperatorList),
        (status = 304, description = "The client has the list."),
    ),
)]
async fn list_operators(headers: HeaderMap) -> Response {
    OPERATORS.answer(&headers)
}

/// Lists the event types of Okta's catalogue.
#[utoipa::path(
    get,
    path = "/api/v1/event-types",
    operation_id = "list_event_types",
    tag = "rules",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the list that the client has.")),
    responses(
        (status = 200, description = "All event types.", body = EventTypeList),
        (status = 304, description = "The client has the list."),
    ),
)]
async fn list_event_types(headers: HeaderMap) -> Response {
    EVENT_TYPES.answer(&headers)
}

/// A JSON text that stays as it is while the process runs.
#[derive(Debug)]
struct Page {
    text: String,
    etag: String,
}

impl Page {
    fn of(document: &impl Serialize) -> Self {
        let text = serde_json::to_string(document).unwrap_or_default();
        let digest = Sha256::digest(&text);
        let head = digest.iter().take(8);
        let head = head.fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
        Self {
            etag: format!("\"{head:016x}\""),
            text,
        }
    }

    fn answer(&'static self, headers: &HeaderMap) -> Response {
        let etag = [(header::ETAG, HeaderValue::from_static(&self.etag))];
        if self.is_had(headers) {
            return (StatusCode::NOT_MODIFIED, etag).into_response();
        }
        let json = [(header::CONTENT_TYPE, "application/json")];
        (etag, json, self.text.as_str()).into_response()
    }

    /// Whether the client names this page among those that it has (RFC 9110, 13.1.2).
    fn is_had(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(header::IF_NONE_MATCH).iter();
        let tags = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim);
        tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
            .any(|tag| tag == "*" || tag == self.etag)
    }
}
