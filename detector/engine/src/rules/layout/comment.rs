//! Finds the comments of a file, and whatever else stands between its values.

use std::collections::BTreeMap;

use super::super::yaml::{Node, Style, Value};
use super::extent;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// Where its `#` stands, in characters of the file.
    pub(super) at: usize,
    /// With its `#`; or `---`, which begins a document.
    pub(super) text: String,
    /// Whether nothing stands before it on its line.
    pub(super) alone: bool,
    /// Whether the line before is blank.
    pub(super) apart: bool,
    /// How far from the start of the line.
    pub(super) column: usize,
}

impl Comment {
    pub(super) fn end(&self) -> usize {
        self.at + self.text.chars().count()
    }
}

/// What stands between the values of a file.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// The comments in their order.
    pub(super) comments: Vec<Comment>,
    /// Where the `|` or `>` of each block stands, by where its text begins.
    pub(super) headers: BTreeMap<usize, usize>,
}

type Found<T> = Result<T, (usize, &'static str)>;

/// Looks through all that is no value. The error is something that is neither a comment nor YAML's
/// plain punctuation.
pub(super) fn find(characters: &[char], documents: &[Node]) -> Found<Between> {
    let mut scalars = Vec::new();
    for document in documents {
        gather(characters, document, &mut scalars);
    }
    scalars.sort_unstable_by_key(|scalar| scalar.0);
    let mut finder = Finder {
        characters,
        at: 0,
        found: Between::default(),
        has_begun: false,
    };
    for (start, end, style) in scalars {
        let is_block = matches!(style, Style::Literal | Style::Folded);
        finder.gap(start, is_block)?;
        finder.scalar(start, end)?;
    }
    finder.gap(characters.len(), false)?;
    Ok(finder.found)
}

fn gather(characters: &[char], node: &Node, scalars: &mut Vec<(usize, usize, Style)>) {
    match &node.value {
        Value::Scalar(_, style) => {
            scalars.push((node.start, extent::end(characters, node), *style));
        }
        Value::Sequence(items) => {
            for item in items {
                gather(characters, item, scalars);
            }
        }
        Value::Mapping(pairs) => {
            for (key, value) in pairs {
                gather(characters, key, scalars);
                gather(characters, value, scalars);
            }
        }
    }
}

struct Finder<'c> {
    characters: &'c [char],
    at: usize,
    found: Between,
    /// Whether a value was passed.
    has_begun: bool,
}

impl Finder<'_> {
    fn peek(&self, offset: usize) -> Option<char> {
        self.characters.get(self.at + offset).copied()
    }

    /// Goes on to `end`, where a value or, if `block` says so, the text of a block begins.
    fn gap(&mut self, end: usize, block: bool) -> Found<()> {
        while self.at < end {
            let before = self
                .at
                .checked_sub(1)
                .and_then(|at| self.characters.get(at));
            let starts_line = before.is_none_or(|c| *c == '\n');
            let is_mark = |c: char| (0..3).all(|offset| self.peek(offset) == Some(c));
            match self.peek(0) {
                Some('#') if before.is_none_or(|c| c.is_whitespace()) => self.comment(),
                Some('-') if starts_line && is_mark('-') => {
                    if self.has_begun || !self.found.comments.iter().all(|comment| comment.alone) {
                        return Err((self.at, "a second document"));
                    }
                    self.push(self.at, "---".to_owned());
                    self.at += 3;
                }
                Some('-' | ':' | ',' | '[' | ']' | '{' | '}') => self.at += 1,
                Some(c) if c.is_whitespace() => self.at += 1,
                Some('|' | '>') if block => self.header(end),
                Some('&' | '*') => return Err((self.at, "a value with an anchor")),
                Some('!') => return Err((self.at, "a value with a tag")),
                _ => return Err((self.at, "what stands here")),
            }
        }
        Ok(())
    }

    /// Goes past what stands behind the `|` or `>` of a block, but for a comment.
    fn header(&mut self, start: usize) {
        self.found.headers.insert(start, self.at);
        self.at += 1;
        while matches!(self.peek(0), Some('+' | '-' | '0'..='9')) {
            self.at += 1;
        }
    }

    /// Goes past a value.
    fn scalar(&mut self, start: usize, end: usize) -> Found<()> {
        self.has_begun |= end > start;
        match self.peek(0) {
            Some('&') if end > start => return Err((start, "a value with an anchor")),
            Some('!') if end > start => return Err((start, "a value with a tag")),
            _ => {}
        }
        self.at = self.at.max(end);
        Ok(())
    }

    fn comment(&mut self) {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
        let text: String = rest.iter().take(length).collect();
        self.push(self.at, text.trim_end().to_owned());
        self.at += length;
    }

    fn push(&mut self, at: usize, text: String) {
        let before = self.characters.get(..at).unwrap_or_default();
        let column = before.iter().rev().take_while(|c| **c != '\n').count();
        let (above, line) = before.split_at(at - column);
        let mut lines = above.rsplit(|c| *c == '\n').skip(1);
        let is_blank = |line: &[char]| line.iter().all(|c| c.is_whitespace());
        self.found.comments.push(Comment {
            at,
            text,
            alone: is_blank(line),
            apart: lines.next().is_some_and(is_blank),
            column,
        });
    }
}
