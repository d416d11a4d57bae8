//! Dead letters that are meant for `okta.events`, sent again: what ingest itself refused is read anew,
//! since a later version may take it; what the detector or the sink refused goes on the topic again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::topic::{Output, Place, Record, Stored, TopicError};
use nightlatch_schemas::topics::{CURSORS, DEAD_LETTERS, OKTA_EVENTS};
use nightlatch_schemas::{DeadLetter, Origin, Redrive, TraceParent, redrive_key};
use serde::Serialize;

use crate::event;
use crate::integration::IMPORT;
use crate::publish::{Parcel, now_ms};
use crate::service::Service;

/// Where letters are sent again.
pub(crate) const PATH: &str = "/api/v1/dead-letters/ingest/{id}/redrive";
/// Who sends them.
const OWNER: &str = "ingest";
/// What to do about one that is not whole.
const INSTEAD: &str = "send what it came from again";

/// Where a letter is now.
#[derive(Debug, Serialize)]
struct Redriven {
    topic: &'static str,
    partition: i32,
    offset: i64,
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new().route(PATH, post(redrive)).with_state(service)
}

async fn redrive(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Json<Redriven>, Problem> {
    let nowhere = || {
        let detail = format!("there is no dead letter {id:?}; retention may have taken it");
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    let Place { partition, offset } = Place::parse(&id).ok_or_else(nowhere)?;
    let stored = service.log.record(DEAD_LETTERS, partition, offset).await;
    let stored = stored.map_err(unavailable)?.ok_or_else(nowhere)?;
    let letter = DeadLetter::read(&stored.record.headers);
    if let Some(detail) = letter.refusal(OWNER, INSTEAD) {
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let sent = if letter.source.is_some() {
        again(&service, stored).await?
    } else {
        anew(&service, stored).await?
    };
    let redrive = Redrive {
        at: now_ms(),
        topic: OKTA_EVENTS.to_owned(),
    };
    let note = Output {
        topic: CURSORS,
        record: Record {
            key: redrive_key(partition, offset).into_bytes(),
            headers: Vec::new(),
            value: serde_json::to_vec(&redrive).unwrap_or_default(),
        },
    };
    service.log.append(vec![note]).await.map_err(unavailable)?;
    Ok(Json(Redriven {
        topic: OKTA_EVENTS,
        partition: sent.partition,
        offset: sent.offset,
    }))
}

/// Puts a record on the topic again, as it was.
async fn again(service: &Service, stored: Stored) -> Result<Place, Problem> {
    let Record { key, value, .. } = stored.record;
    let output = Output {
        topic: OKTA_EVENTS,
        record: Record {
            key,
            headers: Vec::new(),
            value,
        },
    };
    let places = service
        .log
        .append(vec![output])
        .await
        .map_err(unavailable)?;
    places.first().copied().ok_or_else(nothing_sent)
}

/// Reads what was no event once more.
async fn anew(service: &Service, stored: Stored) -> Result<Place, Problem> {
    let Record { key, value, .. } = stored.record;
    let id = String::from_utf8_lossy(&key);
    let table = service.directory.table();
    let mut known = table.integrations.all();
    let known = known.find(|known| known.id == id).cloned();
    let imported = || {
        let imported = table.integrations.for_import(Some(IMPORT)).ok();
        imported.filter(|imported| imported.id == id)
    };
    let integration = known.or_else(imported).ok_or_else(|| {
        let detail = format!("its integration {id} is not connected any more; import it instead");
        Problem::new(StatusCode::CONFLICT, detail)
    })?;
    let received = now_ms();
    let mut parcel = Parcel::new(TraceParent::begin());
    parcel.add(&integration, event::lone(&value), Origin::Import, received);
    if let Some(reason) = parcel.refusal() {
        let detail = format!("it is no event still: {reason}");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let published = service
        .publish(parcel, &integration, received, service.append_timeout)
        .await
        .map_err(unavailable)?;
    published.places.first().copied().ok_or_else(nothing_sent)
}

fn nothing_sent() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "nothing was stored; try again",
    )
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: TopicError) -> Problem {
    let detail = format!("{error}; try again, repeats are harmless");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}
