//! What requests to change policies say, and what is wrong with them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, StatusCode, header};
use nightlatch_chassis::http::{Problem, read_body};
use nightlatch_chassis::settings::Version;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::policy::settings::{RuleException, Tuning};
use crate::policy::store::Author;

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest name of an author and the longest note, in bytes.
const MAX_WORDS: usize = 1000;
/// Says who changes something. There are no accounts yet, so it is taken as it comes.
const AUTHOR: &str = "nightlatch-author";
/// The entity tag of a policy of which nothing is set.
pub(super) const NOTHING_SET: &str = "none";

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

/// Reads JSON that has no member that nobody asked for.
pub(super) fn read<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Problem> {
    let given: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    read_value(&given)
}

/// The same of JSON that was parsed.
pub(super) fn read_value<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, Problem> {
    kept(given).map_err(|Unreadable { member, detail }| bad(detail).with("member", member))
}

/// Returns what is set of a policy besides its rules as the API would show it, once it was set; the
/// error says which member is not to be understood. What it names need not exist.
pub fn read_tuning(given: &Value) -> Result<Value, String> {
    let tuning: Tuning = kept(given).map_err(|unreadable| unreadable.detail)?;
    Ok(serde_json::to_value(tuning).unwrap_or_default())
}

/// A member that is not as it must be.
struct Unreadable {
    member: String,
    detail: String,
}

fn kept<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, Unreadable> {
    let read: T = serde_path_to_error::deserialize(given).map_err(|error| {
        let member = error.path().to_string();
        let detail = format!("{member}: {}", error.inner());
        Unreadable { member, detail }
    })?;
    let kept = serde_json::to_value(&read).unwrap_or_default();
    match unknown(given, &kept, "") {
        Some(member) => Err(Unreadable {
            detail: format!("there is no member {member}"),
            member,
        }),
        None => Ok(read),
    }
}

/// The first member that was given and not kept.
fn unknown(given: &Value, kept: &Value, path: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| {
            let path = format!("{path}/{name}");
            match kept.get(name) {
                Some(kept) => unknown(value, kept, &path),
                None => (!is_nothing(value)).then_some(path),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => {
            let mut pairs = given.iter().zip(kept).enumerate();
            pairs.find_map(|(at, (given, kept))| unknown(given, kept, &format!("{path}/{at}")))
        }
        _ => None,
    }
}

/// What is left out when it is written.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    bad(format!("the body is no JSON: {error}"))
        .with("line", error.line())
        .with("column", error.column())
}

/// The parameters of a request.
pub(super) fn parameters<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let query = query.map_err(|rejection| bad(rejection.body_text()))?;
    Ok(query.0)
}

/// A request that can't be understood.
pub(super) fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

/// Who asks, and why as far as they say.
pub(super) fn author(headers: &HeaderMap, note: Option<String>) -> Result<Author, Problem> {
    let who = match headers.get(AUTHOR) {
        None => "api".to_owned(),
        Some(value) => value
            .to_str()
            .map_err(|_| bad("Nightlatch-Author must be ASCII"))?
            .to_owned(),
    };
    let why = note.unwrap_or_default();
    if who.len() > MAX_WORDS || why.len() > MAX_WORDS {
        return Err(bad(format!(
            "who and why have at most {MAX_WORDS} bytes each"
        )));
    }
    Ok(Author { who, why })
}

/// What the client has seen, by `If-Match`; an error when it does not say.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        let detail = "say by If-Match which version you have seen: the ETag of the policy";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail));
    };
    let tag = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if tag == NOTHING_SET {
        return Ok(None);
    }
    let version = tag.parse();
    version.map(Some).map_err(|_| {
        bad("If-Match is the ETag of a policy: 16 hexadecimal digits or none, in quotes")
    })
}

/// The entity tag of what is set.
pub(super) fn tag(version: Option<Version>) -> String {
    match version {
        Some(version) => format!("\"{version}\""),
        None => format!("\"{NOTHING_SET}\""),
    }
}
