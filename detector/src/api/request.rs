//! What requests to change policies say, and what is wrong with them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderMap;
use nightlatch_chassis::http::request::{self, bad, kept};
use nightlatch_chassis::http::{Problem, read_body};
use nightlatch_chassis::settings::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::policy::settings::{RuleException, Tuning};

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A policy to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewPolicy {
    /// Of a managed ruleset: its own id. A custom policy's stands in its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// The managed policy whose rules it gets, now and with each update: a managed ruleset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<String>,
    #[serde(flatten)]
    pub(super) settings: NewSettings,
}

/// What is to be set of a policy, whole.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct NewSettings {
    /// The rules of a custom policy: a policy file (YAML) that begins with its `policy:` item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// The tests of its rules (YAML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tests: Option<String>,
    /// What counts instead of what the text says.
    #[serde(default)]
    pub(super) tuning: Tuning,
    /// Why; kept with the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// A version to go back to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Rollback {
    /// The revision whose settings count again.
    pub(super) to: String,
    /// Why; kept with the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// An exception to be added.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewException {
    #[serde(flatten)]
    pub(super) exception: RuleException,
    /// Why; kept with the version. By default the exception's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// Reads a body whole.
pub(super) async fn bytes(body: Body) -> Result<Vec<u8>, Problem> {
    Ok(read_body(body, MAX_BODY, BODY_TIMEOUT).await?.to_vec())
}

/// Returns what is set of a policy besides its rules as the API would show it, once it was set; the
/// error says which member is not to be understood. What it names need not exist.
pub fn read_tuning(given: &Value) -> Result<Value, String> {
    let tuning: Tuning = kept(given).map_err(|unreadable| unreadable.detail)?;
    Ok(serde_json::to_value(tuning).unwrap_or_default())
}

/// The parameters of a request.
pub(super) fn parameters<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let query = query.map_err(|rejection| bad(rejection.body_text()))?;
    Ok(query.0)
}

/// What the client has seen of a policy.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    request::seen(headers, "policy")
}
