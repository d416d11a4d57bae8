//! API service integrations, and the client secrets of apps: two at most, shown once.

mod view;

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode, Uri};
use serde::Deserialize;

use super::access::{self, Call, Caller};
use super::apps::{App, AppKind, Secret, is_known_scope};
use super::refusal::{self, Refusal};
use super::site::Site;
use super::tenant::Tenant;
use view::{InstanceView, SecretView};

/// What every request here brings along.
pub(crate) type Context = (State<Arc<Tenant>>, Extension<Site>, Method, Uri, HeaderMap);

/// The most secrets of an app.
const MOST_SECRETS: usize = 2;

/// Whether what is asked for is looked at or changed.
#[derive(Clone, Copy)]
enum Right {
    Read,
    Manage,
}

fn admit((tenant, site, method, uri, headers): &Context, right: Right) -> Result<Caller, Refusal> {
    let is_app = uri.path().starts_with("/api/v1/apps");
    let scope = match (is_app, right) {
        (false, Right::Read) => "okta.oauthIntegrations.read",
        (false, Right::Manage) => "okta.oauthIntegrations.manage",
        (true, Right::Read) => "okta.apps.read",
        (true, Right::Manage) => "okta.apps.manage",
    };
    let call = Call {
        site,
        method: method.as_str(),
        path: uri.path(),
        headers,
    };
    access::admit(tenant, call, scope)
}

fn not_found(id: &str) -> Refusal {
    Refusal::not_found(id, "AppInstance")
}

/// What an instance is asked for with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    #[serde(rename = "type")]
    kind: String,
    granted_scopes: Vec<String>,
}

/// Lists the instances.
pub(crate) async fn list(context: Context) -> Result<Response, Refusal> {
    admit(&context, Right::Read)?;
    let (tenant, site, ..) = context;
    let apps = tenant.apps.lock();
    let views: Vec<_> = apps
        .clients
        .values()
        .filter(|app| app.kind == AppKind::Integration)
        .map(|app| InstanceView::new(app, &site.base, None))
        .collect();
    Ok(refusal::json(StatusCode::OK, &views))
}

/// Makes an instance; its answer alone has the secret.
pub(crate) async fn create(context: Context, body: Bytes) -> Result<Response, Refusal> {
    let caller = admit(&context, Right::Manage)?;
    let (tenant, site, ..) = context;
    let wish: Wish = serde_json::from_slice(&body).map_err(|_| Refusal::malformed())?;
    if wish.kind.is_empty() || !wish.kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::invalid("type", "type: Invalid integration type."));
    }
    let are_known = wish
        .granted_scopes
        .iter()
        .all(|scope| is_known_scope(scope));
    if wish.granted_scopes.is_empty() || !are_known {
        return Err(Refusal::invalid(
            "grantedScopes",
            "grantedScopes: The scopes must be Okta scopes, one at least.",
        ));
    }
    let now_ms = tenant.clock.now_ms();
    let secret = new_secret(&tenant, 64);
    let app = App {
        id: tenant.new_id("0oa"),
        kind: AppKind::Integration,
        name: wish.kind.trim_end_matches("apiservice").to_owned(),
        catalogue_type: wish.kind,
        secrets: vec![secret.clone()],
        keys: Vec::new(),
        granted: wish.granted_scopes.into_iter().collect(),
        requires_dpop: false,
        has_admin_role: true,
        created_ms: now_ms,
        created_by: caller.id,
    };
    let view = InstanceView::new(&app, &site.base, Some(&secret.text));
    let response = refusal::json(StatusCode::CREATED, &view);
    tenant.apps.lock().clients.insert(app.id.clone(), app);
    Ok(response)
}

/// Shows an instance.
pub(crate) async fn get(context: Context, Path(id): Path<String>) -> Result<Response, Refusal> {
    admit(&context, Right::Read)?;
    let (tenant, site, ..) = context;
    let apps = tenant.apps.lock();
    let app = apps.clients.get(&id).ok_or_else(|| not_found(&id))?;
    let view = InstanceView::new(app, &site.base, None);
    Ok(refusal::json(StatusCode::OK, &view))
}

/// Deletes an instance with all its grants, secrets and tokens.
pub(crate) async fn delete(context: Context, Path(id): Path<String>) -> Result<Response, Refusal> {
    admit(&context, Right::Manage)?;
    let (tenant, ..) = context;
    let mut apps = tenant.apps.lock();
    apps.clients.remove(&id).ok_or_else(|| not_found(&id))?;
    apps.revoke(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lists the secrets of an app, masked.
pub(crate) async fn list_secrets(
    context: Context,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admit(&context, Right::Read)?;
    let (tenant, site, _, uri, _) = context;
    let base = secrets_url(&site, uri.path());
    let apps = tenant.apps.lock();
    let app = apps.clients.get(&id).ok_or_else(|| not_found(&id))?;
    let views: Vec<_> = app
        .secrets
        .iter()
        .map(|secret| SecretView::new(secret, &base, false))
        .collect();
    Ok(refusal::json(StatusCode::OK, &views))
}

/// Makes a second secret; its answer alone has it in clear.
pub(crate) async fn create_secret(
    context: Context,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admit(&context, Right::Manage)?;
    let (tenant, site, _, uri, _) = context;
    let secret = add_secret(&tenant, &id)?;
    let view = SecretView::new(&secret, &secrets_url(&site, uri.path()), true);
    Ok(refusal::json(StatusCode::CREATED, &view))
}

/// Deletes a secret that is not active.
pub(crate) async fn delete_secret(
    context: Context,
    Path((id, secret_id)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    admit(&context, Right::Manage)?;
    let (tenant, ..) = context;
    let mut apps = tenant.apps.lock();
    let app = apps.clients.get_mut(&id).ok_or_else(|| not_found(&id))?;
    let secret = app.secrets.iter().find(|secret| secret.id == secret_id);
    if secret.ok_or_else(|| not_found(&secret_id))?.active {
        return Err(Refusal::invalid(
            "clientSecret",
            "An active client secret can not be deleted.",
        ));
    }
    app.secrets.retain(|secret| secret.id != secret_id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Activates a secret, or deactivates it.
pub(crate) async fn secret_lifecycle(
    context: Context,
    Path((id, secret_id, act)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    admit(&context, Right::Manage)?;
    let (tenant, site, _, uri, _) = context;
    let active = match act.as_str() {
        "activate" => true,
        "deactivate" => false,
        _ => return Err(Refusal::no_such_path()),
    };
    let secret = set_secret_active(&tenant, &id, &secret_id, active)?;
    let view = SecretView::new(&secret, &secrets_url(&site, uri.path()), false);
    Ok(refusal::json(StatusCode::OK, &view))
}

/// Returns the URL of an app's secrets, from that of any request about them.
fn secrets_url(site: &Site, path: &str) -> String {
    let (app, _) = path.split_once("/credentials").unwrap_or((path, ""));
    format!("{}{app}/credentials/secrets", site.base)
}

fn new_secret(tenant: &Tenant, length: usize) -> Secret {
    let now_ms = tenant.clock.now_ms();
    Secret {
        id: tenant.new_id("ocs"),
        text: tenant.letters(length),
        active: true,
        created_ms: now_ms,
        updated_ms: now_ms,
    }
}

/// Gives an app one more secret.
pub(crate) fn add_secret(tenant: &Tenant, id: &str) -> Result<Secret, Refusal> {
    let secret = new_secret(tenant, 40);
    let mut apps = tenant.apps.lock();
    let app = apps.clients.get_mut(id).ok_or_else(|| not_found(id))?;
    if app.secrets.len() >= MOST_SECRETS {
        return Err(Refusal::invalid(
            "clientSecret",
            "You've reached the maximum number of client secrets per client.",
        ));
    }
    app.secrets.push(secret.clone());
    Ok(secret)
}

/// Activates a secret of an app, or deactivates it.
pub(crate) fn set_secret_active(
    tenant: &Tenant,
    id: &str,
    secret_id: &str,
    active: bool,
) -> Result<Secret, Refusal> {
    let now_ms = tenant.clock.now_ms();
    let mut apps = tenant.apps.lock();
    let app = apps.clients.get_mut(id).ok_or_else(|| not_found(id))?;
    let mut secrets = app.secrets.iter_mut();
    let secret = secrets
        .find(|secret| secret.id == secret_id)
        .ok_or_else(|| not_found(secret_id))?;
    secret.active = active;
    secret.updated_ms = now_ms;
    Ok(secret.clone())
}
