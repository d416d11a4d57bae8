//! Rules that a detector refuses: its diagnostics, drawn as `rules check` draws them.

use nightlatch_engine::{Diagnostic, Severity, SourceFile, codes};
use serde::Deserialize;

use super::wish::{Rules, Wish};
use crate::client::Refusal;
use crate::terminal::{self, Terminal, complain};

/// A diagnostic as the API has it.
#[derive(Debug, Deserialize)]
struct Told {
    code: String,
    severity: String,
    file: String,
    line: usize,
    column: usize,
    length: usize,
    message: String,
    help: Option<String>,
}

/// Shows what is wrong; false when there is no more than a sentence on it.
pub(super) fn show(terminal: Terminal, wish: &Wish, refusal: &Refusal) -> bool {
    let told = Vec::<Told>::deserialize(&refusal.problem["diagnostics"]).unwrap_or_default();
    for told in &told {
        if let (Some(file), Some(mut diagnostic)) = (file(wish, &told.file), diagnostic(told)) {
            diagnostic.file.clone_from(&file.name);
            let text = diagnostic.render(&file.text, terminal.is_coloured());
            terminal::print_line(&text);
        } else {
            // The place is one in a text that the detector made of the tuning, or the code is one
            // that is not known here yet.
            let help = told.help.iter().map(|help| format!(" ({help})"));
            let (id, code, message) = (&wish.id, &told.code, &told.message);
            let help: String = help.collect();
            complain(&format!("{id}: {code} {message}{help}"));
        }
    }
    !told.is_empty()
}

/// The file that the detector means; it names files after the policy.
fn file<'w>(wish: &'w Wish, name: &str) -> Option<&'w SourceFile> {
    let Rules { text, tests } = wish.rules.as_ref()?;
    match name.strip_prefix(&wish.id)? {
        ".yaml" => Some(text),
        ".test.yaml" => tests.as_ref(),
        _ => None,
    }
}

fn diagnostic(told: &Told) -> Option<Diagnostic> {
    let (code, _) = codes().find(|(code, _)| *code == told.code)?;
    let severity = match told.severity.as_str() {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => Severity::Note,
    };
    Some(Diagnostic {
        code,
        severity,
        file: told.file.clone(),
        line: told.line,
        column: told.column,
        length: told.length,
        message: told.message.clone(),
        help: told.help.clone(),
    })
}
