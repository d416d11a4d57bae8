//! The addresses of integrations, and the part of the OpenAPI document that is theirs.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::entity_tag;
use nightlatch_chassis::settings::Version;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use super::desk::Desk;
use super::trouble::Trouble;
use document::IntegrationDocument;

mod change;
mod create;
mod document;
mod list;
mod request;
mod rotate;
mod test;
mod validate;

/// Returns the addresses of integrations, ready to serve.
pub(crate) fn routes(desk: Arc<Desk>) -> Router {
    let (router, _) = documented().split_for_parts();
    router.with_state(desk)
}

/// Returns the paths and schemas of these addresses, as an OpenAPI 3.1 document has them.
pub(crate) fn openapi() -> Value {
    let mut document = serde_json::to_value(documented().into_openapi()).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "paths" | "components"));
    }
    document
}

fn documented() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .merge(list::router())
        .merge(create::router())
        .merge(change::router())
        .merge(rotate::router())
        .merge(validate::router())
        .merge(test::router())
}

/// An integration as it is now, with what could not be done along with the request.
async fn answer(
    desk: &Desk,
    status: StatusCode,
    id: &str,
    problems: Vec<Trouble>,
) -> Result<Response, Problem> {
    let entry = desk.entry(id).await?;
    let version = entry.set().map(|set| set.version);
    let document = IntegrationDocument::of(desk, &entry, problems);
    Ok((status, [(header::ETAG, tag(version))], Json(document)).into_response())
}

fn tag(version: Option<Version>) -> HeaderValue {
    HeaderValue::try_from(entity_tag(version)).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests;
