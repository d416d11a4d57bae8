//! Proves that a layout changed nothing but the layout.

use super::super::report::Report;
use super::super::yaml::{self, Node, Style, Value};
use super::super::{Compiled, SourceFile, compile};
use super::{FormatError, comment, lay_out, order};
use crate::condition::parse::parse;
use crate::policy::{Policy, PolicyKind, Rule};

/// Holds a formatted file against the one it was made from: the same values, the same comments, the
/// same rules, the same diagnostics; and formatted again it stays as it is.
pub(super) fn prove(
    file: &SourceFile,
    before: &Compiled,
    formatted: &str,
) -> Result<(), FormatError> {
    let unproven = |what: &str| Err(FormatError::Unproven(what.to_owned()));
    let result = SourceFile {
        name: file.name.clone(),
        text: formatted.to_owned(),
    };
    let (Ok(old), Ok(new)) = (yaml::read(&file.text, 0), yaml::read(formatted, 0)) else {
        return unproven("it is no YAML any more");
    };
    let is_same = match (old.as_slice(), new.as_slice()) {
        ([], []) => true,
        ([old], [new]) => same(old, new, ""),
        _ => false,
    };
    if !is_same {
        return unproven("a value is another one");
    }
    if comments(file, &old) != comments(&result, &new) {
        return unproven("a comment is lost or changed");
    }
    let after = compile(&result, PolicyKind::Custom);
    if versions(before) != versions(&after) {
        return unproven("a rule is another one");
    }
    if codes(before) != codes(&after) {
        return unproven("it has other diagnostics");
    }
    match lay_out(&result) {
        Ok(again) if again == formatted => Ok(()),
        Ok(_) => unproven("formatted again it changes once more"),
        Err(error) => Err(error),
    }
}

fn same(old: &Node, new: &Node, key: &str) -> bool {
    match (&old.value, &new.value) {
        (Value::Scalar(old_text, _), Value::Scalar(new_text, _)) => {
            let is_text = |style: &Style| *style != Style::Plain;
            let styles = |node: &Node| matches!(&node.value, Value::Scalar(_, s) if is_text(s));
            let condition = order::is_condition(key) && same_condition(old_text, new_text);
            let null = old.is_null() == new.is_null();
            let literal = styles(old) == styles(new) || order::is_prose(key);
            condition || old_text == new_text && null && literal
        }
        (Value::Sequence(old), Value::Sequence(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new, ""))
        }
        (Value::Mapping(old), Value::Mapping(new)) => {
            old.len() == new.len() && old.iter().all(|pair| is_among(pair, old, new))
        }
        _ => false,
    }
}

/// Tells whether a pair stands among others: as the same one of those with its key.
fn is_among(pair: &(Node, Node), old: &[(Node, Node)], new: &[(Node, Node)]) -> bool {
    let (Some(key), value) = (pair.0.scalar(), &pair.1) else {
        return false;
    };
    let named = |pairs: &'_ [(Node, Node)]| -> Vec<Node> {
        let named = pairs.iter().filter(|(name, _)| name.scalar() == Some(key));
        named.map(|(_, value)| value.clone()).collect()
    };
    let place = named(old).iter().position(|old| old.start == value.start);
    let twin = place.and_then(|place| named(new).into_iter().nth(place));
    twin.is_some_and(|twin| same(value, &twin, key))
}

fn same_condition(old: &str, new: &str) -> bool {
    match (parse(old), parse(new)) {
        (Ok(old), Ok(new)) => old.to_string() == new.to_string(),
        _ => false,
    }
}

/// The comments; keys may have changed places, and theirs with them.
fn comments(file: &SourceFile, documents: &[Node]) -> Option<Vec<String>> {
    let report = Report::new(std::slice::from_ref(file));
    let found = comment::find(report.characters(), documents).ok()?;
    let comments = found.comments.into_iter();
    let mut texts: Vec<String> = comments.map(|comment| comment.text).collect();
    texts.sort_unstable();
    Some(texts)
}

fn versions(compiled: &Compiled) -> Option<(&str, Vec<&str>)> {
    let policy: &Policy = compiled.policy.as_ref()?;
    let rules = policy.rules().iter().map(Rule::version);
    Some((policy.version(), rules.collect()))
}

fn codes(compiled: &Compiled) -> Vec<&'static str> {
    let mut codes: Vec<_> = compiled
        .diagnostics
        .iter()
        .map(|found| found.code)
        .collect();
    codes.sort_unstable();
    codes
}
