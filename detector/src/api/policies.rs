//! Policies to be read, below `/api/v1/policies`.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::entity_tag;
use nightlatch_chassis::settings::Version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::document::{ExceptionDocument, PolicyDocument, PolicySummary, exceptions};
use super::request::parameters;
use crate::policy::table::Entry;

/// All policies.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyList {
    /// By id.
    policies: Vec<PolicySummary>,
    /// The version of all rules that judge, as events are stamped with it; null while none do.
    ruleset_version: Option<String>,
}

/// The exceptions of a policy.
#[derive(Debug, Serialize, ToSchema)]
struct ExceptionList {
    exceptions: Vec<ExceptionDocument>,
}

/// Which exceptions are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExceptionQuery {
    /// `active` or `expired`; both by default.
    state: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(list_exceptions))
}

/// Lists the policies.
#[utoipa::path(
    get,
    path = "/api/v1/policies",
    operation_id = "list_policies",
    tag = "policies",
    responses((status = 200, description = "All policies.", body = PolicyList)),
)]
async fn list(State(api): State<Api>) -> Json<PolicyList> {
    let table = api.table();
    Json(PolicyList {
        policies: table.entries.values().map(PolicySummary::of).collect(),
        ruleset_version: api.ruleset_version(),
    })
}

/// Returns a policy.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}",
    operation_id = "get_policy",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id.")),
    responses(
        (status = 200, description = "The policy; its ETag is the version of what is set of it.", body = PolicyDocument),
        (status = 404, description = "There is no policy of this id."),
    ),
)]
async fn one(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Problem> {
    let table = api.table();
    let entry = table.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(shown(StatusCode::OK, entry, entry.revision))
}

/// Lists the exceptions that are set of a policy, those that have expired too.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}/exceptions",
    operation_id = "list_exceptions",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id."), ExceptionQuery),
    responses(
        (status = 200, description = "Its exceptions.", body = ExceptionList),
        (status = 400, description = "A parameter is unknown or malformed."),
        (status = 404, description = "There is no policy of this id."),
    ),
)]
async fn list_exceptions(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<ExceptionQuery>, QueryRejection>,
) -> Result<Json<ExceptionList>, Problem> {
    let query = parameters(query)?;
    let table = api.table();
    let entry = table.get(&id).ok_or_else(|| unknown(&id))?;
    let mut exceptions = exceptions(entry, None, Timestamp::now());
    if let Some(state) = &query.state {
        if !["active", "expired"].contains(&state.as_str()) {
            let detail = format!("state is active or expired, not {state:?}");
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail).with("parameter", "state"));
        }
        exceptions.retain(|exception| exception.state() == state);
    }
    Ok(Json(ExceptionList { exceptions }))
}

/// A policy as an answer, under the entity tag of what is set of it.
pub(super) fn shown(status: StatusCode, entry: &Entry, revision: Option<Version>) -> Response {
    let tag =
        HeaderValue::try_from(entity_tag(revision)).unwrap_or(HeaderValue::from_static("\"\""));
    let document = PolicyDocument::of(entry, Timestamp::now());
    (status, [(header::ETAG, tag)], Json(document)).into_response()
}

/// There is no such policy.
pub(super) fn unknown(id: &str) -> Problem {
    let detail = format!("there is no policy {id:?}; GET /api/v1/policies lists them");
    Problem::new(StatusCode::NOT_FOUND, detail)
}
