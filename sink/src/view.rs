//! Saved views: what a team looks at again and again, under a name. They are objects of the settings
//! log of triage, `view/ID`, so every sink has the same.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, bad, entity_tag, read_json, seen};
use nightlatch_chassis::settings::{Change, Object, Settings, Version, Written};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::feed::Feed;
use crate::openapi::ProblemDocument;
use crate::triage::{unread, unwritten};

/// What the id of an object begins with that is a view.
const VIEW: &str = "view/";
/// Views that there can be.
const MAX_VIEWS: usize = 500;
/// Characters of an id.
const MAX_ID: usize = 64;
/// Characters of a name.
const MAX_NAME: usize = 100;
/// Characters of what it shows.
const MAX_QUERY: usize = 4000;

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct View {
    /// What people call it.
    name: String,
    /// The page that it is of, such as `feed`.
    #[serde(default = "feed")]
    page: String,
    /// What that page shows: the query of its address.
    query: String,
}

/// A view that is saved.
#[derive(Debug, Serialize, ToSchema)]
struct SavedView {
    /// Its id.
    id: String,
    #[serde(flatten)]
    view: View,
    /// Its entity tag, without the quotes.
    revision: String,
    /// Who saved it.
    by: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// All views.
#[derive(Debug, Serialize, ToSchema)]
struct ViewList {
    /// By id.
    views: Vec<SavedView>,
}

fn feed() -> String {
    "feed".to_owned()
}

/// Returns the addresses of views.
pub(crate) fn router() -> OpenApiRouter<Feed> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(save, delete))
}

/// Lists the saved views.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    operation_id = "list_views",
    tag = "views",
    responses(
        (status = 200, description = "All views.", body = ViewList),
        (status = 503, description = "They are yet to be read.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn list(State(feed): State<Feed>) -> Result<Json<ViewList>, Problem> {
    let views = feed.triage.settings().map_err(unread)?.all_under(VIEW);
    let views = views
        .into_iter()
        .filter_map(|(id, object)| saved(&id, object));
    Ok(Json(ViewList {
        views: views.collect(),
    }))
}

/// Saves a view.
#[utoipa::path(
    put,
    path = "/api/v1/views/{id}",
    operation_id = "save_view",
    tag = "views",
    params(
        ("id" = String, Path, description = "Lower-case letters, digits and hyphens, at most 64."),
        ("If-Match" = String, Header, description = "The revision that was seen, in quotes; \"none\" for a new view."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who saves it."),
    ),
    request_body = View,
    responses(
        (status = 200, description = "It is saved.", body = SavedView),
        (status = 400, description = "The view is malformed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There are too many views.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it since.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "It can't be written at the moment.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn save(
    State(feed): State<Feed>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let object = object(&id)?;
    let expected = seen(&headers, "view")?;
    let view = checked(read_json(&body)?)?;
    let settings = feed.triage.settings().map_err(unread)?;
    if expected.is_none() && settings.all_under(VIEW).len() >= MAX_VIEWS {
        let detail = format!("there are {MAX_VIEWS} views already; delete some that nobody uses");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let author = Author::of(&headers, None)?;
    let version = write(settings, object.clone(), expected, Some(&view), author).await?;
    let saved = settings.get(&object).and_then(|it| saved(&object, it));
    let tag = HeaderValue::from_str(&entity_tag(Some(version)));
    let tag = tag.unwrap_or_else(|_| HeaderValue::from_static(""));
    Ok(([(header::ETAG, tag)], Json(saved)).into_response())
}

/// Deletes a view.
#[utoipa::path(
    delete,
    path = "/api/v1/views/{id}",
    operation_id = "delete_view",
    tag = "views",
    params(
        ("id" = String, Path, description = "The view's id."),
        ("If-Match" = String, Header, description = "The revision that was seen, in quotes."),
        ("Nightlatch-Author" = Option<String>, Header, description = "Who deletes it."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is no such view.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it since.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "It can't be written at the moment.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn delete(
    State(feed): State<Feed>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let object = object(&id)?;
    let expected = seen(&headers, "view")?;
    let settings = feed.triage.settings().map_err(unread)?;
    if !settings.has(&object) {
        let detail = format!("there is no view {id:?}; somebody may have deleted it");
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    let author = Author::of(&headers, None)?;
    write(settings, object, expected, None, author).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn write(
    settings: &Settings,
    object: String,
    expected: Option<Version>,
    view: Option<&View>,
    author: Author,
) -> Result<Version, Problem> {
    let change = Change {
        object,
        expected,
        value: view.map(|view| json!(view)),
        who: author.who,
        why: author.why,
    };
    match settings.write(change).await {
        Ok(Written::Won { version }) => Ok(version),
        Ok(Written::Lost { current }) => {
            let detail = "somebody else has changed the view since; look at it, and decide anew";
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED, detail);
            let problem = problem.of_type("changed-since", "Changed since");
            Err(problem.with("current", entity_tag(current.map(|object| object.version))))
        }
        Err(error) => Err(unwritten(&error)),
    }
}

/// Returns the id of the object that holds a view.
fn object(id: &str) -> Result<String, Problem> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > MAX_ID || !id.chars().all(is_plain) {
        let detail = format!(
            "a view's id has lower-case letters, digits and hyphens, {MAX_ID} at the most; choose another"
        );
        return Err(bad(detail).with("parameter", "id"));
    }
    Ok(format!("{VIEW}{id}"))
}

fn checked(view: View) -> Result<View, Problem> {
    let View { name, page, query } = view;
    let name = name.trim().to_owned();
    for (member, text, most) in [
        ("name", &name, MAX_NAME),
        ("page", &page, MAX_ID),
        ("query", &query, MAX_QUERY),
    ] {
        if text.chars().count() > most {
            let detail = format!("{member} has more than {most} characters; shorten it");
            return Err(bad(detail).with("member", member));
        }
    }
    if name.is_empty() {
        return Err(bad("the view needs a name; give it one").with("member", "name"));
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
    if page.is_empty() || !page.chars().all(is_plain) {
        let detail = "page is the name of a page, such as feed; correct it";
        return Err(bad(detail).with("member", "page"));
    }
    Ok(View { name, page, query })
}

fn saved(id: &str, object: Object) -> Option<SavedView> {
    Some(SavedView {
        id: id.strip_prefix(VIEW)?.to_owned(),
        view: serde_json::from_value(object.value).ok()?,
        revision: object.version.to_string(),
        by: object.who,
        at: format!("{:.3}", object.when),
    })
}
