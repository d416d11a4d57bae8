//! `!=` on a field that may be absent: the comparison does not hold then, which surprises.

use std::collections::HashMap;

use super::may_be_absent;
use crate::condition::ast::{Check, Expr, Node, Right};
use crate::condition::check::Finding;
use crate::condition::operator::{Modifier, Operator};
use crate::diagnostic::Code;

pub(super) fn lint(expr: &Expr, findings: &mut Vec<Finding>) {
    Walk {
        findings,
        there: HashMap::new(),
    }
    .walk(expr, false);
}

struct Walk<'f> {
    findings: &'f mut Vec<Finding>,
    /// The operands that must have a value for the part at hand to matter, and how often that is
    /// said: who writes `a exists and a != b` has thought of it.
    there: HashMap<String, usize>,
}

impl Walk<'_> {
    fn walk(&mut self, expr: &Expr, negated: bool) {
        match &expr.node {
            Node::And(parts) if !negated => {
                let said: Vec<String> = parts.iter().filter_map(says_there).collect();
                for operand in &said {
                    *self.there.entry(operand.clone()).or_default() += 1;
                }
                for part in parts {
                    self.walk(part, negated);
                }
                for operand in &said {
                    if let Some(count) = self.there.get_mut(operand) {
                        *count -= 1;
                    }
                }
            }
            Node::And(parts) | Node::Or(parts) => {
                for part in parts {
                    self.walk(part, negated);
                }
            }
            Node::Not(inner) => self.walk(inner, !negated),
            Node::Check(check) if !negated => self.check(check, expr),
            // `not a != b` also holds for an absent `a`, as whoever writes it wants.
            Node::Check(_) | Node::Macro(_) => {}
        }
    }

    fn check(&mut self, check: &Check, expr: &Expr) {
        let Some(without) = positive(check) else {
            return;
        };
        let left = check.left.to_string();
        let is_said = self.there.get(&left).is_some_and(|count| *count > 0);
        if is_said || !may_be_absent(&check.left) {
            return;
        }
        let message = format!("`{left}` may be absent, and this does not hold then");
        let help = format!(
            "write `not {without}` to match such events too, or `{left} exists and …` to show that \
             they are meant to be left out"
        );
        self.findings
            .push(Finding::new(Code::AbsentNotEqual, expr.span, message).help(help));
    }
}

/// The operand that a part of a conjunction requires, unless by `!=`.
fn says_there(part: &Expr) -> Option<String> {
    match &part.node {
        Node::Check(check) if check.operator != Operator::NotEqual => Some(check.left.to_string()),
        _ => None,
    }
}

/// The comparison that `not` must stand before to say the same of a value that is there.
fn positive(check: &Check) -> Option<Check> {
    if check.operator != Operator::NotEqual {
        return None;
    }
    let (operator, is_empty) = match (&check.right, check.modifier) {
        (Right::Value(word), None) => (Operator::Equal, word.bytes.is_empty()),
        (Right::Operand(_), None) => (Operator::Equal, false),
        (Right::List(words, _), Some(Modifier::AllOf)) => (Operator::In, words.is_empty()),
        _ => return None,
    };
    // `a != ""` asks for a value that is there and says something.
    (!is_empty).then(|| Check {
        operator,
        modifier: None,
        ..check.clone()
    })
}
