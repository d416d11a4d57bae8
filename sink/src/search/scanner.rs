//! The characters of a query, and what is wrong at one of them.

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at character {position})")]
pub(crate) struct SyntaxError {
    /// The character it is at, counted from 1.
    pub(crate) position: usize,
    /// How many characters it is about; 0 when something is missing there.
    pub(crate) length: usize,
    /// What is wrong and what to do.
    pub(crate) problem: String,
    /// What may have been meant instead of those characters.
    pub(crate) suggestion: Option<String>,
}

/// A query on its way through the parser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns what is yet to be read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the place, in bytes.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Goes past `token`, if it is next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    /// Says whether `word` is next, as a word by itself.
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word);
        after.is_some_and(|after| after.is_empty() || after.starts_with(ends_bare))
    }

    /// Takes what stands before the next space or parenthesis.
    pub(super) fn take_bare(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends_bare).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Returns an error about the text from `start` to `end`, both in bytes.
    pub(super) fn error(
        &self,
        start: usize,
        end: usize,
        problem: impl Into<String>,
    ) -> SyntaxError {
        let count = |from: usize, to: usize| {
            let text = self.text.get(from..to.max(from));
            text.unwrap_or_default().chars().count()
        };
        SyntaxError {
            position: count(0, start) + 1,
            length: count(start, end),
            problem: problem.into(),
            suggestion: None,
        }
    }

    /// Returns an error about the place where it stands.
    pub(super) fn error_here(&self, problem: impl Into<String>) -> SyntaxError {
        self.error(self.at, self.at, problem)
    }
}

fn ends_bare(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')')
}
