//! The lexer. What a character means depends on what may stand there (`a.b = not` compares with the
//! text `not`), so the parser asks for one kind of token at a time and gets it with its place, or
//! nothing and stays where it was.

use super::ast::{Span, Word};
use super::parse::SyntaxError;

/// A place in a condition from which tokens are read.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Which of a rule's texts it is.
    source: usize,
    at: usize,
    /// Where the last token that was read stands, for messages.
    last: (usize, usize),
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, source: usize) -> Self {
        Self {
            text,
            source,
            at: 0,
            last: (0, 0),
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn last_token(&self) -> &'t str {
        self.text.get(self.last.0..self.last.1).unwrap_or_default()
    }

    pub(super) fn span_from(&self, start: usize) -> Span {
        Span {
            text: self.source,
            start,
            end: self.at.max(start),
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes past blanks; tells whether there was one.
    pub(super) fn blank(&mut self) -> bool {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\u{8}' | '\r' | '\n');
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(blank).len();
        self.at += length;
        length > 0
    }

    /// Reads exactly this text.
    pub(super) fn exactly(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.take(token.len());
        }
        found
    }

    /// Reads `not` and the blanks that must follow it.
    pub(super) fn not(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix("not") else {
            return false;
        };
        let space = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
        let blanks = rest.len() - rest.trim_start_matches(space).len();
        if blanks > 0 {
            self.take("not".len() + blanks);
        }
        blanks > 0
    }

    /// Reads a name: a letter, then letters, digits and `_`.
    pub(super) fn identifier(&mut self) -> Option<&'t str> {
        match name_length(self.rest()) {
            0 => None,
            length => Some(self.take(length)),
        }
    }

    /// Reads names joined by dots: at least two.
    pub(super) fn field_name(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let mut length = name_length(rest);
        let mut parts = usize::from(length > 0);
        while parts > 0 {
            let tail = rest.get(length..).and_then(|tail| tail.strip_prefix('.'));
            match tail.map_or(0, name_length) {
                0 => break,
                part => (length, parts) = (length + 1 + part, parts + 1),
            }
        }
        (parts > 1).then(|| self.take(length))
    }

    /// Reads a number: hexadecimal or decimal, with sign, fraction and exponent.
    pub(super) fn number(&mut self) -> Option<Word> {
        let rest = self.rest();
        let length = hex_length(rest).or_else(|| decimal_length(rest))?;
        Some(self.bare_word(length))
    }

    /// Reads a value without quotes.
    pub(super) fn bare(&mut self) -> Option<Word> {
        self.until(ends_bare)
    }

    /// Reads a field's argument without quotes.
    pub(super) fn bare_argument(&mut self) -> Option<Word> {
        self.until(|c| matches!(c, '[' | ']' | '"' | '\'') || is_space(c))
    }

    /// Reads a value in quotes. It ends at the first such quote that no backslash stands before.
    pub(super) fn quoted(&mut self) -> Result<Option<Word>, SyntaxError> {
        let Some(quote) = self
            .rest()
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
        else {
            return Ok(None);
        };
        let start = self.at;
        let mut before = '\\';
        let end = self.rest().char_indices().find_map(|(at, c)| {
            let closes = c == quote && before != '\\';
            before = c;
            closes.then_some(at)
        });
        let Some(end) = end else { return Ok(None) };
        let inside = self.rest().get(1..end).unwrap_or_default();
        self.take(end + 1);
        let bytes = unescape(inside, quote).map_err(|message| SyntaxError {
            at: self.at,
            message,
            help: None,
        })?;
        Ok(Some(Word {
            bytes,
            quoted: true,
            span: self.span_from(start),
        }))
    }

    fn until(&mut self, stop: impl Fn(char) -> bool) -> Option<Word> {
        let rest = self.rest();
        match rest.find(stop).unwrap_or(rest.len()) {
            0 => None,
            length => Some(self.bare_word(length)),
        }
    }

    fn bare_word(&mut self, length: usize) -> Word {
        let start = self.at;
        let bytes = self.take(length).as_bytes().to_vec();
        Word {
            bytes,
            quoted: false,
            span: self.span_from(start),
        }
    }

    fn take(&mut self, length: usize) -> &'t str {
        self.last = (self.at, self.at + length);
        self.at += length;
        self.last_token()
    }
}

/// Tells whether a value can stand without quotes.
pub(crate) fn is_bare(text: &str) -> bool {
    !text.is_empty() && !text.contains(ends_bare)
}

fn ends_bare(c: char) -> bool {
    matches!(c, '(' | ')' | '"' | '\'' | '=' | ',') || is_space(c)
}

/// What ends a value without quotes, besides punctuation: POSIX's `[:space:]`.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// The length of the name at the start of a text.
fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

fn digits_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len())
}

fn hex_length(text: &str) -> Option<usize> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    let length = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    (length > 0).then_some(2 + length)
}

fn decimal_length(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits_length(unsigned);
    if whole == 0 {
        return None;
    }
    let tail = |length: usize| unsigned.get(length..).unwrap_or_default();
    let mut length = whole;
    if tail(length).starts_with('.') {
        length += 1;
        length += digits_length(tail(length));
    }
    let exponent = tail(length)
        .strip_prefix(['e', 'E'])
        .and_then(|rest| rest.strip_prefix(['+', '-']));
    match exponent.map_or(0, digits_length) {
        0 => {}
        digits => length += 2 + digits,
    }
    Some(text.len() - unsigned.len() + length)
}

/// Resolves the escapes within quotes.
fn unescape(text: &str, quote: char) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            push(&mut bytes, c);
            continue;
        }
        match rest.next() {
            None => {}
            Some('b') => bytes.push(8),
            Some('f') => bytes.push(12),
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            // A blank after a backslash is dropped: rules written for old versions of Falco have
            // it.
            Some('\\' | ' ') => bytes.push(b'\\'),
            Some('/') => bytes.push(b'/'),
            Some('x') => bytes.push(hex_escape(&mut rest)?),
            Some(c @ ('"' | '\'')) if c == quote => push(&mut bytes, c),
            Some(c @ ('"' | '\'')) => return Err(format!("invalid escape \\{c} within {quote}")),
            Some(c) => return Err(format!("unsupported escape \\{c}")),
        }
    }
    Ok(bytes)
}

fn hex_escape(rest: &mut std::str::Chars<'_>) -> Result<u8, String> {
    let digit = |c: Option<char>| {
        c.and_then(|c| c.to_digit(16))
            .and_then(|d| u8::try_from(d).ok())
    };
    match (digit(rest.next()), digit(rest.next())) {
        (Some(high), Some(low)) => Ok(high * 16 + low),
        _ => Err("the escape \\x needs two hexadecimal digits".to_owned()),
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
