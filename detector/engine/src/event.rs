//! One Okta LogEvent, read once from its JSON.
//!
//! The text is kept as it came; the values are borrowed from one parse. Numbers keep the digits
//! they were written with, unpaired surrogates read as U+FFFD, and of a key written twice the last
//! one counts.

use std::borrow::Cow;

use jiff::Timestamp;
use sonic_rs::{Deserialize, Deserializer, JsonContainerTrait, JsonValueTrait, Value};

mod entity;
pub(crate) mod keys;
pub(crate) mod types;

pub use entity::{Client, Entity, Outcome};

/// The deepest nesting of arrays and objects that an event may have.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why a text is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The text is not JSON; the parser's own words.
    #[error("not JSON: {0}")]
    Json(String),
    /// The text is JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// Arrays and objects are nested deeper than 64.
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// One Okta LogEvent.
#[derive(Debug)]
pub struct Event<'a> {
    raw: &'a str,
    root: Value,
}

impl<'a> Event<'a> {
    /// Reads one LogEvent from its JSON text.
    pub fn parse(raw: &'a str) -> Result<Self, EventError> {
        if deeper_than(raw.as_bytes(), MAX_DEPTH) {
            return Err(EventError::TooDeep);
        }
        let root = parse(raw).map_err(|error| EventError::Json(first_line(&error.to_string())))?;
        if !root.is_object() {
            return Err(EventError::NotAnObject);
        }
        Ok(Self { raw, root })
    }

    /// The JSON text exactly as it came.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Okta's id of the event.
    pub fn uuid(&self) -> Option<&str> {
        self.text(&["uuid"])
    }

    /// Okta's event type, such as `user.session.start`.
    pub fn event_type(&self) -> Option<&str> {
        self.text(&["eventType"])
    }

    /// When Okta says it happened, in milliseconds since 1970; `None` when missing or not RFC 3339.
    pub fn published_ms(&self) -> Option<i64> {
        let published: Timestamp = self.text(&["published"])?.parse().ok()?;
        Some(published.as_millisecond())
    }

    /// Okta's `displayMessage`.
    pub fn message(&self) -> Option<&str> {
        self.text(&["displayMessage"])
    }

    /// Returns the value at a path of object keys; `null` counts as absent.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(&self.root, |value, key| member(value, key))
    }

    /// Returns the scalar at a path as text: a string as it is, a number or a boolean as written,
    /// the rest as JSON.
    pub(crate) fn scalar(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.at(path).and_then(scalar)
    }

    /// The event type as rules see it: empty when absent.
    pub(crate) fn event_type_text(&self) -> Cow<'_, str> {
        self.scalar(&["eventType"]).unwrap_or_default()
    }

    /// Returns the string at a path; anything else is `None`.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The elements of `target` in order; none when it is no array.
    pub(crate) fn target_values(&self) -> &[Value] {
        self.at(&["target"])
            .and_then(|v| v.as_array())
            .map_or(&[], |array| array.as_slice())
    }

    /// The whole event.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }
}

/// Returns a member of an object, the last one of that name; `null` counts as absent.
pub(crate) fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    let (_, found) = object.iter().filter(|(name, _)| *name == key).last()?;
    (!found.is_null()).then_some(found)
}

/// A value as text: a string as it is, a number or a boolean as written, an array or an object as
/// JSON.
pub(crate) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    if let Some(text) = value.as_str() {
        return Some(Cow::Borrowed(text));
    }
    if let Some(number) = value.as_raw_number() {
        return Some(Cow::Owned(number.as_str().to_owned()));
    }
    sonic_rs::to_string(value).ok().map(Cow::Owned)
}

fn parse(json: &str) -> sonic_rs::Result<Value> {
    let mut reader = Deserializer::from_str(json).use_rawnumber().utf8_lossy();
    let value = Value::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// An object or an array as it is, or the one whose JSON a string holds.
pub(crate) fn opened(value: &Value) -> Option<Cow<'_, Value>> {
    let Some(json) = value.as_str() else {
        return (value.is_object() || value.is_array()).then_some(Cow::Borrowed(value));
    };
    let is_structure = json.trim_start().starts_with(['{', '[']);
    if !is_structure || deeper_than(json.as_bytes(), MAX_DEPTH) {
        return None;
    }
    parse(json).ok().map(Cow::Owned)
}

/// Tells whether brackets nest deeper than `limit`, without recursion. Text that is no JSON may
/// give either answer.
fn deeper_than(json: &[u8], limit: usize) -> bool {
    let opening = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|b| u8::from(*b == b'[' || *b == b'{'))
            .sum::<u8>()
    };
    // An event rarely has as many brackets as it may have levels: a count, which is vectorised,
    // mostly settles it.
    if json
        .chunks(255)
        .map(|chunk| usize::from(opening(chunk)))
        .sum::<usize>()
        <= limit
    {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// The parser's message carries an excerpt of the input on further lines, which a log must not
/// repeat.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
