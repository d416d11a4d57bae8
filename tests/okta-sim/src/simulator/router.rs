//! The org's paths, and what every answer has in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use http_body_util::{BodyExt, Collected, Limited};
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, EXPIRES, HeaderName, HeaderValue, PRAGMA, STRICT_TRANSPORT_SECURITY,
};
use serde_json::json;

use super::endpoint::Endpoint;
use super::event_hooks::api as event_hooks;
use super::faults::{self, Harm, Unsent};
use super::ledger::{EvidenceKind, LimitNotice};
use super::rate_limits::{Allowance, Notice};
use super::refusal::{self, Refusal};
use super::site::Site;
use super::system_log::api as system_log;
use super::tenant::Tenant;
use super::{access, api_services, clock, notices, token};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-okta-request-id");
const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// The longest body of a token request.
const LONGEST_FORM: usize = 64 << 10;

/// Returns the routes of an org.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route("/.well-known/okta-organization", get(organization))
        .route(
            "/oauth2/v1/token",
            post(token::serve).fallback(token::other_method),
        )
        .route(
            "/api/v1/eventHooks",
            get(event_hooks::list).post(event_hooks::create),
        )
        .route(
            "/api/v1/eventHooks/{id}",
            get(event_hooks::get)
                .put(event_hooks::replace)
                .delete(event_hooks::delete),
        )
        .route(
            "/api/v1/eventHooks/{id}/lifecycle/{act}",
            post(event_hooks::lifecycle),
        )
        .route("/api/v1/logs", get(system_log::list))
        .route(
            "/integrations/api/v1/api-services",
            get(api_services::list).post(api_services::create),
        )
        .route(
            "/integrations/api/v1/api-services/{id}",
            get(api_services::get).delete(api_services::delete),
        )
        .merge(secrets("/integrations/api/v1/api-services/{id}"))
        .merge(secrets("/api/v1/apps/{id}"))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .fallback(async || Refusal::no_such_path())
        .layer(middleware::from_fn_with_state(Arc::clone(&tenant), front))
        .with_state(tenant)
}

/// Returns the routes of the secrets of an app under this path.
fn secrets(app: &str) -> Router<Arc<Tenant>> {
    let secrets = format!("{app}/credentials/secrets");
    Router::new()
        .route(
            &secrets,
            get(api_services::list_secrets).post(api_services::create_secret),
        )
        .route(
            &format!("{secrets}/{{secret}}"),
            delete(api_services::delete_secret),
        )
        .route(
            &format!("{secrets}/{{secret}}/lifecycle/{{act}}"),
            post(api_services::secret_lifecycle),
        )
}

/// Serves what an org tells everybody of itself.
async fn organization(State(tenant): State<Arc<Tenant>>) -> Response {
    let url = |host: &str| json!({"href": format!("https://{host}")});
    let mut links = json!({"organization": url(&tenant.options.domain)});
    if let Some(domain) = &tenant.options.custom_domain {
        links["alternate"] = url(domain);
    }
    let body = json!({
        "id": tenant.org_id,
        "_links": links,
        "pipeline": "idx",
        "settings": {
            "analyticsCollectionEnabled": false,
            "bugReportingEnabled": true,
            "omEnabled": false,
        },
    });
    refusal::json(StatusCode::OK, &body)
}

/// What comes before and after every request: the host, the bucket, faults, common headers.
async fn front(State(tenant): State<Arc<Tenant>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let Some(site) = Site::of(request.headers(), tenant.scheme(), &tenant.hosts) else {
        return no_such_org();
    };
    let endpoint = Endpoint::of(request.uri().path());
    let method = request.method().clone();
    request.extensions_mut().insert(site);
    let request = overhear(&tenant, endpoint, request).await;
    let Some(_turn) = Turn::take(&tenant, endpoint) else {
        tenant.ledger.note_request(endpoint, 429);
        let mut response = Refusal::too_many_requests().into_response();
        decorate(&tenant, &mut response, Some(Allowance::NONE), true);
        return response;
    };
    let allowance = allowance(&tenant, endpoint, &request);
    let harm = tenant.faults.strike(endpoint, method.as_str());
    let refused =
        harm == Some(Harm::TooManyRequests) || allowance.is_some_and(|allowance| allowance.refused);
    let mut response = if refused {
        Refusal::too_many_requests().into_response()
    } else {
        harmed(harm, request, next).await
    };
    decorate(&tenant, &mut response, allowance, refused);
    let is_unsent = response.extensions().get::<Unsent>().is_some();
    let status = if is_unsent {
        0
    } else {
        response.status().as_u16()
    };
    tenant.ledger.note_request(endpoint, status);
    tracing::debug!(
        %method,
        ?endpoint,
        status,
        ms = began.elapsed().as_millis(),
        "answered"
    );
    response
}

/// Notes what a request shows to be let in, whatever becomes of it.
async fn overhear(tenant: &Tenant, endpoint: Endpoint, request: Request) -> Request {
    let proofs = request.headers().get_all(token::dpop::PROOF).iter();
    for proof in proofs.filter_map(|proof| proof.to_str().ok()) {
        tenant.ledger.note_evidence(EvidenceKind::Proof, proof);
    }
    if endpoint != Endpoint::Token {
        return request;
    }
    let (head, body) = request.into_parts();
    // What is longer, or breaks off, is no token request that could be granted.
    let body = Limited::new(body, LONGEST_FORM).collect().await;
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    if let Some(assertion) = token::assertion_in(&body) {
        tenant
            .ledger
            .note_evidence(EvidenceKind::ClientAssertion, &assertion);
    }
    Request::from_parts(head, Body::from(body))
}

/// A request's place among those that are answered at a time.
struct Turn<'a>(&'a AtomicU32);

impl<'a> Turn<'a> {
    /// Takes a place, unless there are as many requests as the org answers at a time.
    fn take(tenant: &'a Tenant, endpoint: Endpoint) -> Option<Self> {
        let turn = Self(&tenant.in_flight);
        let others = turn.0.fetch_add(1, Ordering::AcqRel);
        let most = tenant.limits.limits().concurrent;
        (others < most || endpoint == Endpoint::WellKnown).then_some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn harmed(harm: Option<Harm>, request: Request, next: Next) -> Response {
    let Some(harm) = harm else {
        return next.run(request).await;
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    if let Some(response) = faults::instead(&harm, &query).await {
        return response;
    }
    faults::afterwards(&harm, &query, next.run(request).await).await
}

fn allowance(tenant: &Tenant, endpoint: Endpoint, request: &Request) -> Option<Allowance> {
    if endpoint == Endpoint::WellKnown {
        return None;
    }
    let bucket = access::bucket_of(tenant, request.headers());
    let allowance = tenant.limits.take(endpoint, &bucket, clock::wall_ms());
    if let Some(notice) = allowance.notice {
        let what = (bucket.as_str(), request.uri().path(), allowance.limit);
        notices::rate_limit(tenant, notice, what);
        tenant.ledger.note_limit(LimitNotice {
            endpoint,
            client: bucket,
            is_violation: notice == Notice::Violation,
        });
    }
    Some(allowance)
}

/// Sets the headers that all answers have.
fn decorate(tenant: &Tenant, response: &mut Response, allowance: Option<Allowance>, refused: bool) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().simple().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store"),
    );
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    if tenant.options.tls {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=315360000; includeSubDomains"),
        );
    }
    if let Some(allowance) = allowance {
        let remaining = if refused { 0 } else { allowance.remaining };
        headers.insert(LIMIT, allowance.limit.into());
        headers.insert(REMAINING, remaining.into());
        headers.insert(RESET, allowance.reset_s.into());
    }
}

/// What Okta shows for a name under which there is no org.
fn no_such_org() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Page not found</title></head><body>Sorry, we \
                can't find this page.</body></html>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
