//! `GET /api/v1/dead-letters`: what could not be taken, by whom and why, and whether it was sent again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::topic::{Cursors, Log, Place, Stored, TopicError};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS};
use nightlatch_schemas::{DeadLetter, Redrive, redrive_key};
use serde::Serialize;
use tokio::sync::OnceCell;
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filter::{Filter, REASON, SENT, STAGE, TOPIC, meant_for};
use super::list::{self, Page, SHOWN_BYTES};
use crate::feed::cursor::StreamCursor;
use crate::feed::parameter::{CURSOR, LIMIT, Parameter};
use crate::feed::time_text;
use crate::list::{Pairs, Query as Pairwise};
use crate::openapi::ProblemDocument;

/// What the address works with.
#[derive(Debug, Clone)]
struct Letters {
    log: Log,
    /// When letters were sent again; read when it is first asked for.
    redrives: Arc<OnceCell<Cursors>>,
}

/// A page of dead letters.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterPage {
    /// Newest first.
    letters: Vec<DeadLetterDocument>,
    /// `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// A record that could not be taken.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterDocument {
    /// Where it stands on okta.dead-letters: partition:offset.
    id: String,
    /// When it became one.
    #[schema(format = DateTime)]
    at: String,
    /// Who refused it: ingest, detector or sink.
    stage: String,
    /// Why, a sentence.
    reason: String,
    /// Its whole size in bytes.
    size: Option<u64>,
    /// Whether only the first 512 KiB of it were kept; such a letter can't be sent again.
    is_truncated: bool,
    /// The topic that it is meant for; null when that is none of ours.
    topic: Option<&'static str>,
    /// Where it came from; null for what came by a hook or an import.
    source: Option<SourceDocument>,
    /// The integration's id, if that is what its key is.
    key: String,
    /// The first of it as text; what is no text is replaced.
    preview: String,
    /// The address that sends it again, by POST; null when nobody can.
    redrive: Option<String>,
    /// When it was last sent again.
    #[schema(format = DateTime)]
    redriven_at: Option<String>,
}

/// A place on a topic.
#[derive(Debug, Serialize, ToSchema)]
struct SourceDocument {
    topic: String,
    partition: i32,
    offset: i64,
}

static PARAMETERS: [&Parameter; 6] = [&STAGE, &TOPIC, &REASON, &SENT, &LIMIT, &CURSOR];

struct PageParameters;

impl IntoParams for PageParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
        let all = PARAMETERS.iter();
        all.map(|parameter| parameter.document()).collect()
    }
}

/// Returns the address, ready to serve.
pub fn dead_letters(log: Log) -> Router {
    let (router, _) = router().split_for_parts();
    router.with_state(Letters {
        log,
        redrives: Arc::default(),
    })
}

/// Returns what describes the address.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    router().into_openapi()
}

fn router() -> OpenApiRouter<Letters> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(bytes))
}

/// Lists what could not be taken, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/dead-letters",
    operation_id = "list_dead_letters",
    tag = "dead letters",
    params(PageParameters),
    responses(
        (status = 200, description = "A page of dead letters of all services.", body = DeadLetterPage),
        (status = 400, description = "A parameter is unknown or malformed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The topic can't be read just now.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn list(
    State(letters): State<Letters>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<DeadLetterPage>, Problem> {
    let query = Pairwise::of(&pairs, &PARAMETERS)?;
    let limit = usize::try_from(LIMIT.number(query.text(&LIMIT))?).unwrap_or_default();
    let cursor = query.text(&CURSOR).map(str::parse::<StreamCursor>);
    let cursor = cursor.transpose();
    let cursor = cursor.map_err(|at| CURSOR.malformed(at, "this is no cursor"))?;
    let ends = cursor.map(|cursor| cursor.positions().clone());
    let filter = Filter::of(&query)?;
    let open = || letters.log.cursors(CURSORS);
    let redrives = letters.redrives.get_or_try_init(open).await;
    let redrives = redrives.map_err(unreadable)?;
    let is_wanted = |letter: &Stored| filter.fits(letter, || redriven(redrives, letter).is_some());
    let page = list::page(&letters.log, ends.unwrap_or_default(), limit, is_wanted).await;
    let Page {
        letters: found,
        next,
    } = page.map_err(unreadable)?;
    Ok(Json(DeadLetterPage {
        letters: found
            .into_iter()
            .map(|letter| letter_document(letter, redrives))
            .collect(),
        next_cursor: next.map(|next| StreamCursor::before(&next).to_string()),
    }))
}

/// Returns the bytes of a dead letter.
#[utoipa::path(
    get,
    path = "/api/v1/dead-letters/{id}/bytes",
    operation_id = "get_dead_letter_bytes",
    tag = "dead letters",
    params(("id" = String, Path, description = "Where it stands on okta.dead-letters: partition:offset.")),
    responses(
        (status = 200, description = "What is kept of it, byte for byte.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "There is no such letter.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The topic can't be read just now.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn bytes(
    State(letters): State<Letters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let nowhere = || {
        let detail = format!("there is no dead letter {id:?}; retention may have taken it");
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    let Place { partition, offset } = Place::parse(&id).ok_or_else(nowhere)?;
    let stored = letters.log.record(DEAD_LETTERS, partition, offset).await;
    let stored = stored.map_err(unreadable)?.ok_or_else(nowhere)?;
    // Whatever it is, a browser keeps it as a file and never shows it.
    let disposition = format!("attachment; filename=\"dead-letter-{partition}-{offset}.bin\"");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, stored.record.value).into_response())
}

/// Returns when and where a letter was last sent again.
fn redriven(redrives: &Cursors, letter: &Stored) -> Option<Redrive> {
    let key = redrive_key(letter.partition, letter.offset);
    let value = redrives.get(key.as_bytes())?;
    serde_json::from_slice(&value).ok()
}

fn letter_document(stored: Stored, redrives: &Cursors) -> DeadLetterDocument {
    let redriven = redriven(redrives, &stored);
    let Stored {
        partition,
        offset,
        timestamp_ms,
        record,
    } = stored;
    let letter = DeadLetter::read(&record.headers);
    let id = format!("{partition}:{offset}");
    let owner = letter.owner().filter(|_| !letter.is_truncated);
    let preview = record.value.get(..SHOWN_BYTES).unwrap_or(&record.value);
    DeadLetterDocument {
        topic: meant_for(&letter),
        redrive: owner.map(|owner| format!("/api/v1/dead-letters/{owner}/{id}/redrive")),
        id,
        at: time_text(timestamp_ms),
        stage: letter.stage,
        reason: letter.reason,
        size: letter.size,
        is_truncated: letter.is_truncated,
        source: letter
            .source
            .map(|(topic, partition, offset)| SourceDocument {
                topic,
                partition,
                offset,
            }),
        key: String::from_utf8_lossy(&record.key).into_owned(),
        preview: String::from_utf8_lossy(preview).into_owned(),
        redriven_at: redriven.map(|redrive| time_text(redrive.at)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: TopicError) -> Problem {
    let detail = format!("the dead letters can't be read just now: {error}; try again");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}
