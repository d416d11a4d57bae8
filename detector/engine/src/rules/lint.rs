//! What a rule that can be judged probably does not mean.
//!
//! Each kind has a file of its own. None is asked of a rule with errors, and each goes through a
//! condition once, so that a file of 10,000 rules is read in a moment.

use crate::condition::ast::{Check, Expr, Node, Operand, OperandKind, Right};
use crate::condition::check::Finding;
use crate::field::{Field, fields};

mod absence;
mod appended;
mod carrier;
mod duplicates;
mod path;
mod pointless;
mod possible;
mod untested;

pub(super) use appended::appended;
pub(super) use duplicates::duplicates;
pub use untested::{Untested, untested};

/// What can be told of a condition as it is written, before its macros and lists are put in.
pub(super) fn written(expr: &Expr, findings: &mut Vec<Finding>) {
    pointless::written(expr, findings);
}

/// What can be told of a rule once everything is put into its condition.
pub(super) fn rule(expr: &Expr, findings: &mut Vec<Finding>) {
    let before = findings.len();
    pointless::expanded(expr, findings);
    let types = possible::lint(expr, findings, before);
    absence::lint(expr, findings);
    carrier::lint(expr, types.as_deref(), findings);
    path::lint(expr, types.as_deref(), findings);
}

/// Goes through the comparisons of a condition.
fn checks<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Check, &'e Expr)) {
    match &expr.node {
        Node::And(parts) | Node::Or(parts) => {
            for part in parts {
                checks(part, visit);
            }
        }
        Node::Not(inner) => checks(inner, visit),
        Node::Macro(_) => {}
        Node::Check(check) => visit(check, expr),
    }
}

/// Goes through the fields that an operand is made of.
fn operand_fields<'e>(operand: &'e Operand, visit: &mut impl FnMut(&'e Operand)) {
    match &operand.kind {
        OperandKind::Field(..) => visit(operand),
        OperandKind::Transform(_, items, _) | OperandKind::List(items) => {
            for item in items {
                operand_fields(item, visit);
            }
        }
        OperandKind::Literal(_) => {}
    }
}

/// Goes through the fields of a comparison, on both sides.
fn check_fields<'e>(check: &'e Check, visit: &mut impl FnMut(&'e Operand)) {
    operand_fields(&check.left, visit);
    if let Right::Operand(other) = &check.right {
        operand_fields(other, visit);
    }
}

/// The field that an operand is, when it is nothing but a field.
fn field(operand: &Operand) -> Option<&'static Field> {
    let OperandKind::Field(name, _) = &operand.kind else {
        return None;
    };
    fields().iter().find(|known| known.name == name)
}

/// Whether an operand may have no value in an event.
fn may_be_absent(operand: &Operand) -> bool {
    let mut found = false;
    operand_fields(operand, &mut |part| {
        found |= field(part).is_some_and(Field::may_be_absent);
    });
    found
}

/// A condition as text, cut short when it is long: for messages.
fn brief(expr: &Expr) -> String {
    const MOST: usize = 60;
    let text = expr.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    let cut: String = text.chars().take(MOST).collect();
    cut + " …"
}
