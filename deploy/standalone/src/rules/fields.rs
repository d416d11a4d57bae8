//! `nightlatch rules fields`: what conditions and outputs can name.

use std::process::ExitCode;

use nightlatch_engine::{Field, fields};

use crate::arguments::{FieldsOptions, Format};
use crate::terminal::{self, Terminal, complain};

/// Lists the fields, or those that have a word in them.
pub(super) fn run(terminal: Terminal, options: &FieldsOptions) -> ExitCode {
    let word = options.word.as_deref().unwrap_or_default().to_lowercase();
    let has_word = |field: &&Field| {
        let texts = [field.name, field.doc];
        texts.iter().any(|text| text.to_lowercase().contains(&word))
    };
    let found: Vec<&Field> = fields().iter().filter(has_word).collect();
    if found.is_empty() {
        return complain(&format!("no field has `{word}` in its name or meaning"));
    }
    let width = found.iter().map(|field| usage(field).len()).max();
    for field in found {
        let text = match options.format {
            Format::Text => described(terminal, field, width.unwrap_or_default()),
            Format::Json => serde_json::to_string(field).unwrap_or_default(),
        };
        if !terminal::print_line(&text) {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// The name, and what stands in brackets after it.
fn usage(field: &Field) -> String {
    format!("{}{}", field.name, field.argument.usage())
}

fn described(terminal: Terminal, field: &Field, width: usize) -> String {
    let usage = usage(field);
    let name = terminal.paint(terminal::TITLE, &usage);
    let pad = " ".repeat(width.saturating_sub(usage.len()));
    let indent = " ".repeat(width);
    let more = format!("from {}; such as {}", field.place(), field.example);
    let more = terminal.paint(terminal::INFO, &more);
    format!(
        "{name}{pad}  {:<8}  {}\n{indent}  {:<8}  {more}",
        field.type_name(),
        field.doc,
        ""
    )
}
