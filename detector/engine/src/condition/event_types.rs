//! Which event types a condition can match, so that a ruleset need not try it on the others.
//!
//! For each part two sets are kept: the types with which it can be true and those with which it can
//! be false; `not` swaps them. Both may be too large, never too small.

use std::collections::BTreeSet;

use super::compile::{Condition, Pattern, Set, Test};
use super::operand::Source;
use super::operator::{Modifier, Operator};

/// Returns the event types that a condition can match; `None` when it may be any.
pub(crate) fn event_types(condition: &Condition) -> Option<Vec<String>> {
    match Possible::of(condition).when_true {
        Types::Only(types) => Some(types.into_iter().collect()),
        Types::AllBut(_) => None,
    }
}

#[derive(Debug, Clone)]
enum Types {
    Only(BTreeSet<String>),
    AllBut(BTreeSet<String>),
}

struct Possible {
    when_true: Types,
    when_false: Types,
}

impl Possible {
    fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Not(inner) => {
                let inner = Self::of(inner);
                Self {
                    when_true: inner.when_false,
                    when_false: inner.when_true,
                }
            }
            Condition::And(parts) => parts
                .iter()
                .map(Self::of)
                .fold(Self::always(), |a, b| Self {
                    when_true: a.when_true.and(&b.when_true),
                    when_false: a.when_false.or(&b.when_false),
                }),
            Condition::Or(parts) => parts.iter().map(Self::of).fold(Self::never(), |a, b| Self {
                when_true: a.when_true.or(&b.when_true),
                when_false: a.when_false.and(&b.when_false),
            }),
            Condition::Check(source, test) => Self::of_check(source, test),
        }
    }

    fn of_check(source: &Source, test: &Test) -> Self {
        let unknown = Self {
            when_true: Types::all(),
            when_false: Types::all(),
        };
        let Source::Field(reference) = source else {
            return unknown;
        };
        if reference.field().is_event_type() {
            return compared(test).unwrap_or(unknown);
        }
        let Some(counted) = reference.field().event_types() else {
            return unknown;
        };
        let counted = counted.iter().map(|name| (*name).to_owned()).collect();
        Self {
            when_true: Types::Only(counted),
            when_false: Types::all(),
        }
    }

    fn always() -> Self {
        Self {
            when_true: Types::all(),
            when_false: Types::Only(BTreeSet::new()),
        }
    }

    fn never() -> Self {
        Self {
            when_true: Types::Only(BTreeSet::new()),
            when_false: Types::all(),
        }
    }
}

/// The sets of a comparison of the event type, which is always there (empty when the event has
/// none).
fn compared(test: &Test) -> Option<Possible> {
    let texts = |patterns: &[Pattern], wanted: &[Operator]| {
        let text = |pattern: &Pattern| match pattern {
            Pattern::Text(operator, text) if wanted.contains(operator) => Some(text.clone()),
            _ => None,
        };
        patterns.iter().map(text).collect::<Option<Vec<_>>>()
    };
    let equal = [Operator::Equal, Operator::Same];
    let (types, negated) = match test {
        Test::One(pattern) => match texts(std::slice::from_ref(pattern), &equal) {
            Some(types) => (types, false),
            None => (
                texts(std::slice::from_ref(pattern), &[Operator::NotEqual])?,
                true,
            ),
        },
        Test::Many(Modifier::AnyOf, patterns) => (texts(patterns, &equal)?, false),
        Test::Many(Modifier::AllOf, patterns) if !patterns.is_empty() => {
            (texts(patterns, &[Operator::NotEqual])?, true)
        }
        Test::Among {
            set: Set::Text(texts),
            ..
        } => (texts.iter().cloned().collect(), false),
        _ => return None,
    };
    // JSON holds no text that is not UTF-8: such a type never comes.
    let types: BTreeSet<String> = types
        .into_iter()
        .filter_map(|t| String::from_utf8(t).ok())
        .collect();
    let (only, others) = (Types::Only(types.clone()), Types::AllBut(types));
    let (when_true, when_false) = if negated {
        (others, only)
    } else {
        (only, others)
    };
    Some(Possible {
        when_true,
        when_false,
    })
}

impl Types {
    fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a & b),
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a | b),
            (Self::Only(only), Self::AllBut(but)) | (Self::AllBut(but), Self::Only(only)) => {
                Self::Only(only - but)
            }
        }
    }

    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a | b),
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a & b),
            (Self::Only(only), Self::AllBut(but)) | (Self::AllBut(but), Self::Only(only)) => {
                Self::AllBut(but - only)
            }
        }
    }
}
