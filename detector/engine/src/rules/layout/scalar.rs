//! Lays a single value out: on the line of its key, or as a block below it.

use super::super::yaml::{Node, Style, Value};
use super::condition::Layout;
use super::page::Page;
use super::{WIDTH, order};

/// A value as it will be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Laid {
    /// What stands behind the key.
    pub(super) head: String,
    /// The lines below, indented.
    pub(super) below: Vec<String>,
}

impl Laid {
    fn flat(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            below: Vec::new(),
        }
    }
}

/// Lays out the value of a key that stands `indent` in.
pub(super) fn lay_out(page: &Page<'_>, key: &str, node: &Node, indent: usize) -> Laid {
    let Value::Scalar(text, style) = &node.value else {
        return Laid::default();
    };
    let room = WIDTH.saturating_sub(indent + key.chars().count() + 2);
    let inner = indent + 2;
    if order::is_condition(key)
        && let Some(layout) = Layout::read(text)
    {
        let flat = layout.flat();
        if is_plain(&flat) && flat.chars().count() <= room {
            return Laid::flat(flat);
        }
        let lines = layout.lines(WIDTH - inner);
        return Laid {
            head: ">".to_owned(),
            below: indented(lines, inner),
        };
    }
    let written = page.written(page.start(node), page.end(node));
    let is_one_line = !written.contains('\n');
    if is_one_line && (written.chars().count() <= room || !order::is_prose(key)) {
        return Laid::flat(written);
    }
    let is_long = |line: &str| inner + line.trim().chars().count() > WIDTH;
    let is_block = matches!(style, Style::Literal | Style::Folded);
    if order::is_prose(key)
        && (!is_block || written.lines().skip(1).any(is_long))
        && let Some(words) = words(text)
    {
        let head = match style {
            Style::Folded => header(&written),
            Style::Literal if text.ends_with('\n') => ">".to_owned(),
            _ => ">-".to_owned(),
        };
        return Laid {
            head,
            below: indented(filled(&words, WIDTH - inner), inner),
        };
    }
    match style {
        Style::Literal | Style::Folded => moved(&written, inner),
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => {
            let mut lines = written.lines().map(str::trim);
            let head = lines.next().unwrap_or_default().to_owned();
            let below = lines.map(str::to_owned).collect();
            Laid {
                head,
                below: indented(below, inner),
            }
        }
    }
}

/// Writes a single value so that it can stand in brackets; `None` when it cannot.
pub(super) fn in_brackets(page: &Page<'_>, node: &Node) -> Option<String> {
    let Value::Scalar(text, style) = &node.value else {
        return None;
    };
    let written = page.written(page.start(node), page.end(node));
    match style {
        Style::Plain => {
            let special = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}' | '\n');
            (!text.is_empty() && !text.contains(special)).then(|| text.clone())
        }
        Style::SingleQuoted | Style::DoubleQuoted => (!written.contains('\n')).then_some(written),
        Style::Literal | Style::Folded => None,
    }
}

/// Tells whether a condition can stand behind its key without quotes.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !text.contains(|c: char| c.is_control())
        && !matches!(
            text,
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        )
}

/// The words of a text that can be broken at any blank; `None` when its blanks mean something.
fn words(text: &str) -> Option<Vec<&str>> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let plain = !text.contains(|c: char| c.is_control());
    let words: Vec<&str> = text.split(' ').collect();
    (plain && words.iter().all(|word| !word.is_empty())).then_some(words)
}

/// The first line of a block, without its comment.
fn header(written: &str) -> String {
    let line = written.lines().next().unwrap_or_default();
    let end = line
        .find(|c: char| c.is_whitespace() || c == '#')
        .unwrap_or(line.len());
    line.get(..end).unwrap_or_default().to_owned()
}

fn filled(words: &[&str], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push((*word).to_owned()),
        }
    }
    lines
}

/// A block as it is, moved to where it belongs.
fn moved(written: &str, indent: usize) -> Laid {
    let lines: Vec<&str> = written.lines().skip(1).collect();
    let depth = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let solid = lines.iter().filter(|line| !line.trim().is_empty());
    let least = solid.map(depth).min().unwrap_or_default();
    let line = |line: &&str| match line.get(least..) {
        Some(rest) if !rest.is_empty() => format!("{}{rest}", " ".repeat(indent)),
        _ => String::new(),
    };
    Laid {
        head: header(written),
        below: lines.iter().map(line).collect(),
    }
}

fn indented(lines: Vec<String>, indent: usize) -> Vec<String> {
    let line = |line: String| {
        if line.is_empty() {
            line
        } else {
            format!("{}{line}", " ".repeat(indent))
        }
    };
    lines.into_iter().map(line).collect()
}
