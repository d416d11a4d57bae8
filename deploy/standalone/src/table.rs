//! Lines whose columns stand below each other.

use anstyle::Style;

use crate::terminal::{self, Terminal, harmless};

/// A text at a place of a line.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Option<Style>,
}

impl Cell {
    /// A text that may be from outside.
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            text: harmless(text),
            style: None,
        }
    }

    /// The same in a style.
    pub(crate) fn styled(style: Style, text: &str) -> Self {
        Self {
            style: Some(style),
            ..Self::plain(text)
        }
    }

    /// The label of a severity.
    pub(crate) fn severity(label: &str) -> Self {
        Self::styled(terminal::of_severity(label), label)
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn painted(&self, terminal: Terminal) -> String {
        match self.style {
            Some(style) => terminal.paint(style, &self.text),
            None => self.text.clone(),
        }
    }
}

/// Writes a line a row, indented by so many blanks.
pub(crate) fn lines(terminal: Terminal, indent: usize, rows: &[Vec<Cell>]) -> Vec<String> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &Vec<Cell>| {
        let mut line = " ".repeat(indent);
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str(&cell.painted(terminal));
            if at + 1 < row.len() {
                line.push_str(&" ".repeat(width - cell.width() + 2));
            }
        }
        line.truncate(line.trim_end().len());
        line
    };
    rows.iter().map(line).collect()
}
