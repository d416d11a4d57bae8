//! Okta's event hook: `GET` verifies the address, `POST` delivers events
//! (Okta's event hooks documentation; no signature exists, so a secret header is all there is).
//!
//! An unknown key is answered 404, a missing or wrong secret 401, both before the body is read.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use nightlatch_chassis::http::{Problem, problems};
use nightlatch_chassis::topic::TopicError;
use nightlatch_schemas::Origin;
use serde_json::json;

use crate::body::{self, BodyError};
use crate::envelope::{self, EnvelopeError};
use crate::publish::{Parcel, now_ms};
use crate::service::Service;
use crate::{Integration, scan};

const CHALLENGE: &str = "x-okta-verification-challenge";
/// Okta's challenges have 40 characters.
const MAX_CHALLENGE: usize = 512;

/// A refusal: what the caller gets, and the reason as metrics have it.
struct Refusal {
    reason: &'static str,
    problem: Problem,
}

impl Refusal {
    fn new(reason: &'static str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self { reason, problem: Problem::new(status, detail) }
    }
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    let hooks = Router::new().route("/hooks/okta/{key}", get(handle).post(handle));
    problems(hooks.with_state(service))
}

async fn handle(
    State(service): State<Arc<Service>>,
    Path(key): Path<String>,
    request: Request<Body>,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let response = match admit(&service, &key, request.headers()) {
        Err(refusal) => refuse(&service, "unknown", refusal),
        Ok(integration) => {
            let answered = if method == Method::POST {
                deliver(&service, integration, request).await
            } else {
                verify(&service, integration, request.headers())
            };
            answered.unwrap_or_else(|refusal| refuse(&service, &integration.name, refusal))
        }
    };
    service.metrics.answered(method.as_str(), response.status().as_u16(), started.elapsed());
    response
}

fn admit<'a>(
    service: &'a Service,
    key: &str,
    headers: &HeaderMap,
) -> Result<&'a Arc<Integration>, Refusal> {
    let Some(integration) = service.integrations.by_path_key(key) else {
        let detail = "no integration has this address; compare the hook's URL at Okta with ours";
        return Err(Refusal::new("unknown_org", StatusCode::NOT_FOUND, detail));
    };
    if integration.admits(headers) {
        return Ok(integration);
    }
    let detail = "the secret header is missing or wrong; compare the hook's authentication field \
                  and secret at Okta with ours";
    Err(Refusal::new("auth", StatusCode::UNAUTHORIZED, detail))
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
    tracing::info!(integration = integration.name, "okta verified the event hook");
    Ok(Json(json!({ "verification": challenge })).into_response())
}

/// Takes a delivery: 204 when all of it is durable.
async fn deliver(
    service: &Service,
    integration: &Integration,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(&head.headers, body, &service.limits).await;
    let body = body.map_err(|error| unread(&error))?;
    let received = now_ms();
    let candidates = envelope::events(&body.bytes).map_err(malformed)?;
    let mut parcel = Parcel::default();
    for candidate in candidates {
        parcel.add(integration, candidate, Origin::Hook, received);
    }
    if !parcel.is_empty() {
        service
            .publish(parcel, integration, received, service.append_timeout)
            .await
            .map_err(|error| not_durable(integration, &error))?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unread(error: &BodyError) -> Refusal {
    let (status, reason) = error.answer();
    Refusal::new(reason, status, error.to_string())
}

fn malformed(error: EnvelopeError) -> Refusal {
    let detail = match error {
        EnvelopeError::Malformed(scan::ScanError { at, what }) => {
            format!("the body is not JSON: {what} at byte {at}")
        }
        EnvelopeError::NoEvents => {
            "the body has no list data.events, as Okta's event hooks have".to_owned()
        }
    };
    Refusal::new("malformed", StatusCode::BAD_REQUEST, detail)
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
