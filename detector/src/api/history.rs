//! What was set of a policy before, what differs, and the way back.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, bad, read_json};
use nightlatch_chassis::settings::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::change::{current, set};
use super::document::PolicyDocument;
use super::policies::unknown;
use super::request::{Rollback, bytes, parameters, seen};
use crate::policy::store;

/// How long two texts are compared at the most; after that what differs is shown coarsely.
const LONGEST_DIFF: Duration = Duration::from_millis(200);

/// All that was set of a policy.
#[derive(Debug, Serialize, ToSchema)]
struct RevisionList {
    /// The newest first.
    revisions: Vec<Revision>,
}

/// What was set of a policy at a time.
#[derive(Debug, Serialize, ToSchema)]
struct Revision {
    /// Its entity tag, without the quotes.
    #[serde(rename = "revision")]
    id: String,
    /// Who set it.
    who: String,
    /// When.
    #[schema(format = DateTime)]
    when: String,
    /// Why.
    note: String,
    /// Whether it was deleted then.
    deleted: bool,
    /// What was set: `text`, `tests`, `tuning`.
    #[schema(value_type = Object)]
    settings: Value,
}

/// What differs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Difference {
    pub(super) from: String,
    pub(super) to: String,
    /// A unified diff of the texts; empty where nothing differs.
    pub(super) diff: String,
}

/// Between which revisions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DifferenceQuery {
    /// By default the one before `to`.
    from: Option<String>,
    /// By default the current one.
    to: Option<String>,
}

/// A version as events are stamped with it.
#[derive(Debug, Serialize, ToSchema)]
struct VersionDocument {
    policy: String,
    version: String,
    kind: String,
    origin: String,
    /// The texts that it was compiled from: the policy's, and what was set of it.
    files: Vec<VersionText>,
}

/// A text.
#[derive(Debug, Serialize, ToSchema)]
struct VersionText {
    name: String,
    text: String,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(revisions))
        .routes(routes!(difference))
        .routes(routes!(roll_back))
        .routes(routes!(version))
}

/// Lists what was set of a policy, the newest first; also of one that is deleted.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}/revisions",
    operation_id = "list_revisions",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id.")),
    responses(
        (status = 200, description = "All revisions.", body = RevisionList),
        (status = 404, description = "There is and was no policy of this id."),
    ),
)]
async fn revisions(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<RevisionList>, Problem> {
    let history = history(&api, &id).await?;
    let revisions = history.into_iter().rev().map(|object| Revision {
        id: object.version.to_string(),
        who: object.who,
        when: object.when.to_string(),
        note: object.why,
        deleted: object.deleted,
        settings: object.value,
    });
    Ok(Json(RevisionList {
        revisions: revisions.collect(),
    }))
}

/// Tells what differs between two revisions.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}/diff",
    operation_id = "diff_policy",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id."), DifferenceQuery),
    responses(
        (status = 200, description = "What differs.", body = Difference),
        (status = 404, description = "There is no such policy or revision."),
    ),
)]
async fn difference(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<DifferenceQuery>, QueryRejection>,
) -> Result<Json<Difference>, Problem> {
    let query = parameters(query)?;
    let history = history(&api, &id).await?;
    let to = match &query.to {
        Some(to) => place(&history, to)?,
        None => history.len(),
    };
    let from = match &query.from {
        Some(from) => place(&history, from)?,
        None => to.saturating_sub(1),
    };
    let (before, after) = (at(&history, from), at(&history, to));
    Ok(Json(differs(before, after)))
}

/// Sets a policy as it was.
#[utoipa::path(
    post,
    path = "/api/v1/policies/{id}/rollback",
    operation_id = "roll_back_policy",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("If-Match" = String, Header, description = "The ETag of the policy as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    request_body = Rollback,
    responses(
        (status = 200, description = "It is in force.", body = PolicyDocument),
        (status = 404, description = "There is no such policy or revision."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "That revision can't be used any more."),
        (status = 428, description = "If-Match is missing."),
    ),
)]
async fn roll_back(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let Rollback { to, note } = read_json(&bytes(body).await?)?;
    let note = note.unwrap_or_else(|| format!("back to {to}"));
    let author = Author::of(&headers, Some(note))?;
    // One that was deleted comes back.
    if api.table().get(&id).is_some() {
        current(&api, &id, seen).await?;
    }
    let history = history(&api, &id).await?;
    let place = place(&history, &to)?;
    let wanted = history.get(place - 1).filter(|object| !object.deleted);
    let wanted = wanted.ok_or_else(|| bad(format!("the policy was deleted by {to}")))?;
    let settings = store::read(wanted).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("revision {to}: {error}"),
        )
    })?;
    set(&api, &id, seen, &settings, author).await
}

/// Returns a version that was in force once: what events that are stamped with it were judged by.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}/versions/{version}",
    operation_id = "get_policy_version",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("version" = String, Path, description = "The version, as events have it."),
    ),
    responses(
        (status = 200, description = "The version.", body = VersionDocument),
        (status = 404, description = "No such version was in force."),
    ),
)]
async fn version(
    State(api): State<Api>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<VersionDocument>, Problem> {
    let found = api.store.version(&id, &version).ok_or_else(|| {
        let detail = format!("no version {version:?} of a policy {id:?} was in force here");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })?;
    let files = found.files.into_iter().map(|file| VersionText {
        name: file.name,
        text: file.text,
    });
    Ok(Json(VersionDocument {
        policy: found.policy,
        version: found.version,
        kind: found.kind,
        origin: found.origin,
        files: files.collect(),
    }))
}

async fn history(api: &Api, id: &str) -> Result<Vec<Object>, Problem> {
    let history = api.store.history(id).await;
    let history = history.map_err(|error| super::unreachable(&error))?;
    if history.is_empty() && api.table().get(id).is_none() {
        return Err(unknown(id));
    }
    Ok(history)
}

/// Where a revision stands, counted from 1; 0 is before the first.
fn place(history: &[Object], revision: &str) -> Result<usize, Problem> {
    let mut revisions = history.iter().map(|object| object.version.to_string());
    let found = revisions.position(|known| known == revision);
    found.map(|at| at + 1).ok_or_else(|| {
        let detail = format!("there is no revision {revision:?} of it");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

fn at(history: &[Object], place: usize) -> Option<&Object> {
    history.get(place.checked_sub(1)?)
}

fn differs(before: Option<&Object>, after: Option<&Object>) -> Difference {
    let name = |object: Option<&Object>| {
        object.map_or_else(|| "none".to_owned(), |object| object.version.to_string())
    };
    let (from, to) = (name(before), name(after));
    Difference {
        diff: diff(&words(before), &words(after), &from, &to),
        from,
        to,
    }
}

/// What is set, as people read it: the text as it is, then the rest.
fn words(object: Option<&Object>) -> String {
    let Some(mut value) = object.map(|object| object.value.clone()) else {
        return String::new();
    };
    let mut words = String::new();
    for key in ["text", "tests"] {
        let taken = value
            .as_object_mut()
            .and_then(|members| members.remove(key));
        if let Some(Value::String(text)) = taken {
            words.extend(["# ", key, "\n", text.trim_end(), "\n"]);
        }
    }
    if value.is_object() {
        let rest = serde_json::to_string_pretty(&value).unwrap_or_default();
        words.extend(["# settings\n", &rest, "\n"]);
    }
    words
}

/// A unified diff.
pub(super) fn diff(before: &str, after: &str, from: &str, to: &str) -> String {
    if before == after {
        return String::new();
    }
    // Two texts that have nothing in common would take very long.
    TextDiff::configure()
        .timeout(LONGEST_DIFF)
        .diff_lines(before, after)
        .unified_diff()
        .header(from, to)
        .to_string()
}
