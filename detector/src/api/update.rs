//! What our updates have changed for managed rulesets.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::Author;
use nightlatch_engine::{Policy, SourceFile};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::change::{current, set, settings_of};
use super::document::PolicyDocument;
use super::history::{Difference, diff};
use super::request::seen;
use crate::policy::settings::{Kind, PolicySettings};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(update, acknowledge))
}

/// Tells what an update of ours has changed for a managed ruleset since somebody looked at it.
#[utoipa::path(
    get,
    path = "/api/v1/policies/{id}/update",
    operation_id = "get_update",
    tag = "policies",
    params(("id" = String, Path, description = "The id of a managed ruleset.")),
    responses(
        (status = 200, description = "What differs; an empty diff when nothing does.", body = Difference),
        (status = 404, description = "There is no managed ruleset of this id."),
    ),
)]
async fn update(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<Difference>, Problem> {
    let (settings, base) = ruleset(&api, &id)?;
    let (seen, now) = (settings.base_seen.unwrap_or_default(), base.version());
    let text = |files: &[SourceFile]| files.first().map(|file| file.text.clone());
    let after = text(base.files()).unwrap_or_default();
    let before = if seen == now {
        after.clone()
    } else {
        let found = api.store.version(base.id(), &seen);
        let file = found.and_then(|found| found.files.into_iter().next());
        let file = file.ok_or_else(|| {
            let detail = format!("the rules of version {seen:?} are not known here");
            Problem::new(StatusCode::NOT_FOUND, detail)
        })?;
        file.text
    };
    Ok(Json(Difference {
        diff: diff(&before, &after, &seen, now),
        to: now.to_owned(),
        from: seen,
    }))
}

/// Notes that somebody has looked at what an update of ours has changed.
#[utoipa::path(
    post,
    path = "/api/v1/policies/{id}/update",
    operation_id = "acknowledge_update",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The id of a managed ruleset."),
        ("If-Match" = String, Header, description = "The ETag of the policy as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who has looked at it."),
    ),
    responses(
        (status = 200, description = "It is noted.", body = PolicyDocument),
        (status = 404, description = "There is no managed ruleset of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 428, description = "If-Match is missing."),
    ),
)]
async fn acknowledge(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let (_, base) = ruleset(&api, &id)?;
    let now = base.version().to_owned();
    let mut settings = settings_of(&current(&api, &id, seen).await?)?;
    let author = Author::of(
        &headers,
        Some(format!("has looked at the rules of version {now}")),
    )?;
    settings.base_seen = Some(now);
    set(&api, &id, seen, &settings, author).await
}

/// A managed ruleset: what is set of it, and its base as it is now.
fn ruleset(api: &Api, id: &str) -> Result<(PolicySettings, Arc<Policy>), Problem> {
    let table = api.table();
    let entry = table
        .get(id)
        .filter(|entry| entry.kind == Kind::ManagedRuleset);
    let found = entry.and_then(|entry| Some((entry.settings.clone()?, entry.base.clone()?)));
    found.ok_or_else(|| {
        let detail = format!("there is no managed ruleset {id:?}");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}
