//! Policies to be made, changed and deleted.
//!
//! What is to count is compiled first: what is broken is refused, and nothing changes. Who writes says
//! what they have seen; of two who have seen the same, one is told that the other was faster.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::settings::{Version, Written};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::block_in_place;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::check::{self, check};
use super::document::PolicyDocument;
use super::policies::{shown, unknown};
use super::request::{NewPolicy, NewSettings, author, bytes, read, read_value, seen, tag};
use crate::policy::settings::{PolicySettings, Tuning};
use crate::policy::store::Author;
use crate::policy::table::Entry;

/// Why something is deleted.
#[derive(Debug, Deserialize, IntoParams)]
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
    let new: NewPolicy = read(&bytes(body).await?)?;
    let author = author(&headers, new.settings.note.clone())?;
    let (id, settings) = block_in_place(|| check::new_policy(&api.table(), new))?;
    if api.table().get(&id).is_some() {
        return Err(taken(&id));
    }
    block_in_place(|| check(&api.table(), &id, &settings))?;
    match api.write(&id, None, Some(&settings), author).await? {
        Written::Won { .. } => {}
        Written::Lost { .. } => return Err(taken(&id)),
    }
    let location = [(header::LOCATION, format!("/api/v1/policies/{id}"))];
    Ok((location, answer(&api, StatusCode::CREATED, &id)).into_response())
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
    let new: NewSettings = read(&bytes(body).await?)?;
    let author = author(&headers, new.note.clone())?;
    let current = current(&api, &id)?;
    let settings = with(&current, new);
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
    let patch: Value = read(&bytes(body).await?)?;
    let current = current(&api, &id)?;
    let mut document = json!({
        "text": current.text, "tests": current.tests, "tuning": current.tuning,
    });
    merge(&mut document, patch);
    let new: NewSettings = read_value(&document)?;
    let author = author(&headers, new.note.clone())?;
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
    Query(query): Query<DeleteQuery>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let seen = seen(&headers)?;
    let author = author(&headers, query.note)?;
    current(&api, &id)?;
    match seen {
        // Nothing is set: there is nothing to forget.
        None => current_is(&api, &id, None)?,
        Some(_) => won(api.write(&id, seen, None, author).await?)?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What is set of a policy that the API may change.
pub(super) fn current(api: &Api, id: &str) -> Result<PolicySettings, Problem> {
    let table = api.table();
    let entry = table.get(id).ok_or_else(|| unknown(id))?;
    if entry.is_read_only() {
        let detail = format!(
            "the file {} owns the policy {id:?}: change it there",
            entry.origin
        );
        return Err(
            Problem::new(StatusCode::FORBIDDEN, detail).of_type("owned-by-file", "Owned by a file")
        );
    }
    let settings = entry
        .settings
        .as_ref()
        .map(|(_, settings)| settings.clone());
    Ok(settings.unwrap_or_else(|| PolicySettings::managed(Tuning::default())))
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
    won(api.write(id, seen, Some(settings), author).await?)?;
    Ok(answer(api, StatusCode::OK, id))
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

/// The policy as it is now.
pub(super) fn answer(api: &Api, status: StatusCode, id: &str) -> Response {
    match api.table().get(id) {
        Some(entry) => shown(status, entry),
        None => StatusCode::ACCEPTED.into_response(),
    }
}

/// An error when somebody else was faster.
pub(super) fn won(written: Written) -> Result<(), Problem> {
    match written {
        Written::Won { .. } => Ok(()),
        Written::Lost { current } => Err(lost(current.map(|object| object.version))),
    }
}

fn current_is(api: &Api, id: &str, seen: Option<Version>) -> Result<(), Problem> {
    let table = api.table();
    let settings = table
        .get(id)
        .and_then(|entry: &Entry| entry.settings.as_ref());
    let version = settings.map(|(version, _)| *version);
    if version == seen {
        Ok(())
    } else {
        Err(lost(version))
    }
}

fn lost(current: Option<Version>) -> Problem {
    let detail = "somebody else has changed the policy since; look at it, and decide anew";
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .of_type("changed-since", "Changed since")
        .with("current", tag(current))
}

fn taken(id: &str) -> Problem {
    let detail = format!("there is a policy {id:?} already");
    Problem::new(StatusCode::CONFLICT, detail)
}
