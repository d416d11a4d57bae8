//! Conditions that no event can satisfy, and those that every event does.
//!
//! For each part the values are kept that a field can have while the part holds. Parts joined by
//! `and` leave those that all allow, parts joined by `or` those that one allows; `not` goes inwards.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{brief, field, may_be_absent};
use crate::condition::ast::{Check, Expr, Node, Operand, OperandKind, Right, Word};
use crate::condition::check::Finding;
use crate::condition::operator::{Modifier, Operator, Transformer};
use crate::diagnostic::Code;
use crate::field::Kind;

const EVENT_TYPE: &str = "okta.evt.type";
/// How many values a suggestion lists.
const SUGGESTED: usize = 4;

/// Tells of a condition that never or always holds. `told` is where the findings of this rule's
/// lints begin: a comparison that was told of needs no second word. Returns the event types that
/// the condition can match; `None` when it may be any, or none.
pub(super) fn lint(expr: &Expr, findings: &mut Vec<Finding>, told: usize) -> Option<Vec<String>> {
    let mut conflicts = Vec::new();
    let Some(facts) = when(expr, true, &mut conflicts) else {
        let is_new = conflicts.is_empty() && findings.len() == told;
        for finding in &mut conflicts {
            finding.message.push_str(": the rule never matches");
        }
        findings.append(&mut conflicts);
        if is_new {
            let message = "no event can satisfy this: the rule never matches";
            findings.push(Finding::new(Code::NeverMatches, expr.span, message));
        }
        return None;
    };
    findings.append(&mut conflicts);
    if findings.len() == told && when(expr, false, &mut Vec::new()).is_none() {
        let message = "every event satisfies this: the rule always matches";
        findings.push(Finding::new(Code::AlwaysMatches, expr.span, message));
    }
    let Values::Only(types) = &facts.get(EVENT_TYPE)?.values else {
        return None;
    };
    let types = types
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned());
    Some(types.collect())
}

/// By operand, the values that it can have; an operand that is not there can have any.
type Facts<'e> = BTreeMap<String, Possible<'e>>;

#[derive(Debug)]
struct Possible<'e> {
    values: Values<'e>,
    /// Whether it may also be absent.
    absent: bool,
    /// The part that says so.
    from: &'e Expr,
}

#[derive(Debug)]
enum Values<'e> {
    Only(BTreeSet<Cow<'e, [u8]>>),
    AllBut(BTreeSet<Cow<'e, [u8]>>),
}

/// What must be so for a condition to hold, or not to hold; `None` when that cannot be.
fn when<'e>(expr: &'e Expr, wanted: bool, conflicts: &mut Vec<Finding>) -> Option<Facts<'e>> {
    match &expr.node {
        Node::Not(inner) => when(inner, !wanted, conflicts),
        Node::And(parts) if wanted => all(parts, wanted, conflicts),
        Node::Or(parts) if !wanted => all(parts, wanted, conflicts),
        Node::And(parts) | Node::Or(parts) => any(parts, wanted, conflicts),
        Node::Macro(_) => Some(Facts::new()),
        Node::Check(check) => compared(check, expr, wanted),
    }
}

fn all<'e>(parts: &'e [Expr], wanted: bool, conflicts: &mut Vec<Finding>) -> Option<Facts<'e>> {
    let mut facts = Facts::new();
    let mut can_be = true;
    for part in parts {
        let Some(more) = when(part, wanted, conflicts) else {
            can_be = false;
            continue;
        };
        for (operand, possible) in more {
            match facts.entry(operand) {
                Entry::Vacant(entry) => drop(entry.insert(possible)),
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    let (from, by) = (known.from, possible.from);
                    let suggestion = known.values.joined(&possible.values);
                    known.narrow(possible);
                    if known.is_none() {
                        can_be = false;
                        conflicts.push(conflict(entry.key(), from, by, suggestion));
                        entry.remove();
                    }
                }
            }
        }
    }
    can_be.then_some(facts)
}

fn any<'e>(parts: &'e [Expr], wanted: bool, conflicts: &mut Vec<Finding>) -> Option<Facts<'e>> {
    let mut facts: Option<Facts<'e>> = None;
    for part in parts {
        let Some(mut more) = when(part, wanted, conflicts) else {
            continue;
        };
        let Some(known) = &mut facts else {
            facts = Some(more);
            continue;
        };
        known.retain(|operand, possible| match more.remove(operand) {
            None => false,
            Some(other) => {
                possible.widen(other);
                true
            }
        });
    }
    facts
}

fn conflict(operand: &str, first: &Expr, second: &Expr, joined: Option<String>) -> Finding {
    let message = format!(
        "no event has both `{}` and `{}`",
        brief(first),
        brief(second)
    );
    let finding = Finding::new(Code::NeverMatches, second.span, message);
    let counted = [first, second].into_iter().find_map(counter);
    match (counted, joined) {
        (Some((name, types)), _) if operand == EVENT_TYPE => {
            let types = types.join("`, `");
            finding.help(format!(
                "`{name}` has a value only in events of type `{types}`"
            ))
        }
        (_, Some(values)) => finding.help(format!(
            "one of several is written `{operand} in ({values})`"
        )),
        _ => finding,
    }
}

/// What a comparison says of the operand on its left while it holds, or does not.
fn compared<'e>(check: &'e Check, expr: &'e Expr, wanted: bool) -> Option<Facts<'e>> {
    let mut facts = Facts::new();
    if let Some((_, types)) = counter(expr).filter(|_| wanted) {
        let types = types
            .iter()
            .map(|name| Cow::Borrowed(name.as_bytes()))
            .collect();
        let possible = Possible {
            values: Values::Only(types),
            absent: false,
            from: expr,
        };
        facts.insert(EVENT_TYPE.to_owned(), possible);
    }
    let Some(values) = kind(&check.left).and_then(|kind| values(check, kind)) else {
        return Some(facts);
    };
    let may_be_absent = may_be_absent(&check.left);
    let possible = Possible {
        values: if wanted { values } else { values.others() },
        absent: !wanted && may_be_absent,
        from: expr,
    };
    if possible.is_none() {
        return None;
    }
    facts.insert(check.left.to_string(), possible);
    Some(facts)
}

/// The kind of an operand that has at most one value, and of which more can be said than by `val`.
fn kind(operand: &Operand) -> Option<Kind> {
    match &operand.kind {
        OperandKind::Field(..) => {
            let field = field(operand)?;
            let is_one = !field.is_list && field.kind != Kind::Address;
            is_one.then_some(field.kind)
        }
        OperandKind::Transform(Transformer::ToLower | Transformer::ToUpper, ..) => Some(Kind::Text),
        _ => None,
    }
}

/// The values with which a comparison holds; `None` when that is not a matter of equality. A list
/// without values says nothing either: it may be there to be filled.
fn values<'e>(check: &'e Check, kind: Kind) -> Option<Values<'e>> {
    use Operator::{Equal, Exists, In, Intersects, NotEqual, Same};
    let value = |word: &'e Word| match kind {
        Kind::Text | Kind::Boolean | Kind::Address | Kind::Buffer => {
            Cow::Borrowed(word.bytes.as_slice())
        }
        // `03` is `3`.
        Kind::Number | Kind::Time | Kind::Duration => {
            let number = word.text().trim_start().parse::<i128>();
            number.map_or(Cow::Borrowed(word.bytes.as_slice()), |number| {
                Cow::Owned(number.to_string().into_bytes())
            })
        }
    };
    match (check.operator, check.modifier, &check.right) {
        (Exists, ..) => Some(Values::AllBut(BTreeSet::new())),
        (Equal | Same, None, Right::Value(word)) | (In | Intersects, _, Right::Value(word)) => {
            Some(Values::Only(BTreeSet::from([value(word)])))
        }
        (NotEqual, None, Right::Value(word)) => Some(Values::AllBut(BTreeSet::from([value(word)]))),
        (_, _, Right::List(words, _)) if words.is_empty() => None,
        (In | Intersects, _, Right::List(words, _))
        | (Equal | Same, Some(Modifier::AnyOf), Right::List(words, _)) => {
            Some(Values::Only(words.iter().map(value).collect()))
        }
        (NotEqual, Some(Modifier::AllOf), Right::List(words, _)) => {
            Some(Values::AllBut(words.iter().map(value).collect()))
        }
        _ => None,
    }
}

/// The field that a comparison asks when only some event types have it, and those.
fn counter(expr: &Expr) -> Option<(&'static str, &'static [&'static str])> {
    let Node::Check(check) = &expr.node else {
        return None;
    };
    let field = field(&check.left)?;
    Some((field.name, field.event_types()?))
}

impl Possible<'_> {
    fn is_none(&self) -> bool {
        !self.absent && matches!(&self.values, Values::Only(values) if values.is_empty())
    }

    fn narrow(&mut self, other: Self) {
        self.absent &= other.absent;
        self.values.narrow(other.values);
    }

    fn widen(&mut self, other: Self) {
        self.absent |= other.absent;
        // What is in one or the other is outside of what is outside of both.
        let mut outside = std::mem::replace(&mut self.values, Values::none()).others();
        outside.narrow(other.values.others());
        self.values = outside.others();
    }
}

impl Values<'_> {
    fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// All other values.
    fn others(self) -> Self {
        match self {
            Self::Only(values) => Self::AllBut(values),
            Self::AllBut(values) => Self::Only(values),
        }
    }

    /// Leaves those that are also among others.
    fn narrow(&mut self, other: Self) {
        *self = match (std::mem::replace(self, Self::none()), other) {
            (Self::Only(a), Self::Only(b)) => {
                let (mut few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
                few.retain(|value| many.contains(value));
                Self::Only(few)
            }
            (Self::AllBut(a), Self::AllBut(b)) => {
                let (few, mut many) = if a.len() < b.len() { (a, b) } else { (b, a) };
                many.extend(few);
                Self::AllBut(many)
            }
            (Self::Only(mut only), Self::AllBut(but))
            | (Self::AllBut(but), Self::Only(mut only)) => {
                only.retain(|value| !but.contains(value));
                Self::Only(only)
            }
        };
    }

    /// The values of two short lists as one list, when both are lists of what is allowed.
    fn joined(&self, other: &Self) -> Option<String> {
        let (Self::Only(a), Self::Only(b)) = (self, other) else {
            return None;
        };
        if a.len() + b.len() > SUGGESTED {
            return None;
        }
        let texts = a.union(b).map(|value| {
            let text = String::from_utf8_lossy(value);
            if crate::condition::lex::is_bare(&text) {
                text.into_owned()
            } else {
                format!("\"{text}\"")
            }
        });
        Some(texts.collect::<Vec<_>>().join(", "))
    }
}
