//! A condition as it runs.
//!
//! A field that is absent makes its comparison false, whatever the operator, `!=` and `exists`
//! included; `not` then makes it true. `and` and `or` stop as soon as the answer is known.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use foldhash::fast::FixedState;
use ipnet::IpNet;
use memchr::memmem;
use regex::bytes::Regex;

use super::glob::{Glob, Paths, Unit};
use super::operand::Source;
use super::operator::{Modifier, Operator};
use crate::field::{Facts, Reference, Value, address};

/// A condition, checked and ready.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Check(Source, Test),
}

/// What a value is compared with, and how.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Exists,
    One(Pattern),
    Many(Modifier, Vec<Pattern>),
    /// Of a list: all of its elements when `all`, else one.
    Among {
        set: Set,
        all: bool,
    },
    Under(Paths),
    /// Another field; shell patterns in it match by the unit.
    Other(Operator, Source, Unit),
}

/// One value on the right with its operator.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    /// Signed, since a rule may compare with a negative number, which no value is.
    Number(Operator, i128),
    Boolean(Operator, bool),
    Network(Operator, IpNet),
    Text(Operator, Vec<u8>),
    Glob(Glob),
    Regex(Regex),
}

/// The values of a list.
#[derive(Debug, Clone)]
pub(crate) enum Set {
    Text(HashSet<Vec<u8>, FixedState>),
    Numbers(Vec<i128>),
    Booleans(Vec<bool>),
    Networks(Vec<IpNet>),
}

impl Condition {
    /// Judges an event.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::Not(inner) => !inner.holds(facts),
            Self::Check(source, test) => source
                .get(facts)
                .is_some_and(|value| test.holds(&value, facts)),
        }
    }

    /// Adds the fields that it names.
    pub(crate) fn references<'c>(&'c self, found: &mut Vec<&'c Reference>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.references(found);
                }
            }
            Self::Not(inner) => inner.references(found),
            Self::Check(source, test) => {
                source.references(found);
                if let Test::Other(_, other, _) = test {
                    other.references(found);
                }
            }
        }
    }
}

impl Test {
    /// Judges a value that is there.
    pub(crate) fn holds(&self, value: &Value<'_>, facts: &Facts<'_>) -> bool {
        match self {
            Self::Exists => true,
            Self::One(pattern) => pattern.matches(value),
            Self::Many(modifier, patterns) => {
                let mut matching = patterns.iter().filter(|pattern| pattern.matches(value));
                match modifier {
                    Modifier::OneOf => matching.next().is_some() && matching.next().is_none(),
                    Modifier::AnyOf => matching.next().is_some(),
                    Modifier::AllOf => !patterns.is_empty() && matching.count() == patterns.len(),
                }
            }
            Self::Among { set, all } => set.has(value, *all),
            Self::Under(paths) => matches!(value, Value::Text(text) if paths.hold(text)),
            Self::Other(operator, source, unit) => source
                .get(facts)
                .is_some_and(|other| compare(*operator, value, &other, *unit)),
        }
    }
}

impl Pattern {
    fn matches(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Number(operator, wanted), Value::Number(number)) => {
                ordered(*operator, i128::from(*number).cmp(wanted))
            }
            (Self::Boolean(operator, wanted), Value::Boolean(boolean)) => {
                ordered(*operator, boolean.cmp(wanted))
            }
            (Self::Network(operator, wanted), Value::Address(address)) => {
                wanted.contains(address) != (*operator == Operator::NotEqual)
            }
            (Self::Text(operator, wanted), Value::Text(text)) => {
                text_matches(*operator, text, wanted)
            }
            (Self::Glob(glob), Value::Text(text)) => glob.matches(text),
            (Self::Regex(regex), Value::Text(text)) => {
                regex.is_match(String::from_utf8_lossy(text).as_bytes())
            }
            _ => false,
        }
    }
}

impl Set {
    fn has(&self, value: &Value<'_>, all: bool) -> bool {
        match (self, value) {
            (Self::Text(_), Value::Text(text)) => self.has_text(text),
            (Self::Networks(networks), Value::Address(address)) => {
                networks.iter().any(|network| network.contains(address))
            }
            (Self::Text(_) | Self::Networks(_), Value::List(items)) => {
                let mut found = items.iter().map(|item| self.has_text(item));
                if all {
                    found.all(|found| found)
                } else {
                    found.any(|found| found)
                }
            }
            (Self::Numbers(numbers), Value::Number(number)) => {
                numbers.contains(&i128::from(*number))
            }
            (Self::Booleans(booleans), Value::Boolean(boolean)) => booleans.contains(boolean),
            _ => false,
        }
    }

    /// Tells whether a text is among the values: as it is, or as an address.
    pub(crate) fn has_text(&self, text: &[u8]) -> bool {
        match self {
            Self::Text(texts) => texts.contains(text),
            Self::Networks(networks) => {
                let address = std::str::from_utf8(text).ok().and_then(address);
                address.is_some_and(|address| {
                    networks.iter().any(|network| network.contains(&address))
                })
            }
            Self::Numbers(_) | Self::Booleans(_) => false,
        }
    }
}

/// Compares two values of the same kind.
fn compare(operator: Operator, left: &Value<'_>, right: &Value<'_>, unit: Unit) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => match operator {
            Operator::Glob => Glob::new(right, false, unit).matches(left),
            Operator::IGlob => Glob::new(right, true, unit).matches(left),
            _ => text_matches(operator, left, right),
        },
        (Value::Number(left), Value::Number(right)) => ordered(operator, left.cmp(right)),
        (Value::Boolean(left), Value::Boolean(right)) => ordered(operator, left.cmp(right)),
        (Value::Address(left), Value::Address(right)) => ordered(operator, left.cmp(right)),
        (Value::List(left), Value::List(right)) => {
            let found = |item: &Cow<'_, [u8]>| right.contains(item);
            if operator == Operator::In {
                left.iter().all(found)
            } else {
                left.iter().any(found)
            }
        }
        _ => false,
    }
}

fn text_matches(operator: Operator, text: &[u8], wanted: &[u8]) -> bool {
    match operator {
        Operator::Contains | Operator::BContains => memmem::find(text, wanted).is_some(),
        Operator::IContains => {
            let mut windows = text.windows(wanted.len().max(1));
            wanted.is_empty() || windows.any(|window| window.eq_ignore_ascii_case(wanted))
        }
        Operator::StartsWith | Operator::BStartsWith => text.starts_with(wanted),
        Operator::EndsWith => text.ends_with(wanted),
        _ => ordered(operator, text.cmp(wanted)),
    }
}

fn ordered(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::AtMost => ordering.is_le(),
        Operator::Less => ordering.is_lt(),
        Operator::AtLeast => ordering.is_ge(),
        Operator::Greater => ordering.is_gt(),
        Operator::NotEqual => ordering.is_ne(),
        // With another field on the right, to be in it is to be equal to it.
        Operator::Same | Operator::Equal | Operator::In | Operator::Intersects => ordering.is_eq(),
        _ => false,
    }
}
