//! `GET /api/v1/logs`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LINK};
use hyper::{StatusCode, Uri};

use super::query::{Page, Query};
use crate::simulator::access::{self, Call};
use crate::simulator::refusal::Refusal;
use crate::simulator::site::Site;
use crate::simulator::tenant::Tenant;

/// Serves a page of the log.
pub(crate) async fn list(
    State(tenant): State<Arc<Tenant>>,
    Extension(site): Extension<Site>,
    uri: Uri,
    headers: HeaderMap,
    parameters: Result<Parameters<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let call = Call {
        site: &site,
        method: "GET",
        path: uri.path(),
        headers: &headers,
    };
    if let Err(refusal) = access::admit(&tenant, call, "okta.logs.read") {
        return refusal.into_response();
    }
    let Ok(Parameters(parameters)) = parameters else {
        return Refusal::invalid("query", "The query string can not be read.").into_response();
    };
    // A page of a thousand events takes a while to put together.
    let found = tokio::task::spawn_blocking({
        let parameters = parameters.clone();
        move || page(&tenant, &parameters)
    });
    match found.await {
        Ok(Ok(page)) => answer(&site, &parameters, &page),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => Refusal::internal().into_response(),
    }
}

fn page(tenant: &Tenant, parameters: &[(String, String)]) -> Result<Page, Refusal> {
    let now_ms = tenant.clock.now_ms();
    let query = Query::read(parameters, now_ms)?;
    let mut log = tenant.log.lock();
    log.keep(tenant.lived_until_ms());
    log.page(&query, now_ms)
}

fn answer(site: &Site, parameters: &[(String, String)], page: &Page) -> Response {
    let body = format!("[{}]", page.events.join(","));
    let mut response = (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response();
    let mut link = |parameters: &[(String, String)], relation: &str| {
        let url = format!("{}/api/v1/logs{}", site.base, query_string(parameters));
        if let Ok(value) = HeaderValue::from_str(&format!("<{url}>; rel=\"{relation}\"")) {
            response.headers_mut().append(LINK, value);
        }
    };
    link(parameters, "self");
    if let Some(next) = &page.next {
        let mut parameters: Vec<(String, String)> = parameters
            .iter()
            .filter(|(name, _)| name != "since" && name != "after")
            .cloned()
            .collect();
        parameters.push(("after".to_owned(), next.clone()));
        link(&parameters, "next");
    }
    response
}

fn query_string(parameters: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

fn escape(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
            into.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
