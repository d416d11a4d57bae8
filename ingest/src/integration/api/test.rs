//! A test to be sent through the whole chain.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_schemas::connection_test::detection_id;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::integration::desk::{Current, Desk};
use crate::integration::test_delivery::{Delivered, deliver};
use crate::integration::trouble::Trouble;

/// A test on its way.
#[derive(Debug, Serialize, ToSchema)]
struct SentTest {
    /// The event's uuid.
    event: String,
    /// The id of the runtime event that it comes out as: read it at `/api/v1/events/{id}`.
    runtime_event: String,
    /// When it was posted, by the clock of this ingest.
    #[schema(value_type = String, format = DateTime)]
    posted_at: Timestamp,
    /// How long the hook took to answer that it has the event, in milliseconds.
    answered_ms: u64,
}

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new().routes(routes!(send))
}

/// Sends a test through the hook's public address, as Okta would, and says which runtime event is to be
/// expected in the feed; that one has `test` set. Nobody else can make such an event: what is posted
/// without our mark is an ordinary one.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/test",
    operation_id = "test_integration",
    tag = "integrations",
    params(("id" = String, Path, description = "The integration's id.")),
    responses(
        (status = 200, description = "The hook has taken it; the feed shows it when it is through.", body = SentTest),
        (status = 403, description = "The configuration file owns it: its secret is not known here."),
        (status = 404, description = "There is no integration of this id."),
        (status = 409, description = "It is paused, ingest.public_url is not set, or what is set of it can't be read here."),
        (status = 502, description = "The hook's public address could not be reached, or does not take it; `remedy` says what to do."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn send(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Json<SentTest>, Problem> {
    let entry = desk.entry(&id).await?;
    if entry.set().is_none() {
        return Err(of_file(&entry.name));
    }
    let Current { settings, .. } = desk.current(&id).await?;
    if settings.paused.is_some() {
        let sentence = "The integration is paused, so its hook takes nothing.";
        let trouble = Trouble::new(sentence, "Resume it, then send the test again.");
        return Err(failed(StatusCode::CONFLICT, trouble));
    }
    let status = if desk.public_url.is_empty() {
        StatusCode::CONFLICT
    } else {
        StatusCode::BAD_GATEWAY
    };
    let sent = deliver(&desk, &id, &settings).await;
    let Delivered { uuid, posted, took } = sent.map_err(|trouble| failed(status, trouble))?;
    Ok(Json(SentTest {
        runtime_event: detection_id(&id, &uuid).to_string(),
        event: uuid,
        posted_at: posted,
        answered_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }))
}

/// Only a digest of its secret is kept.
fn of_file(name: &str) -> Problem {
    let detail = format!(
        "the configuration file owns the integration {name:?}, whose secret is not kept to send with: \
         connect the org by `nightlatch integrations create` to test it"
    );
    Problem::new(StatusCode::FORBIDDEN, detail).of_type("owned-by-file", "Owned by a file")
}

fn failed(status: StatusCode, trouble: Trouble) -> Problem {
    Problem::new(status, trouble.text())
        .of_type("test-not-delivered", "Test not delivered")
        .with("sentence", trouble.sentence)
        .with("remedy", trouble.remedy)
}
