//! Okta's event hook: `GET` verifies the address, `POST` delivers events
//! (Okta's event hooks documentation; no signature exists, so a secret header is all there is).
//!
//! An unknown key is answered 404, a missing or wrong secret 401, both before the body is read, and
//! only when the integrations were read to the end of their log since the request came; else 503.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use nightlatch_chassis::http::{Problem, problems};
use nightlatch_chassis::topic::TopicError;
use nightlatch_schemas::{Origin, TraceParent};
use serde_json::json;
use tokio::task::JoinError;

use crate::Integration;
use crate::body::{self, BodyError, Decoded};
use crate::envelope::{self, EnvelopeError, MAX_EVENTS};
use crate::integration::STRANGER;
use crate::integration::deliveries::{HUNG_UP, Received};
use crate::integration::directory::Admission;
use crate::integration::store::Store;
use crate::publish::{Parcel, now_ms};
use crate::scan::ScanError;
use crate::service::Service;
use crate::test_event::is_test;
use crate::trace;

const CHALLENGE: &str = "x-okta-verification-challenge";
/// Okta's challenges have 40 characters.
const MAX_CHALLENGE: usize = 512;
/// A body larger than this is not read on the threads that answer others, in bytes.
const LARGE: usize = 256 * 1024;
/// What a record needs in memory besides the event's own text, in bytes.
const RECORD_BYTES: usize = 896;

/// How many events a delivery had that was taken; told beside its answer.
#[derive(Debug, Clone, Copy)]
struct Taken(usize);

/// A delivery until it is noted, with what it was answered. Whoever hangs up before has it dropped, along
/// with the rest of the work on it: then that is noted.
struct Delivery<'s> {
    service: &'s Service,
    integration: &'s Integration,
    started: Instant,
    status: u16,
    events: Option<usize>,
}

impl<'s> Delivery<'s> {
    const fn begin(service: &'s Service, integration: &'s Integration, started: Instant) -> Self {
        Self {
            service,
            integration,
            started,
            status: HUNG_UP,
            events: None,
        }
    }

    fn answered(mut self, response: &Response) {
        self.status = response.status().as_u16();
        self.events = response.extensions().get().map(|Taken(count)| *count);
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed().as_millis();
        let received = Received {
            at: now_ms(),
            status: self.status,
            events: self.events,
            milliseconds: u64::try_from(took).unwrap_or(u64::MAX),
        };
        let tenure = &self.integration.tenure;
        self.service.deliveries.came(tenure, received);
    }
}

/// A refusal: what the caller gets, and the reason as metrics have it.
struct Refusal {
    reason: &'static str,
    problem: Problem,
}

impl Refusal {
    fn new(reason: &'static str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            reason,
            problem: Problem::new(status, detail),
        }
    }
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    let hooks = Router::new().route("/hooks/okta/{key}", get(handle).post(handle));
    problems(hooks.with_state(service))
}

async fn handle(State(service): State<Arc<Service>>, request: Request<Body>) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // As it is written: a key needs no escapes, so one that has some is no key of ours.
    let key = request.uri().path().rsplit('/').next().unwrap_or_default();
    let admission = service.directory.admit(key, request.headers()).await;
    let known = match &admission {
        Admission::Admitted(integration) | Admission::Refused(integration) => Some(integration),
        Admission::Unknown | Admission::Doubtful => None,
    };
    let delivery = known.filter(|_| method == Method::POST);
    let delivery = delivery.map(|integration| Delivery::begin(&service, integration, started));
    let answered = match &admission {
        Admission::Unknown => Err(unknown()),
        Admission::Refused(_) => Err(not_admitted()),
        Admission::Doubtful => Err(in_doubt()),
        Admission::Admitted(integration) if method != Method::POST => {
            verify(&service, integration, request.headers())
        }
        Admission::Admitted(integration) if integration.is_paused => Err(paused()),
        Admission::Admitted(integration) => deliver(&service, integration, request).await,
    };
    let name = known.map_or(STRANGER, |integration| &integration.name);
    let response = answered.unwrap_or_else(|refusal| refuse(&service, name, refusal));
    if let Some(delivery) = delivery {
        delivery.answered(&response);
    }
    service
        .metrics
        .answered(&method, response.status(), started.elapsed());
    response
}

fn unknown() -> Refusal {
    let detail = "no integration has this address; compare the hook's URL at Okta with ours";
    Refusal::new("unknown_org", StatusCode::NOT_FOUND, detail)
}

fn not_admitted() -> Refusal {
    let detail = "the secret header is missing or wrong; compare the hook's authentication field \
                  and secret at Okta with ours";
    Refusal::new("auth", StatusCode::UNAUTHORIZED, detail)
}

/// Whether somebody may deliver is not known: Okta shall try again.
fn in_doubt() -> Refusal {
    let detail = "the integrations can't be read just now; try again";
    Refusal::new("in_doubt", StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// Never a 4xx, after which Okta does not try again: it may go on any moment.
fn paused() -> Refusal {
    let detail = "the integration is paused; resume it to take its events";
    Refusal::new("paused", StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// Answers Okta's one-time challenge.
fn verify(
    service: &Service,
    integration: &Integration,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let challenge = headers.get(CHALLENGE).and_then(|value| value.to_str().ok());
    let Some(challenge) = challenge.filter(|text| !text.is_empty() && text.len() <= MAX_CHALLENGE)
    else {
        service.metrics.verified(&integration.name, "malformed");
        let detail = format!("a verification needs the header {CHALLENGE}");
        return Err(Refusal::new("malformed", StatusCode::BAD_REQUEST, detail));
    };
    service.metrics.verified(&integration.name, "verified");
    tracing::info!(
        integration = integration.name,
        "okta verified the event hook"
    );
    Ok(Json(json!({ "verification": challenge })).into_response())
}

/// Takes a delivery: 204 when all of it is durable.
async fn deliver(
    service: &Service,
    integration: &Arc<Integration>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(&head.headers, body, &service.limits).await;
    let body = body.map_err(|error| unread(&error))?;
    let received = now_ms();
    let trace = trace::of(&head.headers);
    // The body counts against the memory of all until its records are durable.
    let store = service.directory.store();
    let (parcel, count, _body) = if body.bytes.len() <= LARGE {
        pack((store, integration), body, trace, received)?
    } else {
        let (store, integration) = (store.clone(), Arc::clone(integration));
        let pack = move || pack((&store, &integration), body, trace, received);
        let task = tokio::task::spawn_blocking(pack);
        task.await.map_err(|error| failed(&error))??
    };
    // A test of ours says nothing of whether Okta delivers.
    let is_of_okta = parcel.is_of_okta();
    let published = parcel.newest_published();
    if !parcel.is_empty() {
        service
            .publish(parcel, integration, received, service.append_timeout)
            .await
            .map_err(|error| not_durable(integration, &error))?;
    }
    if is_of_okta {
        let tenure = &integration.tenure;
        service.arrivals.came(tenure, received, published);
    }
    Ok((Extension(Taken(count)), StatusCode::NO_CONTENT).into_response())
}

fn pack(
    (store, integration): (&Store, &Integration),
    mut body: Decoded,
    trace: TraceParent,
    received: i64,
) -> Result<(Parcel, usize, Decoded), Refusal> {
    let bytes = body.bytes.clone();
    let candidates = envelope::events(&bytes).map_err(malformed)?;
    let count = candidates.len();
    let records = bytes.len() + count * RECORD_BYTES;
    body.reserve(records).map_err(|error| unread(&error))?;
    let mut parcel = Parcel::new(trace);
    for candidate in candidates {
        let origin = if is_test(store, &integration.id, &candidate, received) {
            Origin::Test
        } else {
            Origin::Hook
        };
        parcel.add(integration, candidate, origin, received);
    }
    Ok((parcel, count, body))
}

fn unread(error: &BodyError) -> Refusal {
    let (status, reason) = error.answer();
    Refusal::new(reason, status, error.to_string())
}

fn malformed(error: EnvelopeError) -> Refusal {
    let detail = match error {
        EnvelopeError::TooMany => {
            let detail = format!("the body holds over {MAX_EVENTS} events; send less at a time");
            return Refusal::new("too_large", StatusCode::PAYLOAD_TOO_LARGE, detail);
        }
        EnvelopeError::Malformed(ScanError { at, what }) => {
            format!("the body is not JSON: {what} at byte {at}")
        }
        EnvelopeError::NoEvents => {
            "the body has no list data.events, as Okta's event hooks have".to_owned()
        }
    };
    Refusal::new("malformed", StatusCode::BAD_REQUEST, detail)
}

fn failed(error: &JoinError) -> Refusal {
    tracing::error!(%error, "a delivery could not be read");
    Refusal::new(
        "failed",
        StatusCode::INTERNAL_SERVER_ERROR,
        "the events could not be read",
    )
}

fn not_durable(integration: &Integration, error: &TopicError) -> Refusal {
    tracing::error!(integration = integration.name, %error, "a delivery could not be stored");
    let detail = "the events could not be stored in time; try again";
    Refusal::new("not_durable", StatusCode::SERVICE_UNAVAILABLE, detail)
}

fn refuse(service: &Service, integration: &str, refusal: Refusal) -> Response {
    service.metrics.rejected(integration, refusal.reason);
    tracing::debug!(integration, reason = refusal.reason, "delivery refused");
    refusal.problem.into_response()
}
