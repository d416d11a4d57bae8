//! Integrations to be made, by both ways: from here, and from Okta.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, bad, read_json};
use nightlatch_chassis::settings::{SealError, Written};
use nightlatch_schemas::integration_id;
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::document::IntegrationDocument;
use super::request::{Given, NewIntegration, NewStart, bytes, name, start, troubled};
use crate::integration::desk::Desk;
use crate::integration::directory::{Entry, Table};
use crate::integration::settings::{EventTypes, Hook, IntegrationSettings, SealedCredentials};
use crate::integration::store::Field;
use crate::integration::trouble::Trouble;
use crate::okta::{OrgAddress, Organization, SCOPES};

/// What to do at Okta to connect an org.
#[derive(Debug, Serialize, ToSchema)]
struct Start {
    /// The org's domain.
    domain: String,
    /// The page of Okta's admin console to open.
    admin_link: String,
    /// Okta's id of the org; null when it could not be asked.
    org_id: Option<String>,
    /// The integration's id; null when the org could not be asked.
    integration: Option<String>,
    /// Whether the org is connected already.
    connected: bool,
    /// The scopes to grant.
    scopes: Vec<&'static str>,
    /// What to create there: one of these ways.
    ways: Vec<Way>,
    /// Why the org could not be asked.
    problem: Option<Trouble>,
}

/// A way to let us in.
#[derive(Debug, Serialize, ToSchema)]
struct Way {
    /// What `credentials` then have.
    credentials: &'static str,
    title: &'static str,
    steps: Vec<&'static str>,
}

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(create))
}

/// Says what to do at Okta to connect an org. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/start",
    operation_id = "start_integration",
    tag = "integrations",
    request_body = NewStart,
    responses(
        (status = 200, description = "Where to go, and what to create there.", body = Start),
        (status = 400, description = "The body can't be understood."),
        (status = 422, description = "This is no address of an org; `remedy` says what to enter."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn begin(State(desk): State<Arc<Desk>>, body: Body) -> Result<Json<Start>, Problem> {
    let new: NewStart = read_json(&bytes(body).await?)?;
    let address = address(&desk, &new.org, "org")?;
    let asked = Organization::ask(&address, desk.connections.outbound()).await;
    let (org_id, problem) = match asked {
        Ok(organization) => (Some(organization.id), None),
        Err(error) => (None, Some(error.into())),
    };
    let integration = org_id.as_deref().map(|org| integration_id(org).to_string());
    let table = desk.table().await?;
    let connected = integration
        .as_ref()
        .is_some_and(|id| table.entries.contains_key(id));
    Ok(Json(Start {
        domain: address.to_string(),
        admin_link: address.admin_link(),
        org_id,
        integration,
        connected,
        scopes: SCOPES.iter().map(|scope| scope.name()).collect(),
        ways: ways(),
        problem,
    }))
}

fn ways() -> Vec<Way> {
    vec![
        Way {
            credentials: "client_secret",
            title: "API service integration",
            steps: vec![
                "Applications > API Service Integrations > Add Integration.",
                "Choose the integration, and grant the scopes.",
                "Copy the client id and the client secret: the secret is shown once.",
            ],
        },
        Way {
            credentials: "private_key",
            title: "API services app with a private key",
            steps: vec![
                "Applications > Applications > Create App Integration > API Services.",
                "Client authentication: Public key / Private key; add a key, and keep its private half.",
                "Grant the scopes (tab Okta API Scopes), and give the app an admin role that may read \
                 the System Log and manage event hooks (tab Admin roles).",
                "Where Require DPoP is ticked, say so here.",
            ],
        },
        Way {
            credentials: "api_token",
            title: "API token of an administrator",
            steps: vec![
                "Sign in as an administrator who may read the System Log and manage event hooks.",
                "Security > API > Tokens > Create token; it is shown once.",
            ],
        },
    ]
}

/// Connects an org. Its event hook is created when the integration is validated.
#[utoipa::path(
    post,
    path = "/api/v1/integrations",
    operation_id = "create_integration",
    tag = "integrations",
    params(("Nightlatch-Author" = Option<String>, Header, description = "Who connects it.")),
    request_body = NewIntegration,
    responses(
        (status = 201, description = "It is there, and to be validated.", body = IntegrationDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 409, description = "The org is connected already, or the name is taken."),
        (status = 422, description = "The address, the credentials or the event types can't be right; `remedy` says what to do."),
        (status = 502, description = "The org could not be asked for its id; `remedy` says what to do."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn create(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let new: NewIntegration = read_json(&bytes(body).await?)?;
    let author = Author::of(&headers, new.note.clone())?;
    let address = address(&desk, &new.domain, "domain")?;
    let first = address.host().split('.').next().unwrap_or_default();
    let name = name(new.name.as_deref().unwrap_or(first))?;
    let start = new.start.map(start).transpose()?;
    let given = new.credentials.understood()?;
    let event_types = event_types(new.event_types)?;
    // What can't be used is refused before it is kept.
    let usable = desk
        .connections
        .try_out(&address.to_string(), given.credentials());
    usable.map_err(|trouble| troubled(StatusCode::UNPROCESSABLE_ENTITY, trouble))?;
    let org_id = match new.org_id {
        Some(org_id) => plain_id(&org_id)?,
        None => ask(&desk, &address).await?,
    };
    let id = integration_id(&org_id).to_string();
    free(&*desk.table().await?, &id, &name)?;
    let now = Timestamp::now();
    let settings = IntegrationSettings {
        name,
        org_id,
        domain: address.to_string(),
        credentials: sealed(&desk, &id, given)?,
        hook: hook(&desk, &id).map_err(unsealed)?,
        event_types,
        start: start.unwrap_or(now),
        paused: None,
        created: now,
        completed: None,
        other: Map::new(),
    };
    if let Written::Lost { .. } = desk.write(&id, None, Some(&settings), author).await? {
        return Err(connected(&settings.domain));
    }
    let location = [(header::LOCATION, format!("/api/v1/integrations/{id}"))];
    let made = answer(&desk, StatusCode::CREATED, &id, Vec::new()).await?;
    Ok((location, made).into_response())
}

async fn ask(desk: &Desk, address: &OrgAddress) -> Result<String, Problem> {
    let asked = Organization::ask(address, desk.connections.outbound()).await;
    let organization = asked.map_err(|error| troubled(StatusCode::BAD_GATEWAY, error.into()))?;
    Ok(organization.id)
}

/// Okta's id of an org, as somebody says it.
fn plain_id(org_id: &str) -> Result<String, Problem> {
    let org_id = org_id.trim();
    let is_id = |byte: u8| byte.is_ascii_alphanumeric();
    if org_id.is_empty() || org_id.len() > 64 || !org_id.bytes().all(is_id) {
        let detail = "org_id is `id` at https://<domain>/.well-known/okta-organization, letters and \
                      digits";
        return Err(bad(detail).with("member", "org_id"));
    }
    Ok(org_id.to_owned())
}

fn address(desk: &Desk, pasted: &str, member: &str) -> Result<OrgAddress, Problem> {
    let address = desk.connections.address(pasted);
    address.map_err(|trouble| {
        troubled(StatusCode::UNPROCESSABLE_ENTITY, trouble).with("member", member)
    })
}

/// Event types that exist.
pub(super) fn event_types(chosen: EventTypes) -> Result<EventTypes, Problem> {
    chosen.checked().map_err(|trouble| {
        troubled(StatusCode::UNPROCESSABLE_ENTITY, trouble).with("member", "event_types")
    })
}

/// Credentials as they are kept.
pub(super) fn sealed(desk: &Desk, id: &str, given: Given) -> Result<SealedCredentials, Problem> {
    let store = desk.directory.store();
    let secret = store.seal(id, Field::Credentials, &given.secret);
    Ok(SealedCredentials {
        mode: given.mode,
        client_id: given.client_id,
        key_id: given.key_id,
        secret: secret.map_err(unsealed)?,
        other: Map::new(),
    })
}

fn hook(desk: &Desk, id: &str) -> Result<Hook, SealError> {
    let store = desk.directory.store();
    let path_key = store.fresh(id, Field::PathKey)?;
    Ok(Hook::new(path_key, store.fresh(id, Field::HookSecret)?))
}

/// A secret could not be sealed.
pub(super) fn unsealed(error: SealError) -> Problem {
    tracing::error!(%error, "a secret could not be sealed");
    let detail = format!("the secret could not be sealed: {error}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

/// An error when the org is connected, or the name is another one's.
fn free(table: &Table, id: &str, name: &str) -> Result<(), Problem> {
    if let Some(entry) = table.entries.get(id) {
        return Err(connected(&entry.domain));
    }
    name_is_free(table, id, name)
}

/// An error when another integration has the name.
pub(super) fn name_is_free(table: &Table, id: &str, name: &str) -> Result<(), Problem> {
    let is_taken = |entry: &Entry| entry.id != id && entry.name == name;
    if !table.entries.values().any(is_taken) {
        return Ok(());
    }
    let detail = format!("another integration is named {name:?}; choose another name");
    Err(Problem::new(StatusCode::CONFLICT, detail).with("member", "name"))
}

fn connected(domain: &str) -> Problem {
    let detail = format!(
        "the org {domain} is connected already; change its integration, or delete it and connect it anew"
    );
    Problem::new(StatusCode::CONFLICT, detail).of_type("connected", "Connected already")
}
