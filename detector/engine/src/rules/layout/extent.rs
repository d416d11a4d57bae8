//! Where single values end. The parser counts to some of them what stands behind them: blank lines to a
//! block, blanks and a comment to what is in quotes.

use super::super::yaml::{Node, Style, Value};

/// Where a single value ends, in characters of the file. Of a list or a mapping, nothing is known
/// here.
pub(super) fn end(characters: &[char], node: &Node) -> usize {
    let written = characters
        .get(node.start..node.start + node.length)
        .unwrap_or_default();
    let length = match &node.value {
        Value::Scalar(_, Style::DoubleQuoted) => closing(written, '"'),
        Value::Scalar(_, Style::SingleQuoted) => closing(written, '\''),
        _ => None,
    };
    let blanks = || written.iter().rev().take_while(|c| c.is_whitespace());
    node.start + length.unwrap_or_else(|| written.len() - blanks().count())
}

/// How long a text in quotes is. Within double ones a backslash writes the character behind it,
/// within single ones two of them write one.
fn closing(written: &[char], quote: char) -> Option<usize> {
    let mut rest = written.iter().enumerate().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if *c == '\\' && quote == '"' {
            rest.next();
        } else if *c == quote {
            let is_written = quote == '\'' && rest.next_if(|(_, c)| **c == quote).is_some();
            if !is_written {
                return Some(at + 1);
            }
        }
    }
    None
}
