//! `nightlatch rules check`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use nightlatch_engine::{PolicyKind, Severity, SourceFile, compile};

use crate::terminal::{self, complain};

/// Checks rules files; every problem of every file is shown.
pub(crate) fn check(files: &[PathBuf]) -> ExitCode {
    let colour = std::io::stdout().is_terminal();
    let (mut errors, mut warnings, mut rules) = (0, 0, 0);
    for file in files {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                complain(&format!("{}: {error}", file.display()));
                errors += 1;
                continue;
            }
        };
        let source = SourceFile {
            name: file.display().to_string(),
            text,
        };
        let compiled = compile(&source, PolicyKind::Custom);
        for diagnostic in &compiled.diagnostics {
            terminal::print_line(&diagnostic.render(&source.text, colour));
            match diagnostic.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
                Severity::Note => {}
            }
        }
        rules += compiled.policy.map_or(0, |policy| policy.rules().len());
    }
    terminal::print_line(&format!(
        "{rules} rules, {errors} errors, {warnings} warnings"
    ));
    if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
