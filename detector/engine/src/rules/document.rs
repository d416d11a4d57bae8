//! YAML as the data that JSON would say: events of tests, documents that are no rules.

use std::collections::HashSet;

use super::SourceFile;
use super::report::Report;
use super::yaml::{self, Node, Style, Value};
use crate::diagnostic::{Code, Diagnostic};

/// Reads the documents of a YAML file as data; JSON is YAML, too. Empty documents are left out.
///
/// A plain scalar that JSON knows as a number, `true`, `false` or `null` is that, all else is text. A
/// key that a mapping has twice is an error, but for documents that are lists: those are rules, and
/// told of when they are compiled.
pub fn read_documents(file: &SourceFile) -> Result<Vec<serde_json::Value>, Vec<Diagnostic>> {
    let mut report = Report::new(std::slice::from_ref(file));
    let mut documents = Vec::new();
    match yaml::read(&file.text, 0) {
        Ok(nodes) => {
            for node in nodes.iter().filter(|node| !node.is_null()) {
                if matches!(node.value, Value::Mapping(_)) {
                    tell_doubles(node, &mut report);
                }
                documents.push(serde_json::from_str(&json(node)).unwrap_or_default());
            }
        }
        Err(error) => {
            let code = if error.is_limit {
                Code::Limit
            } else {
                Code::Yaml
            };
            report.at(code, (error.at, 1), error.message, None);
        }
    }
    if report.has_errors() {
        Err(report.into_diagnostics())
    } else {
        Ok(documents)
    }
}

/// Tells of keys that stand twice in a mapping, however deep.
fn tell_doubles(node: &Node, report: &mut Report<'_>) {
    match &node.value {
        Value::Scalar(..) => {}
        Value::Sequence(items) => items.iter().for_each(|item| tell_doubles(item, report)),
        Value::Mapping(pairs) => {
            let mut known = HashSet::new();
            for (key, value) in pairs {
                if key.scalar().is_some_and(|name| !known.insert(name)) {
                    report.node(Code::Yaml, key, "this key stands here twice");
                }
                tell_doubles(value, report);
            }
        }
    }
}

/// Writes YAML as JSON: a plain scalar that JSON knows as a number, `true`, `false` or `null` is
/// that, all else text.
fn json(node: &Node) -> String {
    match &node.value {
        Value::Scalar(..) if node.is_null() => "null".to_owned(),
        Value::Scalar(text, Style::Plain) if is_literal(text) => text.clone(),
        Value::Scalar(text, _) => quoted(text),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Mapping(pairs) => format!("{{{}}}", members(pairs).join(",")),
    }
}

/// The members of a mapping as JSON writes them.
pub(super) fn members(pairs: &[(Node, Node)]) -> Vec<String> {
    let member = |(key, value): &(Node, Node)| {
        let name = key.scalar().map_or_else(|| quoted(&json(key)), quoted);
        format!("{name}:{}", json(value))
    };
    pairs.iter().map(member).collect()
}

fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false") || serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
