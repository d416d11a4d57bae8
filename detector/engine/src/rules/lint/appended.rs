//! Conditions that are appended to: the texts are joined by a blank, and `and` binds closer than
//! `or`, so that the result may group otherwise than it looks where each part is written.

use super::super::text::Text;
use super::brief;
use crate::condition::ast::{Expr, Node, Span};
use crate::condition::check::Finding;
use crate::condition::parse::parse_source;
use crate::diagnostic::Code;

/// How many appended parts are looked at: each is read with all that stands before it.
const MAX_JOINTS: usize = 32;

/// Tells of an appended part that joins otherwise than to all that was there. `source` is the place
/// of the whole text among the texts that spans name.
pub(in crate::rules) fn appended(text: &Text, source: usize, findings: &mut Vec<Finding>) {
    for (from, to) in text.joints().take(MAX_JOINTS) {
        let before = text.value.get(..from).unwrap_or_default();
        let after = text.value.get(from..to).unwrap_or_default();
        let Ok(before) = parse_source(before, source, false) else {
            continue;
        };
        let lead = after.len() - after.trim_start().len();
        let (word, rest) = match after.trim_start() {
            rest if rest.starts_with("and") => ("and", rest.get(3..)),
            rest if rest.starts_with("or") => ("or", rest.get(2..)),
            _ => continue,
        };
        let more = rest.and_then(|rest| parse_source(rest, source, false).ok());
        let span = Span {
            text: source,
            start: from + lead,
            end: from + lead + word.len(),
        };
        findings.extend(finding(&before, text, word, more.as_ref(), span));
    }
}

fn finding(
    before: &Expr,
    text: &Text,
    word: &str,
    more: Option<&Expr>,
    span: Span,
) -> Option<Finding> {
    let open = !is_enclosed(before, &text.value);
    let (message, help) = match (&before.node, word, more.map(|more| &more.node)) {
        (Node::Or(parts), "and", _) if open => {
            let last = brief(parts.last()?);
            (
                format!("this `and` joins only `{last}`, the last part of what stands there"),
                "put the condition that is appended to in parentheses".to_owned(),
            )
        }
        (Node::And(parts), "or", _) if open => {
            let first = brief(parts.first()?);
            (
                format!("this `or` also matches where `{first}` does not hold"),
                "put parentheses where they are meant, or write a rule of its own".to_owned(),
            )
        }
        (_, "and", Some(Node::Or(parts))) if !is_wrapped(more, &text.value, span) => {
            let last = brief(parts.last()?);
            (
                format!("`{last}` matches by itself, whatever stands before the `and`"),
                "put what is appended after `and` in parentheses".to_owned(),
            )
        }
        _ => return None,
    };
    Some(Finding::new(Code::AppendGrouping, span, message).help(help))
}

/// Whether a condition at the start of a text stands in parentheses: its place is within them.
fn is_enclosed(expr: &Expr, text: &str) -> bool {
    let before = text.get(..expr.span.start).unwrap_or_default();
    before.trim_end().ends_with('(')
}

/// The same of what follows the appended word.
fn is_wrapped(more: Option<&Expr>, text: &str, span: Span) -> bool {
    let rest = text.get(span.end..).unwrap_or_default();
    more.is_some_and(|more| is_enclosed(more, rest))
}
