//! `nightlatch rules check`.

use std::process::ExitCode;

use nightlatch_engine::{Diagnostic, Severity, SourceFile, Untested, read_tests, untested};

use super::{RulesFile, counted, read};
use crate::arguments::{CheckOptions, Format};
use crate::terminal::{self, Terminal, complain};

/// What was found so far.
#[derive(Debug)]
struct Check {
    terminal: Terminal,
    format: Format,
    rules: usize,
    errors: usize,
    warnings: usize,
}

/// Checks rules files and the tests beside them; every problem of every file is shown.
pub(super) fn run(terminal: Terminal, options: &CheckOptions) -> ExitCode {
    let mut check = Check {
        terminal,
        format: options.format,
        rules: 0,
        errors: 0,
        warnings: 0,
    };
    for file in options.files.iter().flat_map(|path| read(path)) {
        match file {
            Ok(file) => check.file(&file),
            Err(error) => check.unread(&error),
        }
    }
    if options.format == Format::Text {
        let (rules, errors) = (counted(check.rules, "rule"), counted(check.errors, "error"));
        let warnings = counted(check.warnings, "warning");
        terminal::print_line(&format!("{rules}, {errors}, {warnings}"));
    }
    if check.errors == 0 && !(options.deny_warnings && check.warnings > 0) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Check {
    fn file(&mut self, file: &RulesFile) {
        self.show(&file.compiled.diagnostics, &file.source);
        let policy = file.compiled.policy.as_ref();
        self.rules += policy.map_or(0, |policy| policy.rules().len());
        match file.tests() {
            Some(Ok(source)) => {
                let tests = read_tests(policy, &source);
                self.show(&tests.diagnostics, &source);
                let missing = policy.map(|policy| untested(policy, &tests.tests));
                let missing = missing.iter().flatten();
                let missing: Vec<_> = missing.map(Untested::diagnostic).collect();
                self.show(&missing, &file.source);
            }
            Some(Err(error)) => self.unread(&error),
            // Whoever writes no tests at all need not be told for each rule.
            None => {}
        }
    }

    fn show(&mut self, diagnostics: &[Diagnostic], source: &SourceFile) {
        for diagnostic in diagnostics {
            let text = match self.format {
                Format::Text => diagnostic.render(&source.text, self.terminal.is_coloured()),
                Format::Json => serde_json::to_string(diagnostic).unwrap_or_default(),
            };
            terminal::print_line(&text);
            match diagnostic.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => {}
            }
        }
    }

    fn unread(&mut self, error: &str) {
        complain(&error);
        self.errors += 1;
    }
}
