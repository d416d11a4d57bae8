//! Policies to be made, changed and deleted.
//!
//! What is to count is compiled first: what is broken is refused, and nothing changes. Who writes says
//! what they have seen; of two who have seen the same, one is told that the other was faster.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, entity_tag, read_json, read_value};
use nightlatch_chassis::settings::{Version, Written};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::block_in_place;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::{self, check};
use super::document::PolicyDocument;
use super::policies::{shown, unknown};
use super::request::{NewPolicy, NewSettings, bytes, parameters, seen};
use super::{Api, IN_FORCE};
use crate::policy::settings::PolicySettings;
use crate::policy::table::{Entry, Table};

/// Why something is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeleteQuery {
    /// Kept with the version.
    note: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(replace, amend, delete))
}

/// Makes a custom policy, or a managed ruleset.
#[utoipa::path(
    post,
    path = "/api/v1/policies",
    operation_id = "create_policy",
    tag = "policies",
    request_body = NewPolicy,
    responses(
        (status = 201, description = "It is in force.", body = PolicyDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 409, description = "There is a policy of this id."),
        (status = 422, description = "The rules are broken: `diagnostics` say where."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn create(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let new: NewPolicy = read_json(&bytes(body).await?)?;
    let author = Author::of(&headers, new.settings.note.clone())?;
    let (id, settings) = block_in_place(|| check::new_policy(&api.table(), new))?;
    if api.table().get(&id).is_some() {
        return Err(taken(&id));
    }
    block_in_place(|| check(&api.table(), &id, &settings))?;
    let version = match api.write(&id, None, Some(&settings), author).await? {
        Written::Won { version } => version,
        Written::Lost { .. } => return Err(taken(&id)),
    };
    let location = [(header::LOCATION, format!("/api/v1/policies/{id}"))];
    Ok((location, answer(&api, StatusCode::CREATED, &id, version)).into_response())
}

/// Sets a policy, whole.
#[utoipa::path(
    put,
    path = "/api/v1/policies/{id}",
    operation_id = "replace_policy",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("If-Match" = String, Header, description = "The ETag of the policy as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    request_body = NewSettings,
    responses(
        (status = 200, description = "It is in force.", body = PolicyDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 403, description = "A file owns the policy."),
        (status = 404, description = "There is no policy of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "The rules are broken: `diagnostics` say where."),
        (status = 428, description = "If-Match is missing."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn replace(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let new: NewSettings = read_json(&bytes(body).await?)?;
    let author = Author::of(&headers, new.note.clone())?;
    let entry = current(&api, &id, seen).await?;
    let before = entry.settings;
    let before = before.unwrap_or_else(|| PolicySettings::empty(entry.kind));
    let settings = with(&before, new);
    set(&api, &id, seen, &settings, author).await
}

/// Changes some of what is set of a policy (JSON Merge Patch, RFC 7396).
#[utoipa::path(
    patch,
    path = "/api/v1/policies/{id}",
    operation_id = "amend_policy",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("If-Match" = String, Header, description = "The ETag of the policy as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    request_body = NewSettings,
    responses(
        (status = 200, description = "It is in force.", body = PolicyDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 403, description = "A file owns the policy."),
        (status = 404, description = "There is no policy of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "The rules are broken: `diagnostics` say where."),
        (status = 428, description = "If-Match is missing."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn amend(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let patch: Value = read_json(&bytes(body).await?)?;
    let current = settings_of(&current(&api, &id, seen).await?)?;
    let mut document = json!({
        "text": current.text, "tests": current.tests, "tuning": current.tuning,
    });
    merge(&mut document, patch);
    let new: NewSettings = read_value(&document)?;
    let author = Author::of(&headers, new.note.clone())?;
    let settings = with(&current, new);
    set(&api, &id, seen, &settings, author).await
}

/// Deletes a policy. Of one that we ship what is set is forgotten.
#[utoipa::path(
    delete,
    path = "/api/v1/policies/{id}",
    operation_id = "delete_policy",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("If-Match" = String, Header, description = "The ETag of the policy as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
        DeleteQuery,
    ),
    responses(
        (status = 204, description = "It judges no more; its versions are kept."),
        (status = 403, description = "A file owns the policy."),
        (status = 404, description = "There is no policy of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 428, description = "If-Match is missing."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn delete(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<DeleteQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let query = parameters(query)?;
    let seen = seen(&headers)?;
    let author = Author::of(&headers, query.note)?;
    current(&api, &id, seen).await?;
    // Nothing may be set: then there is nothing to forget.
    if seen.is_some() {
        won(api.write(&id, seen, None, author).await?)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A policy that the API may change, as the client has seen it: a change is made to that and to nothing
/// older or newer.
pub(super) async fn current(api: &Api, id: &str, seen: Option<Version>) -> Result<Entry, Problem> {
    let now = api.revision_now(id).await?;
    if api.table().get(id).is_none() && now.is_none() {
        return Err(unknown(id));
    }
    if now != seen {
        // Unless a file owns it, which is what to tell then.
        api.table().get(id).map_or(Ok(()), writable)?;
        return Err(lost(now));
    }
    let mut table = api.table.clone();
    let is_seen = |table: &Arc<Table>| table.get(id).is_some_and(|entry| entry.revision == seen);
    let found = tokio::time::timeout(IN_FORCE, table.wait_for(is_seen)).await;
    let table = found
        .ok()
        .and_then(Result::ok)
        .map(|table| Arc::clone(&table));
    let table = table.ok_or_else(|| {
        let detail = "the last change is not in force here yet; try again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })?;
    let entry = table.get(id).ok_or_else(|| unknown(id))?;
    writable(entry)?;
    Ok(entry.clone())
}

/// What is set of a policy, to be changed in part; nothing may be. What can't be read must not be
/// taken for nothing.
pub(super) fn settings_of(entry: &Entry) -> Result<PolicySettings, Problem> {
    match (&entry.settings, entry.revision) {
        (Some(settings), _) => Ok(settings.clone()),
        (None, None) => Ok(PolicySettings::empty(entry.kind)),
        (None, Some(_)) => {
            let detail = "what is set of the policy can't be read here, perhaps because a newer \
                          program wrote it; replace it whole (PUT) or delete it";
            Err(Problem::new(StatusCode::CONFLICT, detail))
        }
    }
}

/// A policy that the API may change.
pub(super) fn writable(entry: &Entry) -> Result<(), Problem> {
    if !entry.is_read_only() {
        return Ok(());
    }
    let detail = format!(
        "the file {} owns the policy {:?}: change it there",
        entry.origin, entry.id
    );
    let problem = Problem::new(StatusCode::FORBIDDEN, detail);
    Err(problem.of_type("owned-by-file", "Owned by a file"))
}

/// Sets a policy if it can be used, and answers with what is in force then.
pub(super) async fn set(
    api: &Api,
    id: &str,
    seen: Option<Version>,
    settings: &PolicySettings,
    author: Author,
) -> Result<Response, Problem> {
    block_in_place(|| check(&api.table(), id, settings))?;
    let version = won(api.write(id, seen, Some(settings), author).await?)?;
    Ok(answer(api, StatusCode::OK, id, version))
}

fn with(current: &PolicySettings, new: NewSettings) -> PolicySettings {
    let NewSettings {
        text,
        tests,
        tuning,
        note: _,
    } = new;
    PolicySettings {
        text,
        tests,
        tuning,
        ..current.clone()
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// The policy as it is now, under the entity tag of what was written: somebody may have been there since.
pub(super) fn answer(api: &Api, status: StatusCode, id: &str, version: Version) -> Response {
    match api.table().get(id) {
        Some(entry) => shown(status, entry, Some(version)),
        None => StatusCode::ACCEPTED.into_response(),
    }
}

/// An error when somebody else was faster.
pub(super) fn won(written: Written) -> Result<Version, Problem> {
    match written {
        Written::Won { version } => Ok(version),
        Written::Lost { current } => Err(lost(current.map(|object| object.version))),
    }
}

fn lost(current: Option<Version>) -> Problem {
    let detail = "somebody else has changed the policy since; look at it, and decide anew";
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .of_type("changed-since", "Changed since")
        .with("current", entity_tag(current))
}

fn taken(id: &str) -> Problem {
    let detail = format!("there is a policy {id:?} already");
    Problem::new(StatusCode::CONFLICT, detail)
}
