//! The token endpoint: client credentials in, an access token out, or one of OAuth's errors.

mod assertion;
pub(crate) mod dpop;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use reqwest::Url;
use serde::Serialize;
use serde_json::json;

use super::apps::{AccessToken, App, AppKind, is_known_scope};
use super::clock::wall_ms;
use super::jose;
use super::ledger::EvidenceKind;
use super::refusal::{self, NONCE, Refusal};
use super::site::Site;
use super::tenant::Tenant;

/// How long an access token is good for, in seconds of real time.
const LIFETIME_S: i64 = 3600;
const ASSERTION: &str = "client_assertion";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The fields of a token request.
type Fields = Vec<(String, String)>;

#[derive(Serialize)]
struct Granted<'a> {
    token_type: &'a str,
    expires_in: i64,
    access_token: &'a str,
    scope: &'a str,
}

/// Serves `POST /oauth2/v1/token`.
pub(crate) async fn serve(
    State(tenant): State<Arc<Tenant>>,
    Extension(site): Extension<Site>,
    headers: HeaderMap,
    form: Result<Form<Fields>, axum::extract::rejection::FormRejection>,
) -> Response {
    let Ok(Form(fields)) = form else {
        return Refusal::oauth(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The token request must be form-encoded.",
        )
        .into_response();
    };
    grant(&tenant, &site, &headers, &fields).unwrap_or_else(IntoResponse::into_response)
}

fn grant(
    tenant: &Tenant,
    site: &Site,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<Response, Refusal> {
    let app = authenticate(tenant, site, headers, fields)?;
    match field(fields, "grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(Refusal::oauth(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server. \
                 Configured grant types: [client_credentials].",
            ));
        }
        None => {
            return Err(Refusal::oauth(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The token request must specify a 'grant_type'. Valid values: \
                 [client_credentials]",
            ));
        }
    }
    let bound_to = dpop::of_token_request(tenant, site, headers, app.requires_dpop)?;
    let scopes = scopes(&app, field(fields, "scope").unwrap_or_default())?;
    issue(tenant, site, &app, &scopes, bound_to)
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let (_, text) = fields.iter().find(|(key, _)| key == name)?;
    Some(text)
}

/// Finds out which app calls, and makes sure that it is that app.
fn authenticate(
    tenant: &Tenant,
    site: &Site,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<App, Refusal> {
    let basic = headers.get(AUTHORIZATION);
    let posted = field(fields, "client_secret");
    let assertion = field(fields, ASSERTION);
    let given = [basic.is_some(), posted.is_some(), assertion.is_some()];
    if given.into_iter().filter(|given| *given).count() > 1 {
        return Err(Refusal::oauth(
            StatusCode::UNAUTHORIZED,
            "invalid_request",
            "Cannot supply multiple client credentials. Use one of the following: credentials in \
             the Authorization header, credentials in the post body, or a client_assertion in the \
             post body.",
        ));
    }
    if let Some(assertion) = assertion {
        if field(fields, "client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Refusal::oauth(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The client_assertion_type is invalid.",
            ));
        }
        return assertion::check(tenant, site, assertion);
    }
    if let Some(header) = basic {
        let (id, secret) = basic_credentials(header).ok_or_else(|| {
            Refusal::invalid_client(
                "Found Authentication header but was not valid client credentials.",
            )
        })?;
        let app = app(tenant, &id)?;
        return if app.kind == AppKind::Integration {
            with_secret(app, &secret)
        } else {
            Err(wrong_method(app.kind))
        };
    }
    let app = app(
        tenant,
        field(fields, "client_id")
            .ok_or_else(|| Refusal::invalid_client("No client credentials found."))?,
    )?;
    if posted.is_some() {
        return Err(wrong_method(app.kind));
    }
    Err(Refusal::invalid_client("No client credentials found."))
}

fn app(tenant: &Tenant, id: &str) -> Result<App, Refusal> {
    let apps = tenant.apps.lock();
    apps.clients
        .get(id)
        .cloned()
        .ok_or_else(|| Refusal::invalid_client("Invalid value for 'client_id' parameter."))
}

fn basic_credentials(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, text) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn with_secret(app: App, secret: &str) -> Result<App, Refusal> {
    let fits = app
        .secrets
        .iter()
        .any(|known| known.active && known.text == secret);
    if fits {
        Ok(app)
    } else {
        Err(Refusal::invalid_client(
            "The client secret supplied for a confidential client is invalid.",
        ))
    }
}

fn wrong_method(kind: AppKind) -> Refusal {
    Refusal::invalid_client(match kind {
        AppKind::Integration => {
            "OAuth Integration Client Credentials requests to the Org Authorization Server must \
             use either private_key_jwt or client_secret_basic as the token_endpoint_auth_method."
        }
        AppKind::ApiServices => {
            "Client Credentials requests to the Org Authorization Server must use the \
             private_key_jwt token_endpoint_auth_method."
        }
    })
}

/// Returns those of the requested scopes that the app has been granted, in the order of the
/// request: Okta grants a subset and says so in the answer alone.
fn scopes(app: &App, requested: &str) -> Result<Vec<String>, Refusal> {
    let requested: Vec<&str> = requested.split_whitespace().collect();
    let refuse =
        |error, description: &str| Err(Refusal::oauth(StatusCode::BAD_REQUEST, error, description));
    if requested.is_empty() {
        return refuse("invalid_scope", "No scopes were requested.");
    }
    if !requested.iter().all(|scope| is_known_scope(scope)) {
        return refuse(
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
        );
    }
    let mut granted: Vec<String> = Vec::new();
    for scope in requested {
        if app.granted.contains(scope) && !granted.iter().any(|known| known == scope) {
            granted.push(scope.to_owned());
        }
    }
    if granted.is_empty() {
        return refuse(
            "consent_required",
            "You are not allowed any of the requested scopes.",
        );
    }
    Ok(granted)
}

fn issue(
    tenant: &Tenant,
    site: &Site,
    app: &App,
    scopes: &[String],
    bound_to: Option<String>,
) -> Result<Response, Refusal> {
    let now_s = wall_ms().div_euclid(1000);
    let mut claims = json!({
        "ver": 1,
        "jti": format!("AT.{}", tenant.letters(43)),
        "iss": site.base,
        "aud": site.base,
        "sub": app.id,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "cid": app.id,
        "scp": scopes,
    });
    if let Some(thumbprint) = &bound_to {
        claims["cnf"] = json!({"jkt": thumbprint});
    }
    let header = json!({
        "kid": tenant.key_id, "typ": "application/okta-internal-at+jwt", "alg": "RS256",
    });
    let text = jose::sign(&tenant.key, &header, &claims).map_err(|_| Refusal::internal())?;
    let token_type = if bound_to.is_some() { "DPoP" } else { "Bearer" };
    let mut response = refusal::json(
        StatusCode::OK,
        &Granted {
            token_type,
            expires_in: LIFETIME_S,
            access_token: &text,
            scope: &scopes.join(" "),
        },
    );
    if bound_to.is_some()
        && let Ok(nonce) = HeaderValue::from_str(&tenant.nonces.current())
    {
        response.headers_mut().insert(NONCE, nonce);
    }
    let token = AccessToken {
        client_id: app.id.clone(),
        scopes: scopes.iter().cloned().collect::<BTreeSet<_>>(),
        expires_ms: wall_ms() + LIFETIME_S * 1000,
        bound_to,
    };
    tenant
        .ledger
        .note_evidence(EvidenceKind::AccessToken, &text);
    tenant.apps.lock().keep(text, token, wall_ms());
    Ok(response)
}

/// Returns the assertion in the body of a token request, if there is one.
pub(crate) fn assertion_in(body: &[u8]) -> Option<String> {
    let query = std::str::from_utf8(body).ok()?;
    let url = Url::parse(&format!("https://form.invalid/?{query}")).ok()?;
    let mut fields = url.query_pairs();
    let (_, text) = fields.find(|(name, _)| name == ASSERTION)?;
    Some(text.into_owned())
}

/// Refuses every method but POST.
pub(crate) async fn other_method(method: Method) -> Refusal {
    tracing::debug!(%method, "token endpoint called otherwise");
    Refusal::method_not_allowed()
}
