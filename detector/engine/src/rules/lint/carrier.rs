//! Event types that event hooks do not carry. A rule may be about nothing else on purpose, so this
//! is a note, and only for rules to which hooks bring nothing.

use super::{checks, field};
use crate::condition::ast::{Expr, Right};
use crate::condition::check::Finding;
use crate::diagnostic::Code;
use crate::event::types;
use crate::field::Field;

pub(super) fn lint(expr: &Expr, types: Option<&[String]>, findings: &mut Vec<Finding>) {
    let Some(types) = types else { return };
    if types.is_empty() || !types.iter().all(|name| types::is_log_only(name)) {
        return;
    }
    let mut place = None;
    checks(expr, &mut |check, _| {
        let is_type = || field(&check.left).is_some_and(Field::is_event_type);
        let words = match &check.right {
            Right::Value(word) => std::slice::from_ref(word),
            Right::List(words, _) => words.as_slice(),
            Right::None | Right::Operand(_) => return,
        };
        let word = words.iter().find(|word| types::is_log_only(&word.text()));
        if let Some(word) = word.filter(|_| place.is_none() && is_type()) {
            place = Some(word.span);
        }
    });
    let message = match types {
        [one] => format!("event hooks do not carry `{one}`"),
        several => format!(
            "event hooks carry none of the {} event types of this rule",
            several.len()
        ),
    };
    let help = "the rule needs the System Log to be read beside the hook, and matches as late as it is read";
    findings
        .push(Finding::new(Code::SystemLogOnly, place.unwrap_or(expr.span), message).help(help));
}
