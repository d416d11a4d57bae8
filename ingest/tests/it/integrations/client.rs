//! A client of the API.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A client of the API.
pub(super) struct Client<'r>(pub(super) &'r Router);

/// What it was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn etag(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }

    /// What a problem document says.
    pub(super) fn detail(&self) -> &str {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.body["detail"].as_str().unwrap()
    }
}

impl Client<'_> {
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        etag: Option<&str>,
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("nightlatch-author", "ann");
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let answer = self.0.clone().oneshot(request.body(body).unwrap()).await;
        let (head, body) = answer.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, &Value::Null).await
    }

    pub(super) async fn post(&self, path: &str) -> Answer {
        self.ask("POST", path, None, &Value::Null).await
    }

    /// Changes an integration as it is now.
    pub(super) async fn amend(&self, path: &str, patch: &Value) -> Answer {
        let etag = self.get(path).await.etag();
        self.ask("PATCH", path, Some(&etag), patch).await
    }
}
