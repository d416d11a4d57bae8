//! The checklist as a stream: an event a step, when it begins and when it has ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::Span;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::bad;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::request::parameters;
use crate::integration::checklist::{Checklist, Report};
use crate::integration::desk::{Current, Desk};

/// How long the first event is waited for when nothing is said.
const WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// Reports on their way.
const IN_FLIGHT: usize = 32;
/// Shows that the stream is alive while a step takes long.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How it is validated.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ValidateQuery {
    /// How long the first event is waited for, such as `30s` (the default is `10s`, the most `10m`).
    wait: Option<String>,
}

/// The end of the checklist.
#[derive(Debug, Serialize, ToSchema)]
struct Verdict {
    /// Whether no step failed.
    passed: bool,
}

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new().routes(routes!(validate))
}

/// Goes through the checklist of a connection: creates the event hook or brings it up to date, has Okta
/// verify it, looks into the System Log. Server-sent events: `step` when a step begins and when it has
/// ended (`Report`), `done` at the end (`Verdict`). The work goes on when the client goes away.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/validate",
    operation_id = "validate_integration",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ValidateQuery,
    ),
    responses(
        (status = 200, description = "The steps: events `step` with a `Report`, then `done` with a `Verdict`.",
         content_type = "text/event-stream", body = Report),
        (status = 400, description = "A parameter is unknown or malformed."),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 409, description = "It is paused, or what is set of it can't be read here."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn validate(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    query: Result<Query<ValidateQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let wait = match parameters(query)?.wait {
        Some(text) => wait(&text)?,
        None => WAIT,
    };
    let Current { settings, .. } = desk.current(&id).await?;
    if settings.paused.is_some() {
        let detail = "the integration is paused; resume it first";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let (sender, events) = mpsc::channel::<Result<Event, Infallible>>(IN_FLIGHT);
    tokio::spawn(async move {
        let (reports, mut told) = mpsc::channel::<Report>(IN_FLIGHT);
        let checklist = Checklist {
            desk: &desk,
            id: &id,
            wait,
            reports,
            is_failed: false,
        };
        let events = sender.clone();
        let telling = async move {
            while let Some(report) = told.recv().await {
                let event = Event::default()
                    .event("step")
                    .data(json!(report).to_string());
                drop(events.send(Ok(event)).await);
            }
        };
        let (passed, ()) = tokio::join!(checklist.run(&settings), telling);
        let verdict = json!(Verdict { passed }).to_string();
        let done = Event::default().event("done").data(verdict);
        drop(sender.send(Ok(done)).await);
    });
    let stream = Sse::new(ReceiverStream::new(events));
    let heartbeat = KeepAlive::new().interval(HEARTBEAT);
    Ok(stream.keep_alive(heartbeat).into_response())
}

fn wait(text: &str) -> Result<Duration, Problem> {
    let wait = text.parse::<Span>().map(Span::duration).ok();
    wait.filter(|wait| *wait <= LONGEST_WAIT).ok_or_else(|| {
        let detail = "wait is a time such as 30s, at most 10m";
        bad(detail).with("parameter", "wait")
    })
}
