//! Who calls the management API, and whether they may.

use std::collections::BTreeSet;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::clock::wall_ms;
use super::refusal::Refusal;
use super::site::Site;
use super::tenant::Tenant;
use super::token::dpop;

const ALGORITHMS: &str = "RS256 RS384 RS512 ES256 ES384 ES512";

/// A call, as far as access goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) site: &'a Site,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The user of an API token, or the app.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_app: bool,
}

enum Credential<'a> {
    ApiToken(&'a str),
    Bearer(&'a str),
    Bound(&'a str),
}

fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    let (scheme, text) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let text = text.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "ssws" => Some(Credential::ApiToken(text)),
        "bearer" => Some(Credential::Bearer(text)),
        "dpop" => Some(Credential::Bound(text)),
        _ => None,
    }
}

/// Returns whose share of a bucket a request uses.
pub(crate) fn bucket_of(tenant: &Tenant, headers: &HeaderMap) -> String {
    let apps = tenant.apps.lock();
    match credential(headers) {
        Some(Credential::ApiToken(text)) => apps
            .api_tokens
            .get(text)
            .map(|token| format!("token:{}", token.id)),
        Some(Credential::Bearer(text) | Credential::Bound(text)) => apps
            .access_token(text)
            .map(|token| format!("app:{}", token.client_id)),
        None => None,
    }
    .unwrap_or_else(|| "anonymous".to_owned())
}

/// Lets a call in that has this scope, or with an API token the right.
pub(crate) fn admit(tenant: &Tenant, call: Call<'_>, scope: &str) -> Result<Caller, Refusal> {
    match credential(call.headers) {
        None => Err(Refusal::api(
            StatusCode::FORBIDDEN,
            "E0000005",
            "Invalid session",
        )),
        Some(Credential::ApiToken(text)) => with_api_token(tenant, text),
        Some(Credential::Bearer(text)) => with_access_token(tenant, call, scope, text, false),
        Some(Credential::Bound(text)) => with_access_token(tenant, call, scope, text, true),
    }
}

fn with_api_token(tenant: &Tenant, text: &str) -> Result<Caller, Refusal> {
    let apps = tenant.apps.lock();
    let token = apps
        .api_tokens
        .get(text)
        .ok_or_else(|| invalid_token(None))?;
    if !token.is_super_admin {
        return Err(Refusal::forbidden());
    }
    Ok(Caller {
        id: token.user_id.clone(),
        name: tenant.administrator().display_name.clone(),
        is_app: false,
    })
}

fn with_access_token(
    tenant: &Tenant,
    call: Call<'_>,
    scope: &str,
    text: &str,
    is_bound: bool,
) -> Result<Caller, Refusal> {
    let found = {
        let apps = tenant.apps.lock();
        apps.access_token(text).and_then(|token| {
            let app = apps.clients.get(&token.client_id)?;
            Some((token.clone(), app.has_admin_role, app.name.clone()))
        })
    };
    let challenge = |error, description| challenge(call, scope, is_bound, error, description);
    let Some((token, has_role, name)) = found else {
        let text = challenge("invalid_token", "The access token is invalid.");
        return Err(invalid_token(Some(text)));
    };
    if token.expires_ms <= wall_ms() {
        let text = challenge("invalid_token", "The token has expired.");
        return Err(invalid_token(Some(text)));
    }
    match (&token.bound_to, is_bound) {
        (Some(_), false) => {
            return Err(Refusal::oauth(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The resource request must use the DPoP authentication scheme when using a DPoP \
                 bound token.",
            ));
        }
        (None, true) => {
            return Err(Refusal::oauth(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The presented access_token is not DPoP bound.",
            ));
        }
        (Some(key), true) => {
            let target = (call.method, call.path);
            dpop::of_api_call(tenant, call.site, call.headers, target, (text, key))?;
        }
        (None, false) => {}
    }
    if !allows(&token.scopes, scope) {
        return Err(Refusal::Challenge {
            status: StatusCode::FORBIDDEN,
            text: challenge(
                "insufficient_scope",
                "The access token provided does not contain the required scopes.",
            ),
        });
    }
    if !has_role {
        return Err(Refusal::forbidden());
    }
    Ok(Caller {
        id: token.client_id,
        name,
        is_app: true,
    })
}

/// Says in `WWW-Authenticate` what is wrong with a token.
fn challenge(
    call: Call<'_>,
    scope: &str,
    is_bound: bool,
    error: &str,
    description: &str,
) -> String {
    let scheme = if is_bound {
        format!("DPoP algs=\"{ALGORITHMS}\",")
    } else {
        "Bearer".to_owned()
    };
    // Okta writes its own addresses with http here.
    let base = call.site.base.replacen("https://", "http://", 1);
    let path = call.path;
    format!(
        "{scheme} authorization_uri=\"{base}/oauth2/v1/authorize\", realm=\"{base}\", \
         scope=\"{scope}\", error=\"{error}\", error_description=\"{description}\", \
         resource=\"{path}\""
    )
}

/// Who may manage may read, too.
fn allows(scopes: &BTreeSet<String>, needed: &str) -> bool {
    let manage = needed
        .strip_suffix(".read")
        .map(|resource| format!("{resource}.manage"));
    scopes.contains(needed) || manage.is_some_and(|manage| scopes.contains(&manage))
}

fn invalid_token(challenge: Option<String>) -> Refusal {
    Refusal::Api {
        status: StatusCode::UNAUTHORIZED,
        code: "E0000011",
        summary: "Invalid token provided".to_owned(),
        causes: Vec::new(),
        challenge,
    }
}
