//! `/sim`: everything that a test can do to an org from another process, as JSON over HTTP.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /sim` | tells time, counts, hooks, use of buckets |
//! | `GET /sim/events` | every event: id, published, kept, delivered |
//! | `POST /sim/events` | lets an event happen |
//! | `POST /sim/attacks` | starts `{"scenario": "mfa_fatigue"}` |
//! | `PUT /sim/pace` | sets `{"events_per_second": 5}` |
//! | `PUT /sim/clock` | `{"skip_s": 3600, "speed": 60}`, either or both |
//! | `PUT /sim/mishaps`, `/sim/limits`, `/sim/log`, `/sim/quota` | changes what it names |
//! | `POST /sim/faults`, `DELETE /sim/faults` | adds a fault, ends all |
//! | `POST /sim/forget/cursors`, `/sim/forget/nonces` | makes them invalid |
//! | `POST /sim/hooks/{id}/reset` | makes a hook UNVERIFIED |
//! | `POST /sim/integrations`, `/sim/service_apps`, `/sim/api_tokens` | makes a client |
//! | `PUT /sim/apps/{id}`, `DELETE /sim/apps/{id}` | changes scopes, role, `DPoP`; deletes |
//! | `POST /sim/apps/{id}/revoke`, `/expire`, `/secrets` | tokens end, a further secret |
//! | `PUT /sim/apps/{id}/secrets/{secret}` | `{"active": false}` |
//! | `DELETE /sim/api_tokens/{id}` | revokes it |

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use hyper::StatusCode;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::faults::Fault;
use super::options::LogOptions;
use super::refusal;
use super::running::Simulator;
use crate::attack::Scenario;
use crate::draft::rfc3339;

type Org = State<Arc<Simulator>>;

/// What is wrong with a request.
struct Mistake(StatusCode, String);

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        refusal::json(self.0, &json!({"error": self.1}))
    }
}

type Done = Result<Response, Mistake>;

/// Returns the routes.
pub(crate) fn routes(org: Arc<Simulator>) -> Router {
    Router::new()
        .route("/sim", get(tell))
        .route("/sim/events", get(events).post(emit))
        .route("/sim/attacks", post(attack))
        .route("/sim/pace", put(set_pace))
        .route("/sim/clock", put(set_clock))
        .route("/sim/mishaps", put(set_mishaps))
        .route("/sim/limits", put(set_limits))
        .route("/sim/log", put(set_log))
        .route("/sim/quota", put(set_quota))
        .route("/sim/faults", post(add_fault).delete(clear_faults))
        .route("/sim/forget/{what}", post(forget))
        .route("/sim/hooks/{id}/reset", post(reset_hook))
        .route("/sim/integrations", post(install_integration))
        .route("/sim/service_apps", post(create_service_app))
        .route("/sim/api_tokens", post(create_api_token))
        .route("/sim/api_tokens/{id}", delete(revoke_api_token))
        .route("/sim/apps/{id}", put(change_app).delete(delete_app))
        .route("/sim/apps/{id}/{act}", post(act_on_app))
        .route("/sim/apps/{id}/secrets/{secret}", put(change_secret))
        .with_state(org)
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Mistake> {
    serde_json::from_slice(body).map_err(|error| bad(format!("the body does not fit: {error}")))
}

fn bad(text: impl Into<String>) -> Mistake {
    Mistake(StatusCode::BAD_REQUEST, text.into())
}

fn shown(body: &impl Serialize) -> Response {
    refusal::json(StatusCode::OK, body)
}

fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Puts the members of a change over what there is.
fn overlay<T: Serialize + DeserializeOwned>(now: &T, body: &Bytes) -> Result<T, Mistake> {
    let change: serde_json::Map<String, Value> = read(body)?;
    let mut whole = serde_json::to_value(now).unwrap_or_default();
    if let Some(members) = whole.as_object_mut() {
        members.extend(change);
    }
    serde_json::from_value(whole).map_err(|error| bad(format!("the body does not fit: {error}")))
}

async fn tell(State(org): Org) -> Response {
    let hooks: Vec<Value> = org
        .hooks()
        .into_iter()
        .map(|hook| {
            json!({
                "id": hook.id, "name": hook.name, "uri": hook.uri,
                "is_active": hook.is_active, "is_verified": hook.is_verified,
                "event_types": hook.event_types,
            })
        })
        .collect();
    shown(&json!({
        "domain": org.domain(),
        "now": rfc3339(org.clock().now_ms()),
        "events": org.event_count(),
        "hooks": hooks,
        "deliveries": org.delivery_counts(),
        "quota_used": org.quota_used(),
        "requests": org.requests(),
        "peaks": org.peaks(),
        "limits": org.limits(),
    }))
}

async fn events(State(org): Org) -> Response {
    let events: Vec<Value> = org
        .events()
        .into_iter()
        .map(|event| {
            json!({
                "uuid": event.uuid,
                "published": rfc3339(event.published_ms),
                "persisted": event.persisted_ms.map(rfc3339),
                "delivered": event.delivered,
            })
        })
        .collect();
    shown(&events)
}

async fn emit(State(org): Org, body: Bytes) -> Done {
    let text = std::str::from_utf8(&body).map_err(|_| bad("the event is not UTF-8"))?;
    let uuid = org.emit(text).map_err(|error| bad(error.to_string()))?;
    Ok(shown(&json!({"uuid": uuid})))
}

#[derive(Deserialize)]
struct Attack {
    scenario: String,
}

async fn attack(State(org): Org, body: Bytes) -> Done {
    let Attack { scenario } = read(&body)?;
    let found = Scenario::named(&scenario).ok_or_else(|| {
        let titles: Vec<_> = Scenario::ALL.iter().map(|known| known.title()).collect();
        let titles = titles.join(", ");
        bad(format!(
            "there is no scenario {scenario:?}; there are: {titles}"
        ))
    })?;
    org.attack(found);
    Ok(done())
}

#[derive(Deserialize)]
struct PaceChange {
    events_per_second: f64,
}

async fn set_pace(State(org): Org, body: Bytes) -> Done {
    let PaceChange { events_per_second } = read(&body)?;
    org.set_pace(events_per_second);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    skip_s: Option<f64>,
    speed: Option<f64>,
}

async fn set_clock(State(org): Org, body: Bytes) -> Done {
    let change: ClockChange = read(&body)?;
    if let Some(seconds) = change.skip_s {
        org.clock().skip(span(seconds)?);
    }
    if let Some(speed) = change.speed {
        org.clock().set_speed(speed);
    }
    Ok(shown(&json!({"now": rfc3339(org.clock().now_ms())})))
}

fn span(seconds: f64) -> Result<Duration, Mistake> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| bad("a span is a number of seconds, zero or more"))
}

async fn set_mishaps(State(org): Org, body: Bytes) -> Done {
    org.set_mishaps(read(&body)?);
    Ok(done())
}

async fn set_limits(State(org): Org, body: Bytes) -> Done {
    org.set_limits(overlay(&org.limits(), &body)?);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogChange {
    usual_delay_s: f64,
    #[serde(default)]
    late_share: f64,
    #[serde(default)]
    late_by_s: f64,
}

async fn set_log(State(org): Org, body: Bytes) -> Done {
    let change: LogChange = read(&body)?;
    org.set_log_options(LogOptions {
        usual_delay: span(change.usual_delay_s)?,
        late_share: change.late_share,
        late_by: span(change.late_by_s)?,
    });
    Ok(done())
}

#[derive(Deserialize)]
struct QuotaChange {
    used: u64,
}

async fn set_quota(State(org): Org, body: Bytes) -> Done {
    let QuotaChange { used } = read(&body)?;
    org.use_quota(used);
    Ok(done())
}

async fn add_fault(State(org): Org, body: Bytes) -> Done {
    let fault: Fault = read(&body)?;
    org.add_fault(fault);
    Ok(done())
}

async fn clear_faults(State(org): Org) -> Response {
    org.clear_faults();
    done()
}

async fn forget(State(org): Org, Path(what): Path<String>) -> Done {
    match what.as_str() {
        "cursors" => org.forget_cursors(),
        "nonces" => org.forget_nonces(),
        _ => return Err(bad("what can be forgotten is cursors and nonces")),
    }
    Ok(done())
}

async fn reset_hook(State(org): Org, Path(id): Path<String>) -> Response {
    org.reset_hook(&id);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewApp {
    scopes: Vec<String>,
    #[serde(default)]
    requires_dpop: bool,
}

impl NewApp {
    fn scopes(&self) -> Vec<&str> {
        self.scopes.iter().map(String::as_str).collect()
    }
}

async fn install_integration(State(org): Org, body: Bytes) -> Done {
    let wish: NewApp = read(&body)?;
    let client = org.install_integration(&wish.scopes());
    Ok(shown(
        &json!({"client_id": client.client_id, "client_secret": client.client_secret}),
    ))
}

async fn create_service_app(State(org): Org, body: Bytes) -> Done {
    let wish: NewApp = read(&body)?;
    let key = org
        .create_service_app(&wish.scopes(), wish.requires_dpop)
        .map_err(|error| Mistake(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(shown(&json!({
        "client_id": key.client_id, "kid": key.kid, "private_key_pem": key.private_key_pem,
    })))
}

async fn create_api_token(State(org): Org) -> Response {
    let token = org.create_api_token();
    shown(&json!({"id": token.id, "token": token.token}))
}

async fn revoke_api_token(State(org): Org, Path(id): Path<String>) -> Response {
    org.revoke_api_token(&id);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppChange {
    scopes: Option<Vec<String>>,
    has_admin_role: Option<bool>,
    requires_dpop: Option<bool>,
}

async fn change_app(State(org): Org, Path(id): Path<String>, body: Bytes) -> Done {
    let change: AppChange = read(&body)?;
    if let Some(scopes) = change.scopes {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        org.grant_scopes(&id, &scopes);
    }
    if let Some(has_role) = change.has_admin_role {
        org.set_admin_role(&id, has_role);
    }
    if let Some(required) = change.requires_dpop {
        org.require_dpop(&id, required);
    }
    Ok(done())
}

async fn delete_app(State(org): Org, Path(id): Path<String>) -> Response {
    org.delete_app(&id);
    done()
}

async fn act_on_app(State(org): Org, Path((id, act)): Path<(String, String)>) -> Done {
    match act.as_str() {
        "revoke" => Ok(shown(&json!({"revoked": org.revoke_access_tokens(&id)}))),
        "expire" => {
            org.expire_access_tokens(&id);
            Ok(done())
        }
        "secrets" => match org.add_secret(&id) {
            Some(secret) => Ok(shown(&json!({"id": secret.id, "secret": secret.secret}))),
            None => Err(bad("there is no such app, or it has two secrets already")),
        },
        _ => Err(bad(
            "an app's tokens can be revoked or expire, and it can be given secrets",
        )),
    }
}

#[derive(Deserialize)]
struct SecretChange {
    active: bool,
}

async fn change_secret(
    State(org): Org,
    Path((id, secret)): Path<(String, String)>,
    body: Bytes,
) -> Done {
    let SecretChange { active } = read(&body)?;
    if org.set_secret_active(&id, &secret, active) {
        Ok(done())
    } else {
        Err(Mistake(
            StatusCode::NOT_FOUND,
            "there is no such secret".to_owned(),
        ))
    }
}
