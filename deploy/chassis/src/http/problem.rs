//! Errors as RFC 9457 problem documents.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// An error that a client gets, as `application/problem+json`.
///
/// ```
/// use axum::http::StatusCode;
/// use nightlatch_chassis::http::Problem;
///
/// let detail = "\"severty\" is no field; did you mean severity?";
/// let problem = Problem::new(StatusCode::BAD_REQUEST, detail)
///     .of_type("unknown-field", "Unknown field")
///     .with("parameter", "q")
///     .with("position", 14);
/// assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    /// Boxed, since results carry problems about.
    document: Box<Document>,
}

#[derive(Debug, Clone, Serialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(flatten)]
    extensions: Map<String, Value>,
}

impl Problem {
    /// A problem that its status names well enough; `detail` says what, where and what to do.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let document = Document {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            extensions: Map::new(),
        };
        Self {
            status,
            document: Box::new(document),
        }
    }

    /// Names the type of problem, for programs (`slug`) and people (`title`).
    #[must_use]
    pub fn of_type(mut self, slug: &str, title: &str) -> Self {
        self.document.kind = format!("urn:problem-type:nightlatch:{slug}");
        title.clone_into(&mut self.document.title);
        self
    }

    /// Names this one occurrence, by a URI reference.
    #[must_use]
    pub fn at_instance(mut self, instance: impl Into<String>) -> Self {
        self.document.instance = Some(instance.into());
        self
    }

    /// Adds a member, such as the `parameter` or the `position` that was wrong.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.document
            .extensions
            .insert(member.to_owned(), value.into());
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.document)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}
