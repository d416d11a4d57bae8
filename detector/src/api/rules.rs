//! Rules in force to be read, below `/api/v1/rules`.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::document::{RuleDocument, RuleSummary};
use super::policies::unknown;
use super::request::parameters;

/// Rules of all policies.
#[derive(Debug, Serialize, ToSchema)]
struct RuleList {
    /// By policy, in the order of its text.
    rules: Vec<RuleSummary>,
}

/// Which rules are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RuleQuery {
    /// Those of this policy.
    policy: Option<String>,
    /// Those that can match this event type.
    event_type: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
}

/// Lists the rules of all policies, disabled ones too.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    operation_id = "list_rules",
    tag = "rules",
    params(RuleQuery),
    responses(
        (status = 200, description = "The rules.", body = RuleList),
        (status = 404, description = "There is no policy of this id."),
    ),
)]
async fn list(
    State(api): State<Api>,
    query: Result<Query<RuleQuery>, QueryRejection>,
) -> Result<Json<RuleList>, Problem> {
    let query = parameters(query)?;
    let table = api.table();
    if let Some(policy) = query.policy.as_ref().filter(|id| table.get(id).is_none()) {
        return Err(unknown(policy));
    }
    let policies = table
        .entries
        .values()
        .filter_map(|entry| entry.policy.as_ref());
    let wanted = policies.filter(|policy| query.policy.as_ref().is_none_or(|id| policy.id() == id));
    let rules = wanted.flat_map(|policy| {
        let rules = policy.rules().iter().filter(|rule| {
            let wanted = query.event_type.as_ref();
            let types = rule.event_types();
            wanted.is_none_or(|wanted| types.is_none_or(|types| types.contains(wanted)))
        });
        rules.map(|rule| RuleSummary::of(policy.id(), rule))
    });
    Ok(Json(RuleList {
        rules: rules.collect(),
    }))
}

/// Returns a rule. Its identity is its policy and its name.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{policy}/{rule}",
    operation_id = "get_rule",
    tag = "rules",
    params(
        ("policy" = String, Path, description = "The policy's id."),
        ("rule" = String, Path, description = "The rule's name."),
    ),
    responses(
        (status = 200, description = "The rule.", body = RuleDocument),
        (status = 404, description = "There is no such policy or rule."),
    ),
)]
async fn one(
    State(api): State<Api>,
    Path((policy, rule)): Path<(String, String)>,
) -> Result<Json<RuleDocument>, Problem> {
    let table = api.table();
    let entry = table.get(&policy).ok_or_else(|| unknown(&policy))?;
    let rules = entry.policy.iter().flat_map(|policy| policy.rules());
    let found = rules.into_iter().find(|found| found.name() == rule);
    let found = found.ok_or_else(|| {
        let detail = format!("policy {policy:?} has no rule {rule:?}");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })?;
    Ok(Json(RuleDocument::of(entry, found, Timestamp::now())))
}
