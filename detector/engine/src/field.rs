//! The fields that conditions and outputs name.
//!
//! `catalogue` declares each field once; everything else (type check, extraction, help) reads it there.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::tz::TimeZone;

use crate::event::{Event, Json};
use crate::ruleset::Context;
use crate::state::{Counter, State};

mod catalogue;
mod counter;
mod describe;
mod generic;
mod json;
mod okta;
mod reference;
mod risk;
mod similar;
mod target;

pub(crate) use reference::{Reference, ReferenceError};
pub(crate) use similar::at_key;

/// What a field's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// An unsigned number.
    Number,
    /// Nanoseconds since 1970.
    Time,
    /// Nanoseconds.
    Duration,
    /// `true` or `false`.
    Boolean,
    /// An IP address, which is compared with addresses and networks.
    Address,
    /// Bytes that are no text. No field of Okta's has them.
    Buffer,
}

impl Kind {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Boolean => "boolean",
            Self::Address => "address",
            Self::Buffer => "buffer",
        }
    }
}

/// What stands in brackets after a field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// Nothing, or the place in a list, from 0.
    OptionalIndex,
    /// The length of a window in seconds.
    Seconds,
    /// A JSON pointer (RFC 6901), its leading `/` optional.
    Pointer,
    /// A name.
    Name,
    /// Nothing, or the type of a target.
    OptionalType,
    /// Nothing, which means UTC, or a time zone of the IANA database.
    OptionalZone,
}

/// Whose a field is: where its name, type and meaning come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Falco's plugin `okta` 0.12.0.
    FalcoOkta,
    /// Falco's plugin `json` 0.7.4.
    FalcoJson,
    /// Falco itself, for events of every source.
    Falco,
    /// Nightlatch: Falco has no such field.
    Nightlatch,
}

/// A field: all that is declared of it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in conditions and outputs.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it has several of them.
    pub is_list: bool,
    /// What stands in brackets after the name.
    pub argument: Argument,
    /// What it is.
    pub doc: &'static str,
    /// A value, as an output would print it.
    pub example: &'static str,
    /// Whose it is.
    pub origin: Origin,
    /// Where in the event the value comes from, when the getter does not say it.
    at: Option<&'static str>,
    getter: Getter,
    /// How a strict file takes it from the event, where that differs.
    strict: Option<Getter>,
}

/// Returns all fields in the order of the catalogue.
pub fn fields() -> &'static [Field] {
    catalogue::FIELDS
}

/// How a field's value is taken from an event.
#[derive(Debug, Clone, Copy)]
enum Getter {
    /// The scalar at a path; an absent one is the empty string, as in Falco.
    Path(&'static [&'static str]),
    /// The scalar at a path; an absent one is absent.
    PathOrAbsent(&'static [&'static str]),
    /// The unsigned number at a path.
    Number(&'static [&'static str]),
    /// A member of the last target of a type.
    LastTarget(&'static str, &'static str),
    /// A member of all targets, or of those of the type in brackets.
    Targets(&'static str),
    /// How many events of a counter there were; both Falco's counters alike when `None`.
    Count(Option<Counter>),
    /// The scalar of a name in the object at a path; an absent one is absent.
    Under(&'static [&'static str]),
    /// What every event has.
    Always(for<'e> fn(&Facts<'e>) -> Value<'e>),
    /// What is found otherwise.
    Call(for<'e> fn(&Facts<'e>, Option<&Selector>) -> Option<Value<'e>>),
    /// What is not found but made.
    Made(for<'e> fn(&Facts<'e>, Option<&Selector>) -> Option<Value<'e>>),
    /// Texts, handed over one by one as they are found: all of a list, else at most one. Its result
    /// says nothing.
    Each(fn(&Facts<'_>, Option<&Selector>, Visit<'_>) -> Option<()>),
    /// Never there in a stream of events; the reason, for people.
    Never(&'static str),
}

/// What is done with each text of a field.
type Visit<'v> = &'v mut dyn FnMut(&[u8]);

impl Field {
    /// Returns the same field under another name, for rules of another source that are only read.
    #[must_use]
    pub fn renamed(&self, name: &'static str) -> Self {
        Self { name, ..*self }
    }

    /// Returns the same field with values of another kind.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> Self {
        Self { kind, ..*self }
    }

    /// Whether its value is the event type.
    pub(crate) fn is_event_type(&self) -> bool {
        matches!(self.getter, Getter::Path(["eventType"]))
    }

    /// The event types that alone have the field; `None` when any may.
    pub(crate) fn event_types(&self) -> Option<&'static [&'static str]> {
        match self.getter {
            Getter::Count(Some(counter)) => Some(counter.event_types()),
            Getter::Count(None) => Some(Counter::MfaDenial.event_types()),
            _ => None,
        }
    }

    /// Says why the field never has a value, for the few that exist in Falco alone.
    pub(crate) fn never(&self) -> Option<&'static str> {
        match self.getter {
            Getter::Never(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether an event may lack a value; a text that is taken from a path is empty then.
    pub(crate) fn may_be_absent(&self) -> bool {
        match self.getter {
            Getter::Path(_) | Getter::Always(_) => false,
            Getter::PathOrAbsent(_)
            | Getter::Number(_)
            | Getter::Under(_)
            | Getter::LastTarget(..)
            | Getter::Targets(_)
            | Getter::Each(_)
            | Getter::Count(_)
            | Getter::Never(_) => true,
            // What is told of the record or of the whole event is there for each.
            Getter::Call(_) | Getter::Made(_) => {
                let always = ["evt.", "okta.published.", "json.obj", "jevt.obj"];
                !always.iter().any(|start| self.name.starts_with(start))
            }
        }
    }

    /// The keys that lead to its value, for a field that is at a path.
    fn path<'f>(&'f self, selector: Option<&'f Selector>) -> Option<Vec<&'f str>> {
        match (self.getter, selector) {
            (Getter::Path(path) | Getter::PathOrAbsent(path) | Getter::Number(path), _) => {
                Some(path.to_vec())
            }
            (Getter::Under(path), Some(Selector::Name(key))) => {
                Some([path, &[key.as_str()]].concat())
            }
            _ => None,
        }
    }

    /// The value that follows from what was found at its path.
    fn of<'e>(&self, found: Option<Json<'e>>) -> Option<Value<'e>> {
        let text = found.map(Json::scalar);
        match self.getter {
            Getter::Path(_) => Some(Value::Text(bytes(text.unwrap_or_default()))),
            Getter::Number(_) => text?.parse().ok().map(Value::Number),
            _ => text.map(bytes).map(Value::Text),
        }
    }

    /// Hands the texts of a field over without gathering them, if it is one that has texts: tells
    /// whether it is.
    fn each(&self, facts: &Facts<'_>, selector: Option<&Selector>, visit: Visit<'_>) -> bool {
        match self.getter {
            Getter::Each(each) => each(facts, selector, visit),
            Getter::Targets(key) => target::each(facts, selector, key, visit),
            _ => return false,
        };
        true
    }

    fn get<'e>(&self, facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
        match self.getter {
            Getter::Path(path) | Getter::PathOrAbsent(path) | Getter::Number(path) => {
                self.of(facts.event.at(path))
            }
            Getter::Under(path) => match selector {
                Some(Selector::Name(key)) => self.of(facts.event.at(path)?.member(key)),
                _ => None,
            },
            Getter::LastTarget(kind, key) => target::last(facts, kind, key),
            Getter::Count(Some(counter)) => counter::count(counter, facts, selector),
            Getter::Count(None) => counter::alike(facts, selector),
            Getter::Always(get) => Some(get(facts)),
            Getter::Call(get) | Getter::Made(get) => get(facts, selector),
            Getter::Each(_) | Getter::Targets(_) => {
                let mut texts = Vec::new();
                self.each(facts, selector, &mut |text| {
                    texts.push(Cow::Owned(text.to_vec()));
                });
                if self.is_list {
                    return (!texts.is_empty()).then_some(Value::List(texts));
                }
                texts.pop().map(Value::Text)
            }
            Getter::Never(_) => None,
        }
    }
}

/// A field's argument, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selector {
    Index(usize),
    Seconds(u64),
    /// The keys of a JSON pointer.
    Pointer(Vec<String>),
    Name(String),
    Zone(TimeZone),
}

/// What a field's value is taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'e> {
    pub(crate) event: &'e Event<'e>,
    pub(crate) context: &'e Context<'e>,
    pub(crate) state: &'e State,
}

/// A value that is there. Text is bytes: a literal or a decoded string need not be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'e> {
    Text(Cow<'e, [u8]>),
    Number(u64),
    Boolean(bool),
    Address(IpAddr),
    List(Vec<Cow<'e, [u8]>>),
}

impl Value<'_> {
    /// The value as JSON; bytes that are not UTF-8 read as U+FFFD.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let text = |bytes: &[u8]| serde_json::Value::from(String::from_utf8_lossy(bytes));
        match self {
            Self::Text(bytes) => text(bytes),
            Self::Number(number) => (*number).into(),
            Self::Boolean(boolean) => (*boolean).into(),
            Self::Address(address) => address.to_string().into(),
            Self::List(items) => items.iter().map(|item| text(item)).collect(),
        }
    }
}

/// Reads an IP address; one of IPv4 in its IPv6 form is one of IPv4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().parse().ok()?;
    Some(address.to_canonical())
}

pub(crate) fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
