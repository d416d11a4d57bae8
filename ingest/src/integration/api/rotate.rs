//! Secrets to be changed with nothing lost: the new one is tried before the old one goes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, read_json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::change::won;
use super::create::{sealed, unsealed};
use super::document::IntegrationDocument;
use super::request::{NewCredentialsBody, bytes, seen, seen_if_said, troubled};
use crate::integration::desk::Desk;
use crate::integration::settings::IntegrationSettings;
use crate::integration::store::Field;
use crate::integration::trouble::Trouble;
use crate::okta::{LogRequest, Okta, OktaError, Scope};

pub(super) fn router() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(credentials))
        .routes(routes!(hook_secret))
}

/// Sets new credentials of an integration, when Okta takes them; else the old ones stay.
#[utoipa::path(
    put,
    path = "/api/v1/integrations/{id}/credentials",
    operation_id = "rotate_integration_credentials",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = String, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    request_body = NewCredentialsBody,
    responses(
        (status = 200, description = "They are in force.", body = IntegrationDocument),
        (status = 400, description = "The body can't be understood."),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "Okta does not take them, or grants them less than is needed: the old ones stay; `remedy` says what to do."),
        (status = 428, description = "If-Match is missing."),
        (status = 502, description = "Okta could not be asked: the old ones stay; `remedy` says what to do."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn credentials(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let seen = seen(&headers)?;
    let new: NewCredentialsBody = read_json(&bytes(body).await?)?;
    let author = Author::of(&headers, new.note)?;
    let given = new.credentials.understood()?;
    let mut settings = desk.seen(&id, seen).await?.settings;
    let okta = desk
        .connections
        .try_out(&settings.domain, given.credentials());
    let okta = okta.map_err(|trouble| troubled(StatusCode::UNPROCESSABLE_ENTITY, trouble))?;
    prove(&okta, is_hook_only(&desk, &id, &settings)).await?;
    settings.credentials = sealed(&desk, &id, given)?;
    won(desk.write(&id, seen, Some(&settings), author).await?)?;
    answer(&desk, StatusCode::OK, &id, Vec::new()).await
}

/// Whether Okta takes these credentials and grants them what we need: the event hook, and the System Log
/// unless the integration has never been able to read it.
async fn prove(okta: &Okta, is_hook_only: bool) -> Result<(), Problem> {
    let granted = okta.granted().await.map_err(refused)?;
    if !granted.has(Scope::ManageEventHooks) {
        return Err(ungranted(Scope::ManageEventHooks));
    }
    if !granted.has(Scope::ReadLogs) && !is_hook_only {
        return Err(ungranted(Scope::ReadLogs));
    }
    // An API token is proved by using it; so is the role that an app has.
    okta.event_hooks().await.map_err(refused)?;
    if is_hook_only {
        return Ok(());
    }
    let now = Timestamp::now();
    let request = LogRequest::Since {
        since: now,
        filter: None,
        limit: 1,
    };
    okta.system_log(&request).await.map_err(refused).map(drop)
}

/// Whether nothing could be read yet of its System Log, such as for want of the scope.
fn is_hook_only(desk: &Desk, id: &str, settings: &IntegrationSettings) -> bool {
    let standing = desk.standings.of(id, settings);
    standing.is_some_and(|log| log.trouble.is_some() && log.looked_at().is_none())
}

fn refused(error: OktaError) -> Problem {
    let status = if error.is_passing() {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    stays(status, error.into())
}

fn ungranted(scope: Scope) -> Problem {
    let sentence = format!("Okta does not grant {scope} to these credentials.");
    let remedy = format!(
        "Grant {scope} to the app at Okta (its tab Okta API Scopes), and set the credentials again."
    );
    stays(
        StatusCode::UNPROCESSABLE_ENTITY,
        Trouble::new(sentence, remedy),
    )
}

/// The new credentials are not set.
fn stays(status: StatusCode, trouble: Trouble) -> Problem {
    let sentence = format!("{} The old credentials stay in force.", trouble.sentence);
    troubled(
        status,
        Trouble {
            sentence,
            ..trouble
        },
    )
}

/// Gives the hook a fresh secret. Both are valid until Okta has verified the new one, and a few
/// seconds more for deliveries on their way; when Okta can't be reached, both stay valid until the
/// integration is validated.
#[utoipa::path(
    post,
    path = "/api/v1/integrations/{id}/hook-secret",
    operation_id = "rotate_integration_hook_secret",
    tag = "integrations",
    params(
        ("id" = String, Path, description = "The integration's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the integration as it was seen."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who changes it."),
    ),
    responses(
        (status = 200, description = "It has a fresh secret; `problems` tell what could not be done at Okta.", body = IntegrationDocument),
        (status = 403, description = "The configuration file owns it."),
        (status = 404, description = "There is no integration of this id."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn hook_secret(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let why = "a fresh secret for the event hook".to_owned();
    let author = Author::of(&headers, Some(why))?;
    let current = match seen_if_said(&headers)? {
        Some(seen) => desk.seen(&id, seen).await?,
        None => desk.current(&id).await?,
    };
    let mut settings: IntegrationSettings = current.settings;
    // One that Okta has yet to verify is fresh enough.
    if !settings.hook.is_rotating() {
        let fresh = desk.directory.store().fresh(&id, Field::HookSecret);
        let fresh = fresh.map_err(unsealed)?;
        settings.hook.renew(fresh, Timestamp::now());
        let seen = Some(current.version);
        won(desk.write(&id, seen, Some(&settings), author).await?)?;
    }
    let mut problems: Vec<Trouble> = Vec::new();
    if settings.hook.is_at_okta() {
        problems.extend(desk.renew_hook(&id).await.err());
    }
    answer(&desk, StatusCode::OK, &id, problems).await
}
