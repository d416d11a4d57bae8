//! Runs the engine, strict, against cases that Falco itself has answered:
//! `cargo run --release -p nightlatch-engine --example conformance -- FILE…`.
//!
//! A file has one JSON object a line; what kind of case it is its keys tell. Prints how many passed
//! of each file, how far trees, offsets and warnings agree, what cannot apply, and each failure. Ends
//! with 1 when one failed, and when a file held no case at all.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

mod condition;
mod falco;
mod loading;
mod mock;
mod verdict;

/// What came of the cases.
#[derive(Debug, Default)]
pub(crate) struct Score {
    passed: usize,
    failures: Vec<String>,
    /// Equal and different, for what no case fails on.
    trees: (usize, usize),
    offsets: (usize, usize),
    warnings: (usize, usize),
    /// Verdicts of the default mode beside those of the strict one.
    modes: (usize, usize),
    /// What is equal in nothing but the verdict.
    differences: Vec<String>,
    /// Why a case cannot apply.
    inapplicable: Vec<String>,
}

impl Score {
    /// Notes how a case went.
    pub(crate) fn case(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(failure) => self.failures.push(failure),
        }
    }

    fn add(&mut self, other: Self) {
        let pairs = [
            (&mut self.trees, other.trees),
            (&mut self.offsets, other.offsets),
            (&mut self.warnings, other.warnings),
            (&mut self.modes, other.modes),
        ];
        for (sum, more) in pairs {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
        self.failures.extend(other.failures);
        self.differences.extend(other.differences);
        self.inapplicable.extend(other.inapplicable);
    }
}

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        say("usage: conformance FILE…");
        return ExitCode::from(64);
    }
    let mut whole = Score::default();
    for file in &files {
        let name = Path::new(file)
            .file_name()
            .map_or(file.as_str().into(), |n| n.to_string_lossy());
        let score = match std::fs::read_to_string(file) {
            Ok(text) => score(&name, &text),
            Err(error) => failed(format!("{file}: {error}")),
        };
        say(&format!(
            "{name}: {} passed, {} failed",
            score.passed,
            score.failures.len()
        ));
        whole.add(score);
    }
    report(&whole);
    if whole.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn failed(failure: String) -> Score {
    Score {
        failures: vec![failure],
        ..Score::default()
    }
}

fn score(name: &str, text: &str) -> Score {
    let mut score = Score::default();
    for (number, line) in (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
    {
        match serde_json::from_str::<Value>(line) {
            Ok(case) => judge(&case, &mut score),
            Err(error) => score.case(Err(format!("{name}:{number}: {error}"))),
        }
    }
    if score.passed + score.failures.len() + score.inapplicable.len() == 0 {
        score.case(Err(format!("{name}: no case")));
    }
    score
}

/// Tells the kinds of cases apart by what they hold.
fn judge(case: &Value, score: &mut Score) {
    let has = |key: &str| case.get(key).is_some();
    if has("documents") {
        loading::document(case, score);
    } else if has("files") {
        loading::files(case, score);
    } else if has("event") {
        verdict::okta(case, score);
    } else if has("ok") {
        condition::okta(case, score);
    } else if has("should_compile") {
        condition::compiles(case, score);
    } else if has("expected") {
        verdict::boolean(case, score);
    } else if has("should_parse") {
        condition::parses(case, score);
    } else {
        score.case(Err(format!("a case of no known kind: {case}")));
    }
}

fn report(score: &Score) {
    for (what, (equal, different)) in [
        ("ast", score.trees),
        ("offset", score.offsets),
        ("warnings", score.warnings),
        ("default mode", score.modes),
    ] {
        say(&format!("{what}: {equal} equal, {different} different"));
    }
    for (heading, lines) in [
        ("different", &score.differences),
        ("cannot apply", &score.inapplicable),
        ("FAILED", &score.failures),
    ] {
        for line in lines {
            say(&format!("{heading}: {line}"));
        }
    }
}

fn say(line: &str) {
    // A reader that went away is no reason to fail.
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// A text of a case; empty when it has none.
pub(crate) fn text<'c>(case: &'c Value, key: &str) -> &'c str {
    case.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A yes or no of a case; no when it has none.
pub(crate) fn is(case: &Value, key: &str) -> bool {
    case.get(key).and_then(Value::as_bool) == Some(true)
}

/// The elements of a list of a case.
pub(crate) fn items<'c>(case: &'c Value, key: &str) -> impl Iterator<Item = &'c Value> {
    case.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
