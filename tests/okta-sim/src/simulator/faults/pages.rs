//! Faults that pages of the System Log alone have.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Collected};
use hyper::header::{CONTENT_LENGTH, HeaderValue, LINK};

use super::code;
use crate::simulator::refusal::Refusal;

/// How many events a page has if nobody says.
const USUAL: usize = 100;

/// Refuses a request along a next link, in words that say nothing of the link.
pub(super) fn dead_link(query: &str, status: u16) -> Option<Response> {
    parameter(query, "after=")?;
    let refusal = Refusal::api(code(status), "E0000001", "Api validation failed: page");
    Some(refusal.into_response())
}

/// Makes a page so many bytes long where more than `over` events are asked for.
pub(super) async fn swollen(
    query: &str,
    (over, bytes): (usize, usize),
    response: Response,
) -> Response {
    let limit = parameter(query, "limit=").and_then(|limit| limit.parse().ok());
    if limit.unwrap_or(USUAL) <= over || !response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    let page = body.collect().await.map(Collected::to_bytes);
    let mut page = page.unwrap_or_default().to_vec();
    // Blanks behind the list change nothing of it.
    page.extend_from_slice(&vec![b' '; bytes.saturating_sub(page.len())]);
    Response::from_parts(head, Body::from(page))
}

/// Has the links of a page lead to another host.
pub(super) fn leading_to(host: &str, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let links = headers.get_all(LINK).iter();
    let links: Vec<HeaderValue> = links
        .filter_map(|link| elsewhere(host, link.to_str().ok()?))
        .collect();
    headers.remove(LINK);
    for link in links {
        headers.append(LINK, link);
    }
    response
}

fn elsewhere(host: &str, link: &str) -> Option<HeaderValue> {
    let (scheme, rest) = link.split_once("://")?;
    let (_, target) = rest.split_once('/')?;
    HeaderValue::from_str(&format!("{scheme}://{host}/{target}")).ok()
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|part| part.strip_prefix(name))
}
