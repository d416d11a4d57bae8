//! Dead letters that are meant for `okta.runtime-events`, sent again: detections that a sink could not
//! store. They go on the topic as they were; who has them already sees the same id.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::topic::{Log, Output, Place, Record, TopicError};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, RUNTIME_EVENTS};
use nightlatch_schemas::{DeadLetter, Redrive, redrive_key};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who sends them.
const OWNER: &str = "detector";
/// What to do about one that is not whole.
const INSTEAD: &str = "replay the event that it came from instead";

/// Where a letter is now.
#[derive(Debug, Serialize, ToSchema)]
struct RedrivenDetection {
    topic: &'static str,
    partition: i32,
    offset: i64,
}

/// Returns the addresses.
pub(crate) fn router() -> OpenApiRouter<Log> {
    OpenApiRouter::new().routes(routes!(redrive))
}

/// Sends a dead letter on okta.runtime-events again.
#[utoipa::path(
    post,
    path = "/api/v1/dead-letters/detector/{id}/redrive",
    operation_id = "redrive_detector_dead_letter",
    tag = "dead letters",
    params(("id" = String, Path, description = "Where it stands on okta.dead-letters: partition:offset.")),
    responses(
        (status = 200, description = "It is durable.", body = RedrivenDetection),
        (status = 404, description = "There is no such letter."),
        (status = 409, description = "It can't be sent again, or is sent again by another service; the detail says why."),
        (status = 503, description = "It could not be stored just now."),
    ),
)]
async fn redrive(
    State(log): State<Log>,
    Path(id): Path<String>,
) -> Result<Json<RedrivenDetection>, Problem> {
    let nowhere = || {
        let detail = format!("there is no dead letter {id:?}; retention may have taken it");
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    let Place { partition, offset } = Place::parse(&id).ok_or_else(nowhere)?;
    let stored = log.record(DEAD_LETTERS, partition, offset).await;
    let stored = stored.map_err(unavailable)?.ok_or_else(nowhere)?;
    let letter = DeadLetter::read(&stored.record.headers);
    if let Some(detail) = letter.refusal(OWNER, INSTEAD) {
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let Record { key, value, .. } = stored.record;
    let again = Output {
        topic: RUNTIME_EVENTS,
        record: Record {
            key,
            headers: Vec::new(),
            value,
        },
    };
    let places = log.append(vec![again]).await.map_err(unavailable)?;
    let redrive = Redrive {
        at: now_ms(),
        topic: RUNTIME_EVENTS.to_owned(),
    };
    let note = Output {
        topic: CURSORS,
        record: Record {
            key: redrive_key(partition, offset).into_bytes(),
            headers: Vec::new(),
            value: serde_json::to_vec(&redrive).unwrap_or_default(),
        },
    };
    log.append(vec![note]).await.map_err(unavailable)?;
    let Some(Place { partition, offset }) = places.first().copied() else {
        let detail = "nothing was stored; try again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    };
    Ok(Json(RedrivenDetection {
        topic: RUNTIME_EVENTS,
        partition,
        offset,
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: TopicError) -> Problem {
    let detail = format!("{error}; try again, repeats are harmless");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
