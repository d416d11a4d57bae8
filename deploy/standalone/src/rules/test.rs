//! `nightlatch rules test`: runs the tests beside rules files.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use nightlatch_detector::Case;
use nightlatch_engine::{Diagnostic, Place, Policy, SourceFile, Test, read_tests, untested};

use super::{RulesFile, counted, junit, read, tree};
use crate::arguments::{TestFormat, TestOptions};
use crate::terminal::{self, Terminal, complain, harmless};

/// The tests of one rules file and how they went.
#[derive(Debug, Default)]
pub(super) struct Suite {
    /// The rules file.
    pub(super) name: String,
    pub(super) cases: Vec<Case>,
    /// What kept tests from being run, each ready to be shown.
    pub(super) problems: Vec<String>,
    /// How many rules the file has, and what tests they lack.
    rules: usize,
    untested: Vec<String>,
}

/// Runs the tests beside rules files.
pub(super) fn run(terminal: Terminal, options: &TestOptions) -> ExitCode {
    let suites: Vec<Suite> = options
        .files
        .iter()
        .flat_map(|path| suites(terminal, path))
        .collect();
    let is_good = suites.iter().all(Suite::is_good);
    if options.format == TestFormat::Junit || options.output.is_some() {
        let written = junit::report(&suites).and_then(|report| write(options, &report));
        if let Err(error) = written {
            return complain(&error);
        }
    }
    if options.format == TestFormat::Text || options.output.is_some() {
        print(terminal, &suites);
    }
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Writes the report to where it is wanted.
fn write(options: &TestOptions, report: &str) -> anyhow::Result<()> {
    if let Some(path) = &options.output {
        return std::fs::write(path, report).with_context(|| path.display().to_string());
    }
    terminal::print_line(report.trim_end());
    Ok(())
}

/// Runs the tests of the files that a path names; that there is none is a problem.
fn suites(terminal: Terminal, path: &Path) -> Vec<Suite> {
    let mut suites: Vec<Suite> = read(path)
        .into_iter()
        .map(|file| match file {
            Ok(file) => Suite::of(terminal, &file),
            Err(error) => Suite::broken(path, format!("error: {error}")),
        })
        .collect();
    let found = |suite: &Suite| !suite.cases.is_empty() || !suite.problems.is_empty();
    if !suites.iter().any(found) {
        let problem = format!(
            "error: {}: there are no tests; those of NAME.yaml are in NAME.test.yaml",
            path.display()
        );
        suites.push(Suite::broken(path, problem));
    }
    suites
}

impl Suite {
    fn broken(path: &Path, problem: String) -> Self {
        Self {
            name: path.display().to_string(),
            problems: vec![problem],
            ..Self::default()
        }
    }

    fn of(terminal: Terminal, file: &RulesFile) -> Self {
        let mut suite = Self {
            name: file.source.name.clone(),
            ..Self::default()
        };
        suite.show(terminal, &file.compiled.diagnostics, &file.source);
        let policy = file.compiled.policy.as_ref();
        match file.tests() {
            Some(Ok(source)) => {
                let tests = read_tests(policy, &source);
                suite.show(terminal, &tests.diagnostics, &source);
                suite.lacks(policy, &tests.tests);
                suite.cases = tests.tests.into_iter().map(Case::of).collect();
            }
            Some(Err(error)) => suite.problems.push(format!("error: {error}")),
            None => suite.lacks(policy, &[]),
        }
        suite
    }

    /// Keeps which tests the rules of a policy lack.
    fn lacks(&mut self, policy: Option<&Policy>, tests: &[Test<'_>]) {
        let Some(policy) = policy else { return };
        self.rules = policy.rules().len();
        let missing = untested(policy, tests).into_iter();
        let described = missing.map(|missing| {
            let Diagnostic {
                file,
                line,
                message,
                ..
            } = missing.diagnostic();
            format!("{file}:{line}: {message}")
        });
        self.untested = described.collect();
    }

    /// Keeps the errors of a file. Its warnings are for `rules check`.
    fn show(&mut self, terminal: Terminal, diagnostics: &[Diagnostic], source: &SourceFile) {
        let errors = diagnostics.iter().filter(|found| found.is_error());
        let rendered = errors.map(|error| error.render(&source.text, terminal.is_coloured()));
        self.problems.extend(rendered);
    }

    fn is_good(&self) -> bool {
        self.problems.is_empty() && self.failed() == 0
    }

    fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.passed).count()
    }
}

/// What a failing test has to say, a line each, without colour unless a terminal has it.
pub(super) fn lines(terminal: Terminal, case: &Case) -> Vec<String> {
    let rule = terminal.paint(terminal::TITLE, &harmless(&case.rule));
    let message = case.message.as_deref().unwrap_or_default();
    let mut lines = vec![format!("  {rule}: {message}")];
    match &case.explanation {
        Some(explanation) => lines.extend(tree::draw(terminal, explanation, 4)),
        None => lines.push("    the test has no event".to_owned()),
    }
    lines
}

fn print(terminal: Terminal, suites: &[Suite]) {
    for problem in suites.iter().flat_map(|suite| &suite.problems) {
        terminal::print_line(problem);
    }
    for case in suites.iter().flat_map(|suite| &suite.cases) {
        if !case.passed {
            let failed = terminal.paint(terminal::HIGH, "FAILED");
            let Place { file, line, .. } = &case.place;
            let name = harmless(&case.name);
            terminal::print_line(&format!("{failed} {file}:{line}: {name}"));
            for line in lines(terminal, case) {
                terminal::print_line(&line);
            }
        }
    }
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let (cases, failed) = (sum(|suite| suite.cases.len()), sum(Suite::failed));
    let untested = sum(|suite| suite.untested.len());
    if untested > 0 {
        terminal::print_line(&format!("{} lacking:", counted(untested, "test")));
    }
    for lack in suites.iter().flat_map(|suite| &suite.untested) {
        terminal::print_line(&format!("  {}", harmless(lack)));
    }
    terminal::print_line(&format!(
        "{} of {}: {} passed, {failed} failed, {}",
        counted(cases, "test"),
        counted(sum(|suite| suite.rules), "rule"),
        cases - failed,
        counted(sum(|suite| suite.problems.len()), "problem"),
    ));
}
