//! One Okta LogEvent, read once from its JSON.
//!
//! The text is kept as it came; `json` finds the values in it.

use std::borrow::Cow;

use jiff::Timestamp;

mod entity;
mod json;
pub(crate) mod keys;
pub(crate) mod types;

pub use entity::{Client, Entity, Outcome};
pub(crate) use json::{Json, Opened};

use json::{Document, Refusal};

/// The deepest nesting of arrays and objects that an event may have.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why a text is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The text is not JSON; what was expected instead, and at which byte.
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
    document: Document<'a>,
}

impl<'a> Event<'a> {
    /// Reads one LogEvent from its JSON text.
    pub fn parse(raw: &'a str) -> Result<Self, EventError> {
        let document = Document::read(raw).map_err(|refusal| match refusal {
            Refusal::TooDeep => EventError::TooDeep,
            Refusal::Syntax(expected, at) => {
                EventError::Json(format!("expected {expected} at byte {at}"))
            }
        })?;
        if !document.root().is_object() {
            return Err(EventError::NotAnObject);
        }
        Ok(Self { raw, document })
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
    pub(crate) fn at(&self, path: &[&str]) -> Option<Json<'_>> {
        path.iter()
            .try_fold(self.root(), |value, key| value.member(key))
    }

    /// Returns the scalar at a path as text: a string as it is, a number or a boolean as written,
    /// the rest as JSON.
    pub(crate) fn scalar(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.at(path).map(Json::scalar)
    }

    /// Returns the string at a path; anything else is `None`.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The elements of `target` in order; none when it is no array.
    pub(crate) fn target_values(&self) -> impl Iterator<Item = Json<'_>> {
        self.at(&["target"])
            .and_then(Json::elements)
            .into_iter()
            .flatten()
    }

    /// The value whose [`Json::place`] it is.
    pub(crate) fn at_place(&self, place: u32) -> Json<'_> {
        self.document.at(place)
    }

    /// The whole event.
    pub(crate) fn root(&self) -> Json<'_> {
        self.document.root()
    }
}
