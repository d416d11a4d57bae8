//! What kind of value a key takes, and the check of a value against it.

use std::fmt;

use toml::Value;

use super::quantity::{Size, Span};
use super::schema::Key;

/// The kind of value that a key takes; by default that of its default value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
    /// Text that [`Span`] reads.
    Duration,
    /// Text that [`Size`] reads.
    Size,
    /// A list of values of one kind.
    List(Box<Kind>),
}

impl Kind {
    pub(super) fn of_default(value: &Value) -> Option<Self> {
        Some(match value {
            Value::String(text) if text.parse::<Span>().is_ok() => Self::Duration,
            Value::String(text) if text.parse::<Size>().is_ok() => Self::Size,
            Value::String(_) => Self::Text,
            Value::Integer(_) => Self::Integer,
            Value::Float(_) => Self::Float,
            Value::Boolean(_) => Self::Boolean,
            Value::Array(items) => Self::List(Box::new(match items.first() {
                Some(item) => Self::of_default(item)?,
                None => Self::Text,
            })),
            Value::Datetime(_) | Value::Table(_) => return None,
        })
    }

    /// Reads the text of a variable, a flag or a secret's file. A list is written with commas.
    fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self {
            Self::Text | Self::Duration | Self::Size => Some(Value::String(text.to_owned())),
            Self::Integer => text.trim().parse().ok().map(Value::Integer),
            Self::Float => text.trim().parse().ok().map(Value::Float),
            Self::Boolean => text.trim().parse().ok().map(Value::Boolean),
            Self::List(item) => {
                let texts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|text| !text.is_empty());
                return Ok(Value::Array(
                    texts
                        .map(|text| item.read(text))
                        .collect::<Result<_, _>>()?,
                ));
            }
        };
        value.ok_or_else(|| format!("must be {self}, not {}", shown(text)))
    }

    fn check(&self, value: Value) -> Result<Value, String> {
        match (self, value) {
            (Self::Duration, Value::String(text)) => match text.parse::<Span>() {
                Ok(_) => Ok(Value::String(text)),
                Err(error) => Err(format!("{} {error}", shown(&text))),
            },
            (Self::Size, Value::String(text)) => match text.parse::<Size>() {
                Ok(_) => Ok(Value::String(text)),
                Err(error) => Err(format!("{} {error}", shown(&text))),
            },
            (Self::Float, Value::Integer(number)) => {
                let number = i32::try_from(number).map_err(|_| format!("{number} is too large"))?;
                Ok(Value::Float(number.into()))
            }
            (Self::List(kind), Value::Array(items)) => {
                let items: Result<_, _> = items.into_iter().map(|item| kind.check(item)).collect();
                items.map(Value::Array)
            }
            (Self::Text, value @ Value::String(_))
            | (Self::Integer, value @ Value::Integer(_))
            | (Self::Float, value @ Value::Float(_))
            | (Self::Boolean, value @ Value::Boolean(_)) => Ok(value),
            (_, value) => Err(format!("must be {self}, not {}", Described(&value))),
        }
    }
}

impl Key {
    /// Reads text for this key. The error never shows a secret.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        if let Kind::Text | Kind::Duration | Kind::Size = self.kind {
            return self.check(Value::String(text.to_owned()));
        }
        self.kind
            .read(text)
            .map_err(|problem| self.unseen(problem))
            .and_then(|v| self.check(v))
    }

    /// Checks a value for this key. The error never shows a secret.
    pub(super) fn check(&self, value: Value) -> Result<Value, String> {
        let is_unset = value.as_str() == Some("") && self.default.as_str() == Some("");
        if is_unset {
            return Ok(value);
        }
        let value = self
            .kind
            .check(value)
            .map_err(|problem| self.unseen(problem))?;
        if let Some(text) = value.as_str()
            && !self.one_of.is_empty()
            && !self.one_of.iter().any(|allowed| allowed == text)
        {
            let problem = format!(
                "must be one of {}, not {}",
                self.one_of.join(", "),
                shown(text)
            );
            return Err(self.unseen(problem));
        }
        Ok(value)
    }

    fn unseen(&self, problem: String) -> String {
        if self.secret {
            format!("must be {}; the value is not shown", self.kind)
        } else {
            problem
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Float => "a number",
            Self::Boolean => "true or false",
            Self::Duration => "a length of time such as \"2s\" or \"7d\"",
            Self::Size => "a size such as \"10 MiB\"",
            Self::List(item) => return write!(f, "a list, each of it {item}"),
        })
    }
}

/// A value as an error speaks of it.
struct Described<'a>(&'a Value);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => f.write_str(&shown(text)),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Boolean(truth) => write!(f, "{truth}"),
            Value::Datetime(_) => f.write_str("a date"),
            Value::Array(_) => f.write_str("a list"),
            Value::Table(_) => f.write_str("a table"),
        }
    }
}

/// Text as an error shows it: quoted, and cut where it is long.
fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}
