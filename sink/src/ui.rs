//! The web pages: static files, built from `ui/` by npm, that are part of the binary. A build without
//! npm has none, and serves a plain page instead that says how to get them.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use nightlatch_chassis::http::Problem;
use rust_embed::{Embed, EmbeddedFile};

/// The pages' files; none in a build without npm.
#[derive(Embed)]
#[folder = "ui/dist"]
#[allow_missing = true]
struct Files;

/// Where the app's pages are: what is at one of these, or below it, the app knows itself.
const PAGES: [&str; 6] = [
    "feed",
    "activity",
    "entities",
    "policies",
    "integrations",
    "health",
];
/// The app, whatever its page.
const APP: &str = "index.html";
/// What people see who open the server in a browser when the pages are not there.
const PLAIN: &str = include_str!("index.html");
/// The plain page needs nothing from anywhere.
const PLAIN_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// All of the app is our own; nothing in it is inline.
const APP_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
                          frame-ancestors 'none'; object-src 'none'";
/// The names of assets have a hash of what is in them.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, and asked for each time whether it is still so.
const ASK_EACH_TIME: &str = "no-cache";

/// Returns the addresses of the pages.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = Router::new()
        .route("/", get(app))
        .route("/icon.svg", get(icon))
        .route("/assets/{*path}", get(asset));
    PAGES.into_iter().fold(router, |router, page| {
        router
            .route(&format!("/{page}"), get(app))
            .route(&format!("/{page}/{{*below}}"), get(app))
    })
}

async fn app(headers: HeaderMap) -> Response {
    let Some(file) = Files::get(APP) else {
        return page(PLAIN_POLICY, PLAIN.into());
    };
    let mut response = answer(&headers, APP, file, ASK_EACH_TIME);
    if response.status() == StatusCode::OK {
        of_page(response.headers_mut(), APP_POLICY);
    }
    response
}

async fn icon(uri: Uri, headers: HeaderMap) -> Response {
    found(&uri, &headers, "icon.svg", ASK_EACH_TIME)
}

async fn asset(uri: Uri, Path(path): Path<String>, headers: HeaderMap) -> Response {
    found(&uri, &headers, &format!("assets/{path}"), FOR_EVER)
}

fn found(uri: &Uri, headers: &HeaderMap, name: &str, kept: &'static str) -> Response {
    if let Some(file) = Files::get(name) {
        return answer(headers, name, file, kept);
    }
    let detail = format!("there is nothing at {}", uri.path());
    Problem::new(StatusCode::NOT_FOUND, detail).into_response()
}

/// The file, or that the client has it already.
fn answer(headers: &HeaderMap, name: &str, file: EmbeddedFile, kept: &'static str) -> Response {
    let tag = tag(&file);
    let mut response = if has(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let content_type = [(header::CONTENT_TYPE, content_type(name))];
        (content_type, Body::from(file.data)).into_response()
    };
    let given = response.headers_mut();
    given.insert(header::ETAG, tag);
    given.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

fn tag(file: &EmbeddedFile) -> HeaderValue {
    let mut half = [0; 16];
    half.copy_from_slice(&file.metadata.sha256_hash()[..16]);
    let tag = format!("\"{:032x}\"", u128::from_be_bytes(half));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the client says that it has the file.
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = tags
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','));
    tags.any(|known| known.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn page(policy: &'static str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    of_page(headers, policy);
    response
}

/// What is said of each page; further headers are added to every answer of the API's listener.
fn of_page(headers: &mut HeaderMap, policy: &'static str) {
    let alone = HeaderName::from_static("cross-origin-opener-policy");
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (alone, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
