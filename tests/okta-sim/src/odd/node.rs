//! A JSON text in parts, which can be taken apart and put together in ways that no writer would.
//!
//! Keys and values are kept as JSON texts, so that what no string or number type holds (a lone
//! surrogate, 1e400) stays as it is.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::Value;

use crate::dice::{Dice, pick};

/// A key as JSON text, and its value.
type Member = (String, Node);

#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Any value as JSON text.
    Raw(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// What may stand between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// Blanks and tabs.
    OneLine,
    /// Line breaks of every kind too.
    ManyLines,
}

impl Node {
    pub(super) fn raw(text: impl Into<String>) -> Self {
        Self::Raw(text.into())
    }

    /// Takes an event apart. A text that is no JSON becomes the empty object.
    pub(super) fn of_event(json: &str) -> Self {
        serde_json::from_str(json).map_or(Self::Object(Vec::new()), |value| Self::of(&value))
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Array(values) => Self::Array(values.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(key, value)| (Value::from(key.as_str()).to_string(), Self::of(value)))
                    .collect(),
            ),
            scalar => Self::Raw(scalar.to_string()),
        }
    }

    /// Returns the members of the event itself; what is no object becomes an empty one.
    pub(super) fn root(&mut self) -> &mut Vec<Member> {
        match self {
            Self::Object(members) => members,
            other => {
                *other = Self::Object(Vec::new());
                other.root()
            }
        }
    }

    /// Sets a member of the event, in place when it is there.
    pub(super) fn set(&mut self, key: &str, value: Self) {
        let key = format!("\"{key}\"");
        let members = self.root();
        match members.iter_mut().find(|(name, _)| *name == key) {
            Some((_, place)) => *place = value,
            None => members.push((key, value)),
        }
    }

    /// Sets a member of a member, if that is an object.
    pub(super) fn set_below(&mut self, [outer, key]: [&str; 2], value: Self) {
        let outer = format!("\"{outer}\"");
        let found = self.root().iter_mut().find(|(name, _)| *name == outer);
        if let Some((_, object @ Self::Object(_))) = found {
            object.set(key, value);
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        let key = format!("\"{key}\"");
        self.root().retain(|(name, _)| *name != key);
    }

    /// Calls for every value that is neither object nor array.
    pub(super) fn each_value(&mut self, change: &mut impl FnMut(&mut Self)) {
        match self {
            Self::Raw(_) => change(self),
            Self::Array(values) => values.iter_mut().for_each(|value| value.each_value(change)),
            Self::Object(members) => {
                for (_, value) in members {
                    value.each_value(change);
                }
            }
        }
    }

    /// Returns the members of the event or of one of the objects right below it.
    pub(super) fn some_object(&mut self, dice: &mut Dice) -> &mut Vec<Member> {
        let below: Vec<usize> = self
            .root()
            .iter()
            .enumerate()
            .filter(|(_, (_, value))| matches!(value, Self::Object(_)))
            .map(|(index, _)| index)
            .collect();
        if below.is_empty() || dice.random_bool(0.4) {
            return self.root();
        }
        let chosen = *pick(dice, &below);
        self.root()[chosen].1.root()
    }

    /// Puts the keys of every object in any order.
    pub(super) fn shuffle(&mut self, dice: &mut Dice) {
        match self {
            Self::Raw(_) => {}
            Self::Array(values) => values.iter_mut().for_each(|value| value.shuffle(dice)),
            Self::Object(members) => {
                members.shuffle(dice);
                for (_, value) in members {
                    value.shuffle(dice);
                }
            }
        }
    }

    /// Writes it as JSON, loosely or tightly set.
    pub(super) fn print(&self, dice: &mut Dice, spacing: Spacing) -> String {
        let mut text = String::new();
        let loose = spacing == Spacing::ManyLines || dice.random_bool(0.5);
        let blanks: &[&str] = match spacing {
            Spacing::OneLine if loose => &["", " ", "\t", "  ", " \t "],
            Spacing::OneLine => &[""],
            Spacing::ManyLines => &["", " ", "\n", "\r\n", "\n\t", "\r"],
        };
        self.write(&mut text, dice, blanks);
        text
    }

    fn write(&self, text: &mut String, dice: &mut Dice, blanks: &[&str]) {
        let blank = |text: &mut String, dice: &mut Dice| text.push_str(pick::<&str>(dice, blanks));
        match self {
            Self::Raw(raw) => text.push_str(raw),
            Self::Array(values) => {
                text.push('[');
                for (index, value) in values.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    blank(text, dice);
                    value.write(text, dice, blanks);
                    blank(text, dice);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                blank(text, dice);
                for (index, (key, value)) in members.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    blank(text, dice);
                    text.push_str(key);
                    blank(text, dice);
                    text.push(':');
                    blank(text, dice);
                    value.write(text, dice, blanks);
                    blank(text, dice);
                }
                text.push('}');
            }
        }
    }
}
