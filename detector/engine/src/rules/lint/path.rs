//! Names within events that no event has: the first keys of a JSON pointer, and the names of debug
//! data.

use super::{check_fields, checks};
use crate::condition::ast::{Expr, Operand, OperandKind, Word};
use crate::condition::check::Finding;
use crate::diagnostic::Code;
use crate::event::{keys::KEYS, types};

/// How alike a name must be to be offered for another one, 1 being equal.
const ALIKE: f64 = 0.75;

/// Tells of them. `types` are the event types that the rule can match, when they are known.
pub(super) fn lint(expr: &Expr, types: Option<&[String]>, findings: &mut Vec<Finding>) {
    let knows_data =
        types.is_some_and(|types| types.iter().all(|name| types::has_known_data(name)));
    checks(expr, &mut |check, _| {
        check_fields(check, &mut |field| {
            findings.extend(finding(field, knows_data));
        });
    });
}

fn finding(field: &Operand, knows_data: bool) -> Option<Finding> {
    let OperandKind::Field(name, Some(argument)) = &field.kind else {
        return None;
    };
    let text = argument.text();
    match name.as_str() {
        "okta.debug" => debug_data(&text, argument, knows_data),
        "json.value" | "jevt.value" => {
            let keys: Vec<&str> = text.trim_start_matches('/').split('/').collect();
            match *keys.as_slice() {
                ["debugContext", "debugData", name, ..] => debug_data(name, argument, knows_data),
                [first, ref rest @ ..] => pointer(first, rest, argument),
                [] => None,
            }
        }
        _ => None,
    }
}

fn pointer(first: &str, rest: &[&str], argument: &Word) -> Option<Finding> {
    if first.is_empty() {
        return None;
    }
    let Some((_, inner)) = KEYS.iter().find(|(key, _)| *key == first) else {
        let message = format!("events have no key `{first}`");
        let finding = Finding::new(Code::UnknownPath, argument.span, message);
        let similar = most_alike(first, KEYS.iter().map(|(key, _)| *key));
        return Some(match similar {
            Some(similar) => finding.help(format!(
                "did you mean `{}`?",
                path(&[&[similar], rest].concat())
            )),
            None => {
                finding.help("a pointer begins at the top of the event, such as /outcome/result")
            }
        });
    };
    // Okta adds keys within these, so only what looks like a slip is told of.
    let second = rest.first().filter(|key| !inner.contains(key))?;
    let similar = most_alike(second, inner.iter().copied())?;
    let message = format!("`{first}` has no key `{second}`");
    let rest = rest.get(1..).unwrap_or_default();
    let help = format!(
        "did you mean `{}`?",
        path(&[&[first, similar], rest].concat())
    );
    Some(Finding::new(Code::UnknownPath, argument.span, message).help(help))
}

fn path(keys: &[&str]) -> String {
    format!("/{}", keys.join("/"))
}

/// A name that the debug data of no event has. Okta adds names, so one that looks like no other is
/// told of only where the event types of the rule are described.
fn debug_data(name: &str, argument: &Word, knows_data: bool) -> Option<Finding> {
    if name.is_empty() || types::is_known_data(name) {
        return None;
    }
    let similar = if knows_data {
        types::similar_data(name)
    } else {
        Some(types::same_letters(name)?)
    };
    let message = format!("no event is known to have `{name}` in its debug data");
    let finding = Finding::new(Code::UnknownPath, argument.span, message);
    Some(match similar {
        Some(similar) => finding.help(format!("did you mean `{similar}`?")),
        None => finding,
    })
}

fn most_alike<'k>(name: &str, keys: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = name.to_ascii_lowercase();
    let score = |key: &'k str| {
        let score = strsim::normalized_damerau_levenshtein(&wanted, &key.to_ascii_lowercase());
        (score >= ALIKE).then_some((score, key))
    };
    let best = keys.filter_map(score);
    best.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, key)| key)
}
