//! Exceptions of rules to be added and taken out, one by one.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, read_json};
use nightlatch_chassis::settings::{Version, Written};
use tokio::task::block_in_place;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::change::{answer, current, settings_of, won, writable};
use super::check::check;
use super::document::PolicyDocument;
use super::policies::unknown;
use super::request::{NewException, bytes, seen};
use crate::policy::settings::Tuning;

/// So often a change is tried that others are faster than.
const TRIES: usize = 20;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(add))
        .routes(routes!(take_out))
}

/// Adds an exception to a rule.
#[utoipa::path(
    post,
    path = "/api/v1/policies/{id}/exceptions",
    operation_id = "add_exception",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the policy as it was seen; without it the change is made to whatever is set."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who adds it."),
    ),
    request_body = NewException,
    responses(
        (status = 201, description = "It is in force.", body = PolicyDocument),
        (status = 400, description = "The body can't be understood, or the name is taken."),
        (status = 403, description = "A file owns the policy."),
        (status = 404, description = "There is no policy of this id."),
        (status = 409, description = "What is set of the policy can't be read here."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 422, description = "The rule refuses it: `diagnostics` say where."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn add(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let NewException { exception, note } = read_json(&bytes(body).await?)?;
    let note = note.unwrap_or_else(|| exception.reason.clone());
    let author = Author::of(&headers, Some(note))?;
    let change = |tuning: &mut Tuning| {
        tuning.exceptions.push(exception.clone());
        Ok(())
    };
    let version = amend(&api, &id, &headers, author, change).await?;
    Ok(answer(&api, StatusCode::CREATED, &id, version))
}

/// Takes an exception out.
#[utoipa::path(
    delete,
    path = "/api/v1/policies/{id}/exceptions/{name}",
    operation_id = "delete_exception",
    tag = "policies",
    params(
        ("id" = String, Path, description = "The policy's id."),
        ("name" = String, Path, description = "The exception's name."),
        ("If-Match" = Option<String>, Header, description = "The ETag of the policy as it was seen; without it the change is made to whatever is set."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who takes it out."),
    ),
    responses(
        (status = 200, description = "It is out.", body = PolicyDocument),
        (status = 403, description = "A file owns the policy."),
        (status = 404, description = "There is no such policy or exception."),
        (status = 409, description = "What is set of the policy can't be read here."),
        (status = 412, description = "Somebody else has changed it since: `current` is its ETag."),
        (status = 503, description = "The settings log is out of reach."),
    ),
)]
async fn take_out(
    State(api): State<Api>,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let author = Author::of(&headers, Some(format!("exception {name:?} taken out")))?;
    let change = |tuning: &mut Tuning| {
        let before = tuning.exceptions.len();
        tuning.exceptions.retain(|exception| exception.name != name);
        if tuning.exceptions.len() == before {
            let detail = format!("policy {id:?} has no exception {name:?}");
            return Err(Problem::new(StatusCode::NOT_FOUND, detail));
        }
        Ok(())
    };
    let version = amend(&api, &id, &headers, author, change).await?;
    Ok(answer(&api, StatusCode::OK, &id, version))
}

/// Changes a part that nothing else of the policy depends on: when somebody else was faster, it is made
/// to what they have left, unless the client says what it has seen.
async fn amend(
    api: &Api,
    id: &str,
    headers: &HeaderMap,
    author: Author,
    change: impl Fn(&mut Tuning) -> Result<(), Problem>,
) -> Result<Version, Problem> {
    let is_seen = headers.contains_key(header::IF_MATCH);
    for _ in 0..TRIES {
        let entry = if is_seen {
            current(api, id, seen(headers)?).await?
        } else {
            api.table().get(id).cloned().ok_or_else(|| unknown(id))?
        };
        writable(&entry)?;
        let mut settings = settings_of(&entry)?;
        change(&mut settings.tuning)?;
        block_in_place(|| check(&api.table(), id, &settings))?;
        let written = api.write(id, entry.revision, Some(&settings), author.clone());
        match written.await? {
            Written::Won { version } => return Ok(version),
            lost if is_seen => return won(lost),
            Written::Lost { .. } => {}
        }
    }
    let detail = "others change this policy all the time; try again";
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
}
