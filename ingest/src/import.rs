//! `POST /api/v1/import`: exports and saved hook bodies through the same pipeline.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::topic::Place;
use nightlatch_schemas::Origin;
use serde::{Deserialize, Serialize};

use crate::Integration;
use crate::body::{self, BodyError};
use crate::export::{Items, candidates};
use crate::integration::directory::Table;
use crate::publish::{Parcel, now_ms};
use crate::service::Service;
use crate::trace;

/// Events that are made durable together.
const PARCEL: usize = 500;
/// A person waits, not Okta: longer than for hooks.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    integration: Option<String>,
}

/// What an import made of its text.
#[derive(Debug, Serialize)]
struct Imported {
    integration: String,
    events: usize,
    dead_letters: usize,
    /// Where the events are on `okta.events`: partition, first and last offset.
    places: Vec<(i32, i64, i64)>,
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/v1/import", post(import))
        .with_state(service)
}

async fn import(
    State(service): State<Arc<Service>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    request: Request<Body>,
) -> Result<Json<Imported>, Problem> {
    let integration = integration(&service, parameters).await?;
    let (head, body) = request.into_parts();
    let mut body = body::read(&head.headers, body, &service.limits)
        .await
        .map_err(unread)?;
    // A parcel at a time is made of it, at the most its size.
    body.reserve(body.bytes.len()).map_err(unread)?;
    let mut imported = Imported {
        integration: integration.id.clone(),
        events: 0,
        dead_letters: 0,
        places: Vec::new(),
    };
    let received = now_ms();
    let trace = trace::of(&head.headers);
    let mut parcel = Parcel::new(trace);
    for item in Items::new(&body.bytes) {
        for candidate in candidates(item) {
            parcel.add(&integration, candidate, Origin::Import, received);
        }
        if parcel.len() >= PARCEL {
            let full = std::mem::replace(&mut parcel, Parcel::new(trace));
            imported
                .publish(&service, &integration, full, received)
                .await?;
        }
    }
    imported
        .publish(&service, &integration, parcel, received)
        .await?;
    Ok(Json(imported))
}

impl Imported {
    async fn publish(
        &mut self,
        service: &Service,
        integration: &Integration,
        parcel: Parcel,
        received: i64,
    ) -> Result<(), Problem> {
        let published = service
            .publish(parcel, integration, received, TIMEOUT)
            .await;
        let published = published.map_err(|error| {
            let done = self.events;
            let detail = format!(
                "{done} events are in, then: {error}; send it all again, repeats are harmless"
            );
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })?;
        self.events += published.places.len();
        self.dead_letters += published.dead_letters;
        published
            .places
            .into_iter()
            .for_each(|place| extend(&mut self.places, place));
        Ok(())
    }
}

async fn integration(
    service: &Service,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Arc<Integration>, Problem> {
    let Query(parameters) = parameters
        .map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let name = parameters.integration.as_deref();
    let known = |table: &Table| table.integrations.for_import(name);
    if let Ok(integration) = known(&service.directory.table()) {
        return Ok(integration);
    }
    let Some(table) = service.directory.proved().await else {
        let detail = "the integrations can't be read just now; try again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    };
    known(&table).map_err(|names| {
        let names = names.join(", ");
        let detail = format!("no integration has this name; there are: {names}");
        Problem::new(StatusCode::NOT_FOUND, detail).with("parameter", "integration")
    })
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unread(error: BodyError) -> Problem {
    Problem::new(error.answer().0, error.to_string())
}

fn extend(places: &mut Vec<(i32, i64, i64)>, place: Place) {
    match places.last_mut() {
        Some((partition, _, last))
            if *partition == place.partition && *last + 1 == place.offset =>
        {
            *last = place.offset;
        }
        _ => places.push((place.partition, place.offset, place.offset)),
    }
}
