//! The one layout of rules files: what `nightlatch rules fmt` writes.
//!
//! Keys stand in one order, one blank line between items, lists in brackets or an item a line by
//! their length, conditions with `and` and `or` at the starts of lines when they are longer than one.
//! Nothing is lost and nothing changes its meaning: `proof` sees to it, or the file is left alone.

use super::SourceFile;
use super::report::Report;
use super::yaml::{self, Node, Value};
use crate::diagnostic::{Diagnostic, Place};
use crate::policy::PolicyKind;

mod comment;
mod condition;
mod extent;
mod item;
mod order;
mod page;
mod proof;
mod scalar;

/// The longest line that is written, where it can be broken.
const WIDTH: usize = 100;

/// Why a file is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The file does not compile; all that is wrong with it.
    #[error("the file has errors, mend them first")]
    Broken(Vec<Diagnostic>),
    /// The file uses YAML that is not laid out anew.
    #[error("{}: {what} cannot be laid out without risk", .place)]
    Unusual {
        /// Where.
        place: Place,
        /// What.
        what: &'static str,
    },
    /// The result would not be the same rules; a defect of the layout, never of the file.
    #[error("the result would differ from the file: {0}")]
    Unproven(String),
}

/// Lays a rules file out anew.
///
/// # Errors
/// A file that cannot be laid out safely is refused, with the reason.
pub fn format(file: &SourceFile) -> Result<String, FormatError> {
    let before = super::compile(file, PolicyKind::Custom);
    if before.policy.is_none() {
        return Err(FormatError::Broken(before.diagnostics));
    }
    let formatted = lay_out(file)?;
    proof::prove(file, &before, &formatted)?;
    Ok(formatted)
}

fn lay_out(file: &SourceFile) -> Result<String, FormatError> {
    let report = Report::new(std::slice::from_ref(file));
    let unusual = |at: usize, what| FormatError::Unusual {
        place: report.place((at, 0)),
        what,
    };
    let documents = yaml::read(&file.text, 0).map_err(|error| unusual(error.at, "this YAML"))?;
    let items: &[Node] = match documents.as_slice() {
        [] => &[],
        [document] if document.is_null() => &[],
        [document] => match &document.value {
            Value::Sequence(items) => items,
            _ => return Err(unusual(document.start, "what is no list")),
        },
        [_, second, ..] => return Err(unusual(second.start, "a second document")),
    };
    let characters = report.characters();
    let between = comment::find(characters, &documents).map_err(|(at, what)| unusual(at, what))?;
    Ok(item::file(&page::Page::new(characters, between), items))
}
