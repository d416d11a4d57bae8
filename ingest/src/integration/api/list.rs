//! Integrations to be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::document::{IntegrationDocument, IntegrationSummary};
use crate::integration::desk::Desk;
use crate::okta::event_types::{Carrier, carrier};

/// All integrations.
#[derive(Debug, Serialize, ToSchema)]
struct IntegrationList {
    /// By name.
    integrations: Vec<IntegrationSummary>,
}

/// What is known of each event type of an integration.
#[derive(Debug, Serialize, ToSchema)]
struct IntegrationEventTypes {
    /// By name: those that are wanted, and those that came all the same.
    event_types: Vec<IntegrationEventType>,
}

/// An event type of an integration.
#[derive(Debug, Serialize, ToSchema)]
struct IntegrationEventType {
    name: String,
    /// Whether it was chosen.
    wanted: bool,
    /// Whether our event hook carries it.
    subscribed: bool,
    /// `hook`, or `system_log`: no event hook carries it; null of a type that Okta does not name.
    source: Option<&'static str>,
    /// When the last one came.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// How many came within the last 24 hours, to the hour; repeats are counted.
    count_24h: u64,
}

/// The last deliveries to an event hook.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryLog {
    /// The newest first, at most 100.
    deliveries: Vec<DeliveryDocument>,
}

/// A delivery to an event hook, and what it was answered.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryDocument {
    /// When it was answered, or its caller hung up.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The HTTP status: 204 when all of it was durable; 401 when the secret was missing or wrong. 499 stands
    /// for a caller that hung up before it was answered, as Okta does after 3 seconds.
    status: u16,
    /// How many events it had; null when it was refused.
    events: Option<usize>,
    /// How long that took, in milliseconds; Okta waits 3 seconds.
    milliseconds: u64,
}

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(event_types))
        .routes(routes!(deliveries))
}

/// Lists the integrations.
#[utoipa::path(
    get,
    path = "/api/v1/integrations",
    operation_id = "list_integrations",
    tag = "integrations",
    responses(
        (status = 200, description = "All integrations.", body = IntegrationList),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn list(State(desk): State<Arc<Desk>>) -> Result<Json<IntegrationList>, Problem> {
    let table = desk.table().await?;
    let mut entries: Vec<_> = table.entries.values().collect();
    entries.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let summaries = entries
        .into_iter()
        .map(|entry| IntegrationSummary::of(&desk, entry));
    Ok(Json(IntegrationList {
        integrations: summaries.collect(),
    }))
}

/// Returns an integration.
#[utoipa::path(
    get,
    path = "/api/v1/integrations/{id}",
    operation_id = "get_integration",
    tag = "integrations",
    params(("id" = String, Path, description = "The integration's id.")),
    responses(
        (status = 200, description = "The integration; its ETag is the version of what is set of it.", body = IntegrationDocument),
        (status = 404, description = "There is no integration of this id."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn one(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Result<Response, Problem> {
    answer(&desk, StatusCode::OK, &id, Vec::new()).await
}

/// Tells of each event type of an integration when it was last seen, and how often.
#[utoipa::path(
    get,
    path = "/api/v1/integrations/{id}/event-types",
    operation_id = "list_integration_event_types",
    tag = "integrations",
    params(("id" = String, Path, description = "The integration's id.")),
    responses(
        (status = 200, description = "Its event types.", body = IntegrationEventTypes),
        (status = 404, description = "There is no integration of this id."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn event_types(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Json<IntegrationEventTypes>, Problem> {
    let entry = desk.entry(&id).await?;
    let wanted = entry.settings().map(|set| set.event_types.names());
    let wanted: BTreeSet<String> = wanted.unwrap_or_default().into_iter().collect();
    let hooked = entry.settings().map(|set| set.event_types.by_hook());
    let hooked: BTreeSet<String> = hooked.unwrap_or_default().into_iter().collect();
    let seen = desk.activity.of(&entry.tenure());
    let names: BTreeSet<&String> = wanted.iter().chain(seen.keys()).collect();
    let document = |name: &String| {
        let activity = seen.get(name).copied().unwrap_or_default();
        let last_seen = Some(activity.last_seen).filter(|last| *last > 0);
        let source = |carrier| match carrier {
            Carrier::Hook => "hook",
            Carrier::Log => "system_log",
        };
        IntegrationEventType {
            wanted: wanted.contains(name),
            subscribed: hooked.contains(name),
            source: carrier(name).map(source),
            last_seen: last_seen.and_then(|last| Timestamp::from_millisecond(last).ok()),
            count_24h: activity.count,
            name: name.clone(),
        }
    };
    Ok(Json(IntegrationEventTypes {
        event_types: names.into_iter().map(document).collect(),
    }))
}

/// Tells of the last deliveries to the event hook of an integration, and how they were answered.
#[utoipa::path(
    get,
    path = "/api/v1/integrations/{id}/deliveries",
    operation_id = "list_integration_deliveries",
    tag = "integrations",
    params(("id" = String, Path, description = "The integration's id.")),
    responses(
        (status = 200, description = "Its last deliveries; those to other replicas are a few seconds old.", body = DeliveryLog),
        (status = 404, description = "There is no integration of this id."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn deliveries(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Json<DeliveryLog>, Problem> {
    let entry = desk.entry(&id).await?;
    let received = desk.deliveries.of(&entry.tenure()).into_iter();
    let documents = received.filter_map(|received| {
        Some(DeliveryDocument {
            at: Timestamp::from_millisecond(received.at).ok()?,
            status: received.status,
            events: received.events,
            milliseconds: received.milliseconds,
        })
    });
    Ok(Json(DeliveryLog {
        deliveries: documents.collect(),
    }))
}
