//! How a condition was written, part by part: kept beside the condition that runs, to explain it.

use std::sync::Arc;

use crate::diagnostic::Place;

/// A longer text of a part is cut, in characters.
const LONGEST: usize = 1000;

/// A part of a condition as it was written.
///
/// It has the shape of the [`Condition`](super::compile::Condition) that it became, but for macros:
/// there the name stands, and below it, as the one part, what the macro says.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    pub(crate) written: Written,
    /// The macro's name, when one stands here.
    pub(crate) expanded: Option<String>,
    pub(crate) parts: Vec<Outline>,
    /// The left side of a comparison.
    pub(crate) left: Option<Written>,
    /// The right side of a comparison, when it is another field.
    pub(crate) right: Option<Written>,
}

impl Outline {
    pub(crate) fn new(written: Written) -> Self {
        Self {
            written,
            expanded: None,
            parts: Vec::new(),
            left: None,
            right: None,
        }
    }
}

/// A piece of a text that conditions are read from.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) page: Arc<str>,
    /// In bytes of the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) file: Arc<str>,
    /// In the file, from 1.
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Written {
    /// The text on one line; one that is very long is cut.
    pub(crate) fn text(&self) -> String {
        let written = self.page.get(self.start..self.end);
        let text = one_line(written.unwrap_or_default());
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }

    pub(crate) fn place(&self) -> Place {
        let written = self.page.get(self.start..self.end).unwrap_or_default();
        let line = written.lines().next().unwrap_or_default();
        Place {
            file: self.file.to_string(),
            line: self.line,
            column: self.column,
            length: line.chars().count(),
        }
    }
}

/// Puts a text of a condition on one line: outside of quotes blanks and line breaks count for one
/// blank.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut quote = None;
    let mut before = ' ';
    for c in text.trim().chars() {
        match quote {
            None if c.is_ascii_whitespace() => {
                if !before.is_ascii_whitespace() {
                    line.push(' ');
                }
            }
            _ => line.push(c),
        }
        quote = match quote {
            None if matches!(c, '"' | '\'') => Some(c),
            Some(open) if open == c && before != '\\' => None,
            quote => quote,
        };
        before = c;
    }
    line
}
