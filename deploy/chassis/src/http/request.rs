//! What requests that change settings say, and what is wrong with them.

use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Problem;
use crate::settings::Version;

/// The longest name of an author and the longest note, in bytes.
const MAX_WORDS: usize = 1000;
/// Says who changes something. There are no accounts yet, so it is taken as it comes.
const AUTHOR: &str = "nightlatch-author";
/// The entity tag of an object of which nothing is set.
pub const NOTHING_SET: &str = "none";

/// Who changes something and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// A person, or a program.
    pub who: String,
    /// As far as they say.
    pub why: String,
}

/// A member that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it is.
    pub member: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Author {
    /// Reads the header `Nightlatch-Author`.
    ///
    /// # Errors
    /// 400 when a word is too long or no text.
    pub fn of(headers: &HeaderMap, note: Option<String>) -> Result<Self, Problem> {
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
        Ok(Self { who, why })
    }
}

/// Reads a JSON object that has no member that nobody asked for.
///
/// # Errors
/// 400 with the place.
pub fn read_json<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Problem> {
    let given: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    // Members would be read from an array, too, by their order.
    if !given.is_object() {
        return Err(bad("the body must be a JSON object: { … }"));
    }
    read_value(&given)
}

/// The same of JSON that was parsed.
///
/// # Errors
/// 400 with the member that is wrong.
pub fn read_value<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, Problem> {
    kept(given).map_err(|Unreadable { member, detail }| bad(detail).with("member", member))
}

/// Reads a value all of which must be understood.
///
/// # Errors
/// The first member that is not.
pub fn kept<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, Unreadable> {
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

/// A request that can't be understood.
pub fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

/// What the client has seen of an object (`what`, such as `policy`), by `If-Match`.
///
/// # Errors
/// 428 when it does not say, 400 when it is no entity tag of ours.
pub fn seen(headers: &HeaderMap, what: &str) -> Result<Option<Version>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        let detail = format!("say by If-Match which version you have seen: the ETag of the {what}");
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail));
    };
    let tag = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if tag == NOTHING_SET {
        return Ok(None);
    }
    let version = tag.parse();
    version.map(Some).map_err(|_| {
        bad(format!(
            "If-Match is the ETag of a {what}: 16 hexadecimal digits or none, in quotes"
        ))
    })
}

/// The entity tag of what is set.
pub fn entity_tag(version: Option<Version>) -> String {
    match version {
        Some(version) => format!("\"{version}\""),
        None => format!("\"{NOTHING_SET}\""),
    }
}
