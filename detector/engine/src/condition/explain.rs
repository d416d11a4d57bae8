//! Why a rule matches an event, or does not: every part of its condition with its verdict, every
//! comparison with the values that it saw.
//!
//! A twin of [`Condition::holds`] on the same leaves that never stops early.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value as Json;

use super::compile::{Condition, Test};
use super::operand::Source;
use super::outline::{Outline, Written};
use crate::diagnostic::Place;
use crate::event::Event;
use crate::field::{Facts, Value};
use crate::policy::Rule;
use crate::ruleset::{Context, observe};
use crate::state::State;

/// A longer value is cut, in bytes: each comparison shows what it saw, and many may see the same.
const LONGEST_VALUE: usize = 4096;

/// What a rule says of an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule's name.
    pub rule: String,
    /// The rule's version.
    pub version: String,
    /// Whether the rule is judged at all; an explanation is given either way.
    pub enabled: bool,
    /// Whether the rule matches.
    pub matches: bool,
    /// The rule's output, filled in.
    pub output: String,
    /// The condition.
    pub condition: Reason,
}

/// A part of a condition and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The part as it was written, on one line; one that is very long is cut.
    pub text: String,
    /// Where it was written.
    pub place: Place,
    /// Whether it holds.
    pub holds: bool,
    /// What it is made of.
    #[serde(flatten)]
    pub kind: ReasonKind,
}

/// The kinds of parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ReasonKind {
    /// Holds when all of them do.
    And {
        /// All of them, also those after the first that does not hold.
        parts: Vec<Reason>,
    },
    /// Holds when one of them does.
    Or {
        /// All of them, also those after the first that holds.
        parts: Vec<Reason>,
    },
    /// Holds when the part does not.
    Not {
        /// The part.
        part: Box<Reason>,
    },
    /// Holds when the macro's condition does.
    Macro {
        /// The macro's name.
        name: String,
        /// Its condition.
        part: Box<Reason>,
    },
    /// A comparison.
    Check {
        /// The left side.
        left: Seen,
        /// The right side, when it is another field.
        #[serde(skip_serializing_if = "Option::is_none")]
        right: Option<Seen>,
    },
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// As it was written.
    pub text: String,
    /// Its value; `None` when it is absent, so that the comparison does not hold. One that is very
    /// long is cut, and ends in `…`.
    pub value: Option<Json>,
    /// The fields that a transformer was applied to, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<(String, Option<Json>)>,
}

/// Explains what a rule says of an event, whether the rule is enabled or not.
///
/// The event is counted as [`Ruleset::evaluate`](crate::Ruleset::evaluate) counts it, unless it was.
pub fn explain(
    rule: &Rule,
    event: &Event<'_>,
    context: &Context<'_>,
    state: &mut State,
) -> Explanation {
    observe(event, context, state);
    let facts = Facts {
        event,
        context,
        state,
    };
    let condition = reason(&rule.condition, &rule.outline, &facts);
    Explanation {
        rule: rule.name.clone(),
        version: rule.version.clone(),
        enabled: rule.enabled,
        matches: condition.holds,
        output: rule.output.render(&facts),
        condition,
    }
}

fn reason(condition: &Condition, outline: &Outline, facts: &Facts<'_>) -> Reason {
    let (holds, kind) = judged(condition, outline, facts);
    Reason {
        text: outline.written.text(),
        place: outline.written.place(),
        holds,
        kind,
    }
}

fn judged(condition: &Condition, outline: &Outline, facts: &Facts<'_>) -> (bool, ReasonKind) {
    let part = |at: usize, condition: &Condition| {
        let outline = outline.parts.get(at).unwrap_or(outline);
        reason(condition, outline, facts)
    };
    if let (Some(name), Some(_)) = (&outline.expanded, outline.parts.first()) {
        let (name, part) = (name.clone(), Box::new(part(0, condition)));
        return (part.holds, ReasonKind::Macro { name, part });
    }
    let all = |conditions: &[Condition]| -> Vec<Reason> {
        let parts = conditions.iter().enumerate();
        parts.map(|(at, condition)| part(at, condition)).collect()
    };
    match condition {
        Condition::And(conditions) => {
            let parts = all(conditions);
            (
                parts.iter().all(|part| part.holds),
                ReasonKind::And { parts },
            )
        }
        Condition::Or(conditions) => {
            let parts = all(conditions);
            (
                parts.iter().any(|part| part.holds),
                ReasonKind::Or { parts },
            )
        }
        Condition::Not(inner) => {
            let part = Box::new(part(0, inner));
            (!part.holds, ReasonKind::Not { part })
        }
        Condition::Check(source, test) => check(source, test, outline, facts),
    }
}

fn check(source: &Source, test: &Test, outline: &Outline, facts: &Facts<'_>) -> (bool, ReasonKind) {
    let value = source.get(facts);
    let holds = value.as_ref().is_some_and(|value| test.holds(value, facts));
    let left = seen(source, outline.left.as_ref(), facts);
    let right = match test {
        Test::Other(_, other, _) => Some(seen(other, outline.right.as_ref(), facts)),
        _ => None,
    };
    (holds, ReasonKind::Check { left, right })
}

fn seen(source: &Source, written: Option<&Written>, facts: &Facts<'_>) -> Seen {
    let mut fields = Vec::new();
    if !matches!(source, Source::Field(_)) {
        source.references(&mut fields);
    }
    let field = |reference: &&crate::field::Reference| {
        let value = reference.get(facts).map(shown);
        (reference.text.clone(), value)
    };
    Seen {
        text: written.map(Written::text).unwrap_or_default(),
        value: source.get(facts).map(shown),
        of: fields.iter().map(field).collect(),
    }
}

/// A value as an explanation shows it.
fn shown(value: Value<'_>) -> Json {
    let mut left = LONGEST_VALUE;
    let shown = match value {
        Value::Text(text) => Value::Text(cut(text, &mut left)),
        Value::List(items) => {
            let mut kept = Vec::new();
            for item in items {
                if left == 0 {
                    kept.push(Cow::Borrowed("…".as_bytes()));
                    break;
                }
                // Empty items count, too.
                left -= 1;
                kept.push(cut(item, &mut left));
            }
            Value::List(kept)
        }
        value => value,
    };
    shown.to_json()
}

/// Cuts a text to what is `left`, which gets less by it.
fn cut<'e>(text: Cow<'e, [u8]>, left: &mut usize) -> Cow<'e, [u8]> {
    if text.len() <= *left {
        *left -= text.len();
        return text;
    }
    let end = (0..=*left)
        .rev()
        .find(|end| text.get(*end).is_none_or(|byte| byte & 0xC0 != 0x80));
    let mut start = text
        .get(..end.unwrap_or_default())
        .unwrap_or_default()
        .to_vec();
    start.extend("…".as_bytes());
    *left = 0;
    Cow::Owned(start)
}
