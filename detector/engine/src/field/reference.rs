//! A field as a rule names it: `okta.mfa.failure.countlast[300]`.

use std::fmt;

use jiff::tz::TimeZoneDatabase;

use super::{Argument, Facts, Field, Getter, Kind, Selector, Value, similar::similar};
use crate::dialect::Dialect;
use crate::event::Json;

/// A field with its argument.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    field: Box<Field>,
    selector: Option<Selector>,
    /// As a rule writes it.
    pub(crate) text: String,
}

/// Why a name and an argument are no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReferenceError {
    /// No such field; what was probably meant.
    Unknown(Vec<String>),
    /// A field of ours, which a strict file cannot name.
    NotFalcos,
    /// An argument where none is allowed.
    Unwanted,
    /// No argument where one is required.
    Missing(Argument),
    /// An argument that cannot be read as what is required.
    Unreadable(Argument),
}

impl Reference {
    /// Finds a field by name and reads its argument.
    pub(crate) fn find(
        dialect: &Dialect,
        name: &str,
        argument: Option<&str>,
    ) -> Result<Self, ReferenceError> {
        let Some(mut field) = dialect.find(name).copied() else {
            let is_ours = super::fields().iter().any(|field| field.name == name);
            return Err(if is_ours {
                ReferenceError::NotFalcos
            } else {
                ReferenceError::Unknown(similar(name))
            });
        };
        if let Some(getter) = field.strict.filter(|_| dialect.is_strict()) {
            field.getter = getter;
        }
        let selector = select(field.argument, argument)?;
        let text = match argument {
            Some(argument) => format!("{name}[{argument}]"),
            None => name.to_owned(),
        };
        Ok(Self {
            field: Box::new(field),
            selector,
            text,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.field.kind
    }

    pub(crate) fn is_list(&self) -> bool {
        self.field.is_list
    }

    pub(crate) fn field(&self) -> &Field {
        &self.field
    }

    /// A text that only those have in common that always have the same value.
    pub(crate) fn key(&self) -> String {
        let Field {
            kind,
            is_list,
            getter,
            ..
        } = *self.field;
        format!("{getter:?} {:?} {kind:?} {is_list}", self.selector)
    }

    /// Tells whether the value is found in the event rather than made of it.
    pub(crate) fn is_cheap(&self) -> bool {
        !matches!(self.field.getter, Getter::Made(_))
    }

    /// The keys that lead to the value, for a field that is at a path.
    pub(crate) fn path(&self) -> Option<Vec<&str>> {
        self.field.path(self.selector.as_ref())
    }

    /// The value that follows from what was found at the path.
    pub(crate) fn of<'e>(&self, found: Option<Json<'e>>) -> Option<Value<'e>> {
        self.field.of(found)
    }

    /// Hands the texts of a field over without gathering them, if it is one that has texts: tells
    /// whether it is.
    pub(crate) fn each(&self, facts: &Facts<'_>, mut visit: impl FnMut(&[u8])) -> bool {
        self.field.each(facts, self.selector.as_ref(), &mut visit)
    }

    /// The value in an event; `None` when absent.
    pub(crate) fn get<'e>(&self, facts: &Facts<'e>) -> Option<Value<'e>> {
        self.field.get(facts, self.selector.as_ref())
    }

    /// The value as JSON text.
    pub(crate) fn json(&self, facts: &Facts<'_>) -> Option<String> {
        // Writing it cannot fail.
        match self.get(facts)? {
            Value::Text(text) => serde_json::to_string(&String::from_utf8_lossy(&text)).ok(),
            value => serde_json::to_string(&value.to_json()).ok(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn select(kind: Argument, argument: Option<&str>) -> Result<Option<Selector>, ReferenceError> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unreadable = || ReferenceError::Unreadable(kind);
    match (kind, argument) {
        (
            Argument::None
            | Argument::OptionalIndex
            | Argument::OptionalType
            | Argument::OptionalZone,
            None,
        ) => Ok(None),
        (Argument::OptionalZone, Some(name)) => TimeZoneDatabase::bundled()
            .get(name)
            .map(|zone| Some(Selector::Zone(zone)))
            .map_err(|_| unreadable()),
        (Argument::None, Some(_)) => Err(ReferenceError::Unwanted),
        (Argument::Seconds | Argument::Pointer | Argument::Name, None) => {
            Err(ReferenceError::Missing(kind))
        }
        (Argument::OptionalIndex, Some(text)) if digits(text) => text
            .parse()
            .map(|index| Some(Selector::Index(index)))
            .map_err(|_| unreadable()),
        (Argument::Seconds, Some(text)) if digits(text) => text
            .parse()
            .map(|seconds| Some(Selector::Seconds(seconds)))
            .map_err(|_| unreadable()),
        (Argument::OptionalIndex | Argument::Seconds, Some(_)) => Err(unreadable()),
        (Argument::Pointer, Some(text)) => Ok(Some(Selector::Pointer(pointer(text)))),
        (Argument::Name | Argument::OptionalType, Some(text)) => {
            Ok(Some(Selector::Name(text.to_owned())))
        }
    }
}

/// Splits a JSON pointer (RFC 6901) into its keys. The empty pointer is the whole event.
fn pointer(text: &str) -> Vec<String> {
    let text = text.strip_prefix('/').unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split('/')
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect()
}
