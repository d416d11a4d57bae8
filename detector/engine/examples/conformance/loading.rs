//! Cases of whole rules files: whether they load, what is told of them, and what their conditions
//! become.

use nightlatch_engine::{
    Compiled, Diagnostic, Policy, PolicyKind, SourceFile, compile_files, parse_condition,
};
use serde_json::Value;

use super::{Score, falco, is, items, mock, text};

/// What Falco tells of system calls alone: a part of what it says, and why nobody tells it here.
const OF_SYSTEM_CALLS: [(&str, &str); 2] = [
    (
        "NO_EVTTYPE",
        "many types of system calls are slow in Falco; here rules are indexed, and each tells its types",
    ),
    ("evt.dir", "it is a deprecated field, and Okta has none"),
];
/// What a test of Falco's loader asserts not to be told; the case does not say that it is denied.
const DENIED: [(&str, &str); 1] = [("rule_override_append", "WARNING_APPEND")];

/// A test of Falco's loader: documents that are loaded one by one.
pub(crate) fn document(case: &Value, score: &mut Score) {
    let name = text(case, "test");
    for load in items(case, "loads") {
        let document = case
            .get("documents")
            .map_or("", |all| text(all, text(load, "doc")));
        let file = SourceFile {
            name: "rules.yaml".to_owned(),
            text: document.to_owned(),
        };
        let compiled = mock::compile(&file, &mock::syscalls());
        let mut problems = loads(&compiled, is(load, "should_load"));
        for key in ["errors", "warnings"] {
            for expected in items(case, key).filter_map(Value::as_str) {
                let expected = expected.trim_matches('"');
                let is_denied = DENIED
                    .iter()
                    .any(|(test, denied)| name.ends_with(test) && expected == *denied);
                let told = is_told(&compiled, expected);
                if let Some(reason) = inapplicable(expected) {
                    let line = format!("{name}: {expected}: {reason}");
                    score.inapplicable.push(line);
                } else if is_denied && told.is_ok() {
                    problems.push(format!("{expected} is told"));
                } else if !is_denied {
                    problems.extend(told.err());
                }
            }
        }
        problems.extend(conditions(case, compiled.policy.as_ref()));
        score.case(result(name, &problems, &compiled));
    }
}

/// A test of Falco as a program: files that are loaded together.
pub(crate) fn files(case: &Value, score: &mut Score) {
    let name = text(case, "test");
    let files: Vec<SourceFile> = items(case, "files")
        .map(|file| SourceFile {
            name: text(file, "name").to_owned(),
            text: text(file, "content").to_owned(),
        })
        .collect();
    let is_run = text(case, "mode") != "validate";
    let reason = if files.is_empty() {
        Some("it has no rules of its own")
    } else if is_run && is(case, "expect_error") {
        Some("its error is one of Falco's configuration or command line")
    } else {
        None
    };
    if let Some(reason) = reason {
        score.inapplicable.push(format!("{name}: {reason}"));
        return;
    }
    let compiled = compile_files(&files, PolicyKind::Custom, &mock::syscalls());
    let mut problems = loads(&compiled, !is(case, "expect_error"));
    for expected in items(case, "asserts").filter(|_| !is_run) {
        match inapplicable(text(expected, "Code")) {
            Some(reason) => score
                .inapplicable
                .push(format!("{name}: {expected}: {reason}")),
            None => problems.extend(is_found(&compiled, expected, &files).err()),
        }
    }
    score.case(result(name, &problems, &compiled));
}

fn inapplicable(expected: &str) -> Option<&'static str> {
    let found = OF_SYSTEM_CALLS
        .iter()
        .find(|(part, _)| expected.contains(part));
    found.map(|(_, reason)| *reason)
}

fn loads(compiled: &Compiled, should: bool) -> Vec<String> {
    let is_loaded = compiled.policy.is_some();
    let problem = (is_loaded != should).then(|| format!("should load: {should}"));
    problem.into_iter().collect()
}

fn result(name: &str, problems: &[String], compiled: &Compiled) -> Result<(), String> {
    if problems.is_empty() {
        return Ok(());
    }
    let (problems, found) = (problems.join("; "), mock::shown(compiled));
    Err(format!("{name}: {problems}; told: {found}"))
}

/// Whether what a test of the loader expects is among our diagnostics.
fn is_told(compiled: &Compiled, expected: &str) -> Result<(), String> {
    let codes = falco::code_of(expected).and_then(falco::codes);
    let codes = codes.ok_or_else(|| format!("nothing of ours is known to be {expected:?}"))?;
    // What a message names in quotes, ours must name, too.
    let named = expected.split('\'').nth(1).unwrap_or_default();
    let is_it = |found: &&Diagnostic| codes.contains(&found.code) && found.message.contains(named);
    let found = compiled.diagnostics.iter().find(is_it);
    found
        .map(|_| ())
        .ok_or_else(|| format!("{expected:?} is not told"))
}

/// Whether a diagnostic with the meaning of an assertion stands in the item that it names.
fn is_found(compiled: &Compiled, expected: &Value, files: &[SourceFile]) -> Result<(), String> {
    let (kind, code) = (text(expected, "kind"), text(expected, "Code"));
    let found = &compiled.diagnostics;
    if code.is_empty() {
        let wants_errors = kind.contains("Error");
        let is_there = found.iter().any(|found| found.is_error() == wants_errors);
        return is_there
            .then_some(())
            .ok_or_else(|| format!("{kind} expected"));
    }
    let codes =
        falco::codes(code).ok_or_else(|| format!("nothing of ours is known to be {code}"))?;
    let item = text(expected, "ItemName");
    let is_it = |found: &Diagnostic| codes.contains(&found.code) && stands_in(found, item, files);
    let is_there = found.iter().any(is_it);
    is_there
        .then_some(())
        .ok_or_else(|| format!("{code} of {item:?} is not told"))
}

/// Whether a diagnostic stands in an item of this name: on a line from one that has the name to the
/// next item. Falco tells of an appended part at the item that it was appended to, we where it is.
fn stands_in(found: &Diagnostic, item: &str, files: &[SourceFile]) -> bool {
    let text = files.iter().find(|file| file.name == found.file);
    let lines = text
        .map_or("", |file| file.text.as_str())
        .lines()
        .take(found.line);
    let mut current = String::new();
    for line in lines {
        if line.starts_with("- ") {
            current.clear();
        }
        current.push_str(line);
    }
    let uses = found.message.contains(item);
    current.contains(item) || uses
}

/// What conditions become once macros, lists and exceptions are put in.
fn conditions(case: &Value, policy: Option<&Policy>) -> Vec<String> {
    let expected = case.get("compiled_conditions").and_then(Value::as_object);
    let mut problems = Vec::new();
    for (name, theirs) in expected.into_iter().flatten() {
        let rule = policy.and_then(|policy| policy.rules().iter().find(|rule| rule.name() == name));
        let ours = rule.and_then(|rule| parse_condition(rule.condition_text()).ok());
        let ours = ours.map(|expr| format!("{expr:#}")).unwrap_or_default();
        if Some(ours.as_str()) != theirs.as_str() {
            problems.push(format!("{name} is {ours:?}, not {theirs}"));
        }
    }
    problems
}
