//! The addresses of the sink, and the documents that describe them and the topics.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use nightlatch_chassis::http::Problem;
use nightlatch_schemas::asyncapi;
use serde_json::{Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::activity::{self, Activity};
use crate::dead_letter;
use crate::entity::{self, Entities};
use crate::feed::{self, Feed, event_schema};
use crate::{registry, triage, ui, view};

/// Returns the sink's addresses, ready to serve.
pub(crate) fn routes(feed: Feed, activity: Option<Activity>, openapi: &Value) -> Router {
    let (router, _) = of_feed().split_for_parts();
    let (of_activity, _) = of_activity().split_for_parts();
    let openapi = openapi.to_string();
    let (of_entities, _) = entity::router().split_for_parts();
    let of_activity = match activity {
        Some(activity) => {
            let feed = feed.clone();
            let entities = of_entities.with_state(Entities {
                activity: activity.clone(),
                feed,
            });
            of_activity.with_state(activity).merge(entities)
        }
        None => activity_is_off(),
    };
    router
        .route("/openapi.json", get(async move || json_text(openapi)))
        .merge(ui::routes())
        .with_state(feed)
        .merge(of_activity)
}

/// Returns the OpenAPI 3.1 document of the sink's addresses.
pub fn openapi() -> Value {
    let mut document = of_feed().into_openapi();
    document.merge(of_activity().into_openapi());
    document.merge(entity::router().into_openapi());
    document.merge(dead_letter::document());
    serde_json::to_value(document).unwrap_or_default()
}

fn of_activity() -> OpenApiRouter<Activity> {
    OpenApiRouter::new().merge(activity::router())
}

/// Answers where the activity would be.
fn activity_is_off() -> Router {
    let off = any(async || {
        let detail = "the activity is not kept: set sink.activity.enabled";
        Problem::new(StatusCode::NOT_FOUND, detail)
    });
    Router::new()
        .route("/api/v1/activity", off.clone())
        .route("/api/v1/activity/{*rest}", off.clone())
        .route("/api/v1/entities/{*rest}", off)
}

fn of_feed() -> OpenApiRouter<Feed> {
    OpenApiRouter::with_openapi(head())
        .merge(feed::router())
        .merge(triage::router())
        .merge(view::router())
        .merge(registry::router())
        .routes(routes!(asyncapi_document))
}

fn head() -> OpenApi {
    let license = LicenseBuilder::new()
        .name("Apache-2.0")
        .identifier(Some("Apache-2.0"))
        .build();
    let info = InfoBuilder::new()
        .title("Nightlatch")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The feed of runtime events (detections in an Okta org), and the schemas of the topics. \
             Errors are problem documents (RFC 9457); those of the registry are in Confluent's form.",
        ))
        .license(Some(license))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Describes the topics.
#[utoipa::path(
    get,
    path = "/asyncapi.json",
    operation_id = "get_asyncapi",
    tag = "documents",
    responses((status = 200, description = "The AsyncAPI 3.0 document of the topics.", body = Value)),
)]
async fn asyncapi_document() -> Response {
    json_text(asyncapi().to_string())
}

fn json_text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// The schema of a runtime event in JSON.
pub(crate) struct EventDocument;

impl PartialSchema for EventDocument {
    fn schema() -> RefOr<Schema> {
        from_json(event_schema())
    }
}

impl ToSchema for EventDocument {
    fn name() -> std::borrow::Cow<'static, str> {
        "RuntimeEvent".into()
    }
}

/// The schema of an error.
pub(crate) struct ProblemDocument;

impl PartialSchema for ProblemDocument {
    fn schema() -> RefOr<Schema> {
        from_json(json!({
            "type": "object",
            "description": "An error (RFC 9457).",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string", "format": "uri-reference",
                    "description": "What kind of problem: about:blank, or urn:problem-type:nightlatch:…"},
                "title": {"type": "string", "description": "The kind of problem, for people."},
                "status": {"type": "integer", "description": "The HTTP status."},
                "detail": {"type": "string", "description": "What is wrong and what to do."},
                "parameter": {"type": "string", "description": "The parameter that is wrong."},
                "position": {"type": "integer",
                    "description": "The character of its value, counted from 1, at which it is wrong."},
                "length": {"type": "integer",
                    "description": "How many characters from there on are wrong; 0 when something is missing there."},
                "suggestion": {"type": "string", "description": "What may have been meant instead of them."},
                "line": {"type": "integer", "description": "The line of a body that is wrong, from 1."},
                "column": {"type": "integer", "description": "The column of that line, from 1."},
                "member": {"type": "string", "description": "The member of the body that is wrong."},
                "count": {"type": "integer", "description": "How many events there are."},
                "current": {"type": "string", "description": "The entity tag of what is there now."},
                "missing": {"type": "array", "items": {"type": "string"},
                    "description": "Some of the events that are not there."},
                "event": {"type": "integer", "description": "The event that is wrong, from 1."},
                "limit": {"type": "integer", "description": "The most bytes that a body may have."},
                "accepted": {"type": ["string", "array"], "description": "What would be right."}
            }
        }))
    }
}

impl ToSchema for ProblemDocument {
    fn name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }
}

fn from_json(schema: Value) -> RefOr<Schema> {
    serde_json::from_value::<Schema>(schema).map_or_else(|_| Schema::default().into(), RefOr::T)
}
