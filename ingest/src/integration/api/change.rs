//! Integrations to be changed, paused, completed and deleted.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, read_json};
use nightlatch_chassis::settings::Written;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::create::{event_types, name_is_free};
use super::document::IntegrationDocument;
use super::request::{Amendment, bytes, name, parameters, seen, seen_if_said, start};
use crate::integration::desk::{Desk, changed_since};
use crate::integration::settings::IntegrationSettings;
use crate::integration::subscription::Removed;
use crate::integration::tenure::Tenure;
use crate::integration::trouble::Trouble;

/// How long a pause waits for its turn, and for Okta: together less than callers wait for an answer.
const RESTING: Duration = Duration::from_secs(8);

/// Why something is done.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NoteQuery {
    /// Kept with the version.
    note: Option<String>,
}

/// What is left of an integration.
#[derive(Debug, Serialize, ToSchema)]
struct Deleted {
    /// The event hook at Okta: `deleted`, `none` (there was none), or `left`: it is still there.
    hook: &'static str,
    /// Why it is still there, and what to do.
    problem: Option<Trouble>,
}

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(amend, delete))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(complete))
}

/// Changes name, event types or start of an integration. A hook that is at Okta is brought up to date.
#[utoipa::path(
    patch,
    path = "/api/v1/integrations/{id}",
    operation_id = "amend_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = String, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    request_body = Amendment,
    responses(
        (status = 200, description = "It is in force; `problems` tell what could not be done at Okta.", body = IntegrationDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 409, description = "The name is taken, or what is set of it can't be read here."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "The event types can't be right; `remedy` says what to do."),
        (status = 428, description = "If-Match is missing."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn amend(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let new: Amendment = read_json(&bytes(body).await?)?;
    let author = Author::of(&headers, new.note)?;
    let before = desk.seen(&id, seen).await?.settings;
    let mut settings = before.clone();
    if let Some(text) = new.name {
        settings.name = name(&text)?;
        name_is_free(&*desk.table().await?, &id, &settings.name)?;
    }
    if let Some(chosen) = new.event_types {
        settings.event_types = event_types(chosen)?;
    }
    if let Some(time) = new.start {
        settings.start = start(time)?;
    }
    let mut problems = Vec::new();
    if settings != before {
        won(desk.write(&id, seen, Some(&settings), author).await?)?;
        let is_carried = settings.hook.is_at_okta() && settings.paused.is_none();
        let is_other = settings.name != before.name || settings.event_types != before.event_types;
        if is_carried && is_other {
            problems.extend(desk.renew_hook(&id).await.err());
        }
    }
    answer(&desk, StatusCode::OK, &id, problems).await
}

/// Stops taking the events of an integration: its hook is deactivated, its System Log not read. Events
/// of the meantime are read from the System Log when it goes on.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/pause",
    operation_id = "pause_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who pauses it."),
        NoteQuery,
    ),
    responses(
        (status = 200, description = "It is paused; `problems` tell what could not be done at Okta.", body = IntegrationDocument),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn pause(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    query: Result<Query<NoteQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let note = parameters(query)?.note;
    let now = Timestamp::now();
    let change = |settings: &mut IntegrationSettings| {
        settings.paused.get_or_insert(now);
    };
    let current = desk.current(&id).await?;
    if seen_if_said(&headers)?.is_some_and(|seen| seen != Some(current.version)) {
        return Err(changed_since(Some(current.version)));
    }
    // First at Okta: deliveries that find a paused integration are refused, and Okta would count them as
    // failures of ours. While it is our turn nobody brings the hook up to date and switches it on again.
    let turn = timeout(RESTING, desk.turns.take(&id)).await.ok();
    let rested = match &turn {
        Some(_) => timeout(RESTING, desk.rest_hook(&id)).await.ok(),
        None => None,
    };
    // Who pauses has that in force soon, whatever Okta does; the watch sees to the hook then.
    let problems = rested.unwrap_or_else(|| Err(still_on())).err();
    set(&desk, &id, &headers, note, change).await?;
    drop(turn);
    let problems = problems.into_iter().collect();
    answer(&desk, StatusCode::OK, &id, problems).await
}

/// Takes the events of an integration again.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/resume",
    operation_id = "resume_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who resumes it."),
        NoteQuery,
    ),
    responses(
        (status = 200, description = "It goes on; `problems` tell what could not be done at Okta.", body = IntegrationDocument),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn resume(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    query: Result<Query<NoteQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let change = |settings: &mut IntegrationSettings| settings.paused = None;
    let settings = set(&desk, &id, &headers, parameters(query)?.note, change).await?;
    let mut problems = Vec::new();
    if settings.hook.is_at_okta() {
        problems.extend(desk.renew_hook(&id).await.err());
    }
    answer(&desk, StatusCode::OK, &id, problems).await
}

/// Says that all of an integration is set up: the end of the way through the wizard.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/complete",
    operation_id = "complete_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who completes it."),
        NoteQuery,
    ),
    responses(
        (status = 200, description = "It is complete.", body = IntegrationDocument),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 409, description = "Okta has not verified its hook yet: validate it."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn complete(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    query: Result<Query<NoteQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = parameters(query)?;
    let current = desk.current(&id).await?;
    let secrets = &current.settings.hook.secrets;
    if secrets.iter().all(|secret| secret.verified.is_none()) {
        let detail = "Okta has not verified the event hook yet; validate the integration first";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let now = Timestamp::now();
    let change = |settings: &mut IntegrationSettings| {
        settings.completed.get_or_insert(now);
    };
    set(&desk, &id, &headers, query.note, change).await?;
    answer(&desk, StatusCode::OK, &id, Vec::new()).await
}

/// Deletes an integration and its event hook at Okta. Its runtime events are kept.
#[utoipa::path(
    delete,
    path = "/api/v1/integrations/{id}",
    operation_id = "delete_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = String, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who deletes it."),
        NoteQuery,
    ),
    responses(
        (status = 200, description = "It is gone; `hook` tells what became of the hook at Okta.", body = Deleted),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 428, description = "If-Match is missing."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn delete(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    query: Result<Query<NoteQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Deleted>, Problem> {
    let query = parameters(query)?;
    let seen = seen(&headers)?;
    let author = Author::of(&headers, query.note)?;
    desk.seen(&id, seen).await?;
    // Who brings the hook up to date meanwhile would make it anew.
    let _turn = desk.turns.take(&id).await;
    let settings = desk.seen(&id, seen).await?.settings;
    let (hook, problem) = match desk.remove_hook(&id, &settings).await {
        Ok(Removed::Deleted) => ("deleted", None),
        Ok(Removed::Missing) => ("none", None),
        Err(trouble) => ("left", Some(trouble)),
    };
    won(desk.write(&id, seen, None, author).await?)?;
    desk.connections.forget(&id);
    desk.observations.forget(&id).await;
    desk.standings.forget(&id).await;
    let tenure = Tenure::of(&id, Some(settings.created));
    desk.activity.end(&tenure).await;
    desk.arrivals.end(&tenure).await;
    desk.deliveries.end(&tenure).await;
    Ok(Json(Deleted { hook, problem }))
}

fn still_on() -> Trouble {
    let sentence = "Okta has not switched the hook off in time.";
    Trouble::new(
        sentence,
        "Wait: it is switched off as soon as Okta answers.",
    )
}

/// Changes an integration; as it was seen, if that is said.
async fn set(
    desk: &Desk,
    id: &str,
    headers: &HeaderMap,
    note: Option<String>,
    change: impl Fn(&mut IntegrationSettings),
) -> Result<IntegrationSettings, Problem> {
    let author = Author::of(headers, note)?;
    let Some(seen) = seen_if_said(headers)? else {
        return Ok(desk.amend(id, author, change).await?.settings);
    };
    let before = desk.seen(id, seen).await?.settings;
    let mut settings = before.clone();
    change(&mut settings);
    if settings != before {
        won(desk.write(id, seen, Some(&settings), author).await?)?;
    }
    Ok(settings)
}

/// An error when somebody else was faster.
pub(super) fn won(written: Written) -> Result<(), Problem> {
    match written {
        Written::Won { .. } => Ok(()),
        Written::Lost { current } => Err(changed_since(current.map(|object| object.version))),
    }
}
