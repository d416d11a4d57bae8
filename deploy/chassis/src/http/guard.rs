//! Who may ask the API: only names it is known by, and for writes only its own pages.
//!
//! The API has no log-in yet, so a browser must not be turned against it: the Host check stops DNS
//! rebinding, the checks of Origin and Sec-Fetch-Site stop writes by foreign pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use super::Problem;
use crate::config::ApiConfig;

const SECURITY_HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Lets only requests in that are meant for us and, if they write, come from our own pages.
///
/// Wraps everything in `router`, its fallbacks too; adds security headers to each answer that does
/// not set them itself.
pub fn guard(router: Router, api: &ApiConfig) -> Router {
    let names = Arc::new(Names {
        listen: api.listen,
        hosts: api.hosts.clone(),
    });
    router.layer(from_fn(move |request: Request, next: Next| {
        let names = Arc::clone(&names);
        async move {
            let mut response = match names.admit(&request) {
                Ok(()) => next.run(request).await,
                Err(problem) => problem.into_response(),
            };
            for (name, value) in SECURITY_HEADERS {
                let headers = response.headers_mut();
                headers
                    .entry(name)
                    .or_insert(HeaderValue::from_static(value));
            }
            response
        }
    }))
}

/// Answers unknown paths and methods with problem documents. Replaces fallbacks set before.
pub fn problems(router: Router) -> Router {
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
}

async fn unknown_path(uri: Uri) -> Response {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("there is nothing at {}", uri.path()),
    )
    .into_response()
}

async fn unknown_method(method: Method, uri: Uri) -> Response {
    let detail = format!(
        "{} does not take {method}; the header Allow lists what it takes",
        uri.path()
    );
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response()
}

/// The names by which the API is known.
struct Names {
    listen: SocketAddr,
    hosts: Vec<String>,
}

impl Names {
    fn admit(&self, request: &Request) -> Result<(), Problem> {
        let host = host(request)?;
        if !self.is_ours(&host) {
            let detail = format!(
                "this server is not known as {:?}; add that name to api.hosts if it should be",
                host.as_str()
            );
            let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, detail);
            return Err(problem.of_type("foreign-host", "Unknown host name"));
        }
        let is_read = matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS
        );
        if !is_read && self.is_foreign(request.headers(), &host) {
            let detail = "this request was made by a page of another site";
            let problem = Problem::new(StatusCode::FORBIDDEN, detail);
            return Err(problem.of_type("foreign-origin", "Foreign origin"));
        }
        Ok(())
    }

    fn is_ours(&self, host: &Authority) -> bool {
        let name = host.host();
        if name.eq_ignore_ascii_case("localhost") || self.is_configured(host) {
            return true;
        }
        let address = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        address.is_ok_and(|address| address.is_loopback() || address == self.listen.ip())
    }

    fn is_configured(&self, host: &Authority) -> bool {
        self.hosts.iter().any(|known| {
            known.eq_ignore_ascii_case(host.host()) || known.eq_ignore_ascii_case(host.as_str())
        })
    }

    /// Whether a browser says that the request was made by a page that is not ours.
    fn is_foreign(&self, headers: &HeaderMap, host: &Authority) -> bool {
        let of_another_site =
            |site: &HeaderValue| !matches!(site.as_bytes(), b"same-origin" | b"none");
        let of_another_origin = |origin: &HeaderValue| {
            let uri = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.parse::<Uri>().ok());
            let authority = uri.as_ref().and_then(Uri::authority);
            !authority.is_some_and(|from| from == host || self.is_configured(from))
        };
        headers
            .get_all("sec-fetch-site")
            .iter()
            .any(of_another_site)
            || headers
                .get_all(header::ORIGIN)
                .iter()
                .any(of_another_origin)
    }
}

/// The name that the client asked for: of the request's target when that is a whole URL, else of
/// its one Host header.
fn host(request: &Request) -> Result<Authority, Problem> {
    let bad = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, detail);
    let mut headers = request.headers().get_all(header::HOST).iter();
    let (first, more) = (headers.next(), headers.next());
    if more.is_some() {
        return Err(bad("the request has more than one Host header"));
    }
    if let Some(authority) = request.uri().authority() {
        return Ok(authority.clone());
    }
    let first = first.ok_or_else(|| bad("the request has no Host header"))?;
    let host = Authority::try_from(first.as_bytes());
    host.map_err(|_| bad("the Host header is no host name with an optional port"))
}
