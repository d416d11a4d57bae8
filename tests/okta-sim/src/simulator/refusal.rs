//! How the org says no: the errors of the management API and those of OAuth.

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde::Serialize;
use uuid::Uuid;

/// The header that brings a client the nonce for its proofs.
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A request that is not granted.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The management API's error, with what `WWW-Authenticate` says about it.
    Api {
        status: StatusCode,
        code: &'static str,
        summary: String,
        causes: Vec<String>,
        challenge: Option<String>,
    },
    /// OAuth's error.
    OAuth {
        status: StatusCode,
        error: &'static str,
        description: String,
        nonce: Option<String>,
    },
    /// No body: all is in `WWW-Authenticate`.
    Challenge { status: StatusCode, text: String },
}

impl Refusal {
    /// An error of the management API by its code; the summary is Okta's own.
    pub(crate) fn api(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self::Api {
            status,
            code,
            summary: summary.into(),
            causes: Vec::new(),
            challenge: None,
        }
    }

    /// What was asked for does not hold up: 400 with the reason as a cause.
    pub(crate) fn invalid(what: &str, cause: impl Into<String>) -> Self {
        Self::Api {
            status: StatusCode::BAD_REQUEST,
            code: "E0000001",
            summary: format!("Api validation failed: {what}"),
            causes: vec![cause.into()],
            challenge: None,
        }
    }

    /// 404 for a thing of this kind.
    pub(crate) fn not_found(id: &str, kind: &str) -> Self {
        Self::api(
            StatusCode::NOT_FOUND,
            "E0000007",
            format!("Not found: Resource not found: {id} ({kind})"),
        )
    }

    pub(crate) fn no_such_path() -> Self {
        Self::api(
            StatusCode::NOT_FOUND,
            "E0000008",
            "The requested path was not found",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::api(
            StatusCode::METHOD_NOT_ALLOWED,
            "E0000022",
            "The endpoint does not support the provided HTTP method",
        )
    }

    pub(crate) fn malformed() -> Self {
        Self::api(
            StatusCode::BAD_REQUEST,
            "E0000003",
            "The request body was not well-formed.",
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::api(
            StatusCode::FORBIDDEN,
            "E0000006",
            "You do not have permission to perform the requested action",
        )
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::api(
            StatusCode::TOO_MANY_REQUESTS,
            "E0000047",
            "API call exceeded rate limit due to too many requests.",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::api(
            StatusCode::INTERNAL_SERVER_ERROR,
            "E0000009",
            "Internal Server Error",
        )
    }

    pub(crate) fn oauth(
        status: StatusCode,
        error: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self::OAuth {
            status,
            error,
            description: description.into(),
            nonce: None,
        }
    }

    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self::oauth(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }
}

#[derive(Serialize)]
struct ApiError<'a> {
    #[serde(rename = "errorCode")]
    code: &'a str,
    #[serde(rename = "errorSummary")]
    summary: &'a str,
    #[serde(rename = "errorLink")]
    link: &'a str,
    #[serde(rename = "errorId")]
    id: String,
    #[serde(rename = "errorCauses")]
    causes: Vec<Cause<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cause<'a> {
    error_summary: &'a str,
}

#[derive(Serialize)]
struct OAuthError<'a> {
    error: &'a str,
    error_description: &'a str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Api {
                status,
                code,
                summary,
                causes,
                challenge,
            } => {
                let error = ApiError {
                    code,
                    summary: &summary,
                    link: code,
                    id: format!("oae{}", URL_SAFE_NO_PAD.encode(Uuid::new_v4())),
                    causes: causes
                        .iter()
                        .map(|error_summary| Cause { error_summary })
                        .collect(),
                };
                let mut response = json(status, &error);
                set(&mut response, WWW_AUTHENTICATE, challenge.as_deref());
                response
            }
            Self::OAuth {
                status,
                error,
                description,
                nonce,
            } => {
                let body = OAuthError {
                    error,
                    error_description: &description,
                };
                let mut response = json(status, &body);
                set(&mut response, NONCE, nonce.as_deref());
                response
            }
            Self::Challenge { status, text } => {
                let mut response = status.into_response();
                set(&mut response, WWW_AUTHENTICATE, Some(&text));
                response
            }
        }
    }
}

fn set(response: &mut Response, name: HeaderName, text: Option<&str>) {
    if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(name, value);
    }
}

/// Answers with JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Nothing that we answer can fail to serialise: every key is text, every number finite.
    let body = serde_json::to_string(body).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Writes an instant as the management API does: to the second, with three zeros.
pub(crate) fn seconds(at_ms: i64) -> String {
    crate::draft::rfc3339(at_ms.div_euclid(1000).saturating_mul(1000))
}
