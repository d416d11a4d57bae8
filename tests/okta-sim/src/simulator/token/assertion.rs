//! `private_key_jwt`: an assertion that the app has signed with its own key.

use serde_json::Value;

use crate::simulator::apps::App;
use crate::simulator::clock::wall_ms;
use crate::simulator::jose::Jws;
use crate::simulator::refusal::Refusal;
use crate::simulator::site::Site;
use crate::simulator::tenant::Tenant;

/// The longest that an assertion may still be good for, in seconds.
const LONGEST_S: i64 = 3600;
/// How far a client's clock may be ahead, in seconds.
const AHEAD_S: i64 = 300;

/// Returns the app that signed the assertion.
pub(super) fn check(tenant: &Tenant, site: &Site, text: &str) -> Result<App, Refusal> {
    let refuse = |text: &str| Err(Refusal::invalid_client(text));
    let Some(jws) = Jws::parse(text) else {
        return refuse("The parsing of the client_assertion failed.");
    };
    if jws.algorithm().is_none() {
        return refuse("The client_assertion JWT signature algorithm is invalid.");
    }
    let app = jws
        .text("iss")
        .and_then(|id| tenant.apps.lock().clients.get(id).cloned());
    let Some(app) = app else {
        return refuse("The issuer claim for client_assertion is not a valid client_id.");
    };
    if jws.text("sub") != Some(&app.id) {
        return refuse("The subject claim for client_assertion is not a valid client_id.");
    }
    if app.keys.is_empty() {
        return refuse(
            "The client does not have a JWKSet configured, but the client_assertion requires one.",
        );
    }
    let Some(key) = key(&app, jws.header.get("kid").and_then(Value::as_str)) else {
        return refuse("The client_assertion JWT kid is invalid.");
    };
    if !jws.is_signed_by(key) {
        return refuse("The client_assertion signature is invalid.");
    }
    if !is_for(jws.claims.get("aud"), site) {
        return refuse(
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        );
    }
    check_time_and_use(tenant, &app, &jws)?;
    Ok(app)
}

/// An app with one key needs not name it.
fn key<'app>(app: &'app App, kid: Option<&str>) -> Option<&'app Value> {
    match kid {
        Some(kid) => app.keys.iter().find(|key| key["kid"] == kid),
        None if app.keys.len() == 1 => app.keys.first(),
        None => None,
    }
}

fn is_for(audience: Option<&Value>, site: &Site) -> bool {
    let is_ours = |value: &Value| {
        value
            .as_str()
            .is_some_and(|url| site.is_url_of(url, "/oauth2/v1/token"))
    };
    match audience {
        Some(Value::Array(list)) => list.iter().any(is_ours),
        Some(value) => is_ours(value),
        None => false,
    }
}

fn check_time_and_use(tenant: &Tenant, app: &App, jws: &Jws<'_>) -> Result<(), Refusal> {
    let refuse = |text: &str| Err(Refusal::invalid_client(text));
    let now_ms = wall_ms();
    let now_s = now_ms.div_euclid(1000);
    let Some(expires_s) = jws.instant("exp") else {
        return refuse("The client_assertion must contain the 'exp' claim as seconds since epoch.");
    };
    if expires_s <= now_s {
        return refuse("The client_assertion token is expired.");
    }
    if expires_s > now_s + LONGEST_S {
        return refuse("The client_assertion token has an expiration too far into the future.");
    }
    if jws
        .instant("iat")
        .is_some_and(|issued_s| issued_s > now_s + AHEAD_S)
    {
        return refuse("The client_assertion token must be issued before the current time.");
    }
    if let Some(jti) = jws.text("jti") {
        let identifier = format!("assertion {} {jti}", app.id);
        let mut apps = tenant.apps.lock();
        if !apps.use_once(identifier, expires_s.saturating_mul(1000), now_ms) {
            return refuse("The client_assertion token has already been used.");
        }
    }
    Ok(())
}
