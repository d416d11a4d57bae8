//! Reads JSON (RFC 8259) into a table: one pass, no recursion, everything checked.

use super::super::MAX_DEPTH;
use super::plain::end_of_plain;
use super::{Entry, Kind, Span, Table, UNESCAPED};

/// Why a text is no JSON that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What was expected, and at which byte.
    Syntax(&'static str, usize),
    /// Arrays and objects are nested too deep.
    TooDeep,
}

/// Reads a text that holds one value.
pub(super) fn read(text: &str, table: &mut Table) -> Result<(), Refusal> {
    // The upper half of an offset is for unescaped strings.
    if text.len() >= UNESCAPED as usize {
        return Err(Refusal::Syntax("at most 2 GiB", UNESCAPED as usize));
    }
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        table,
    };
    reader.document()
}

struct Reader<'r> {
    text: &'r str,
    bytes: &'r [u8],
    at: usize,
    table: &'r mut Table,
}

/// The arrays and objects that are open: what they are, and their places in the table.
struct Open {
    outer: [(Kind, u32); MAX_DEPTH],
    depth: usize,
    /// What the innermost one is; none of either when nothing is open.
    innermost: Kind,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Refusal> {
        let mut open = Open {
            outer: [(Kind::Null, 0); MAX_DEPTH],
            depth: 0,
            innermost: Kind::Null,
        };
        let mut key = Span::default();
        loop {
            let is_filled = self.value(key, &mut open)?;
            if is_filled && !self.another(&mut open)? {
                break;
            }
            key = match open.innermost {
                Kind::Object => self.key()?,
                _ => Span::default(),
            };
        }
        match self.token() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// Reads a value, of an array or an object only its beginning unless it is empty; tells whether
    /// it is complete.
    fn value(&mut self, key: Span, open: &mut Open) -> Result<bool, Refusal> {
        let token = self.token();
        let start = self.at;
        let (kind, value) = match token {
            Some(b'"') => (Kind::String, self.string()?),
            Some(b'{') => return self.begin(Kind::Object, b'}', key, open),
            Some(b'[') => return self.begin(Kind::Array, b']', key, open),
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                (Kind::Number, self.since(start))
            }
            Some(b't') => (Kind::Boolean, self.word("true")?),
            Some(b'f') => (Kind::Boolean, self.word("false")?),
            Some(b'n') => (Kind::Null, self.word("null")?),
            _ => return Err(self.expected("a value")),
        };
        self.push(kind, key, value);
        Ok(true)
    }

    fn begin(
        &mut self,
        kind: Kind,
        closing: u8,
        key: Span,
        open: &mut Open,
    ) -> Result<bool, Refusal> {
        let place = self.place();
        let start = self.at;
        self.at += 1;
        self.push(kind, key, self.since(start));
        open.push(kind, place)?;
        if self.token() != Some(closing) {
            return Ok(false);
        }
        self.end(open);
        Ok(true)
    }

    /// Ends the innermost array or object with the bracket that stands here.
    fn end(&mut self, open: &mut Open) {
        self.at += 1;
        let (next, end) = (self.place(), offset(self.at));
        if let Some(entry) = open
            .pop()
            .and_then(|at| self.table.values.get_mut(at as usize))
        {
            entry.next = next;
            entry.value.end = end;
        }
    }

    /// Goes on after a value: ends what ends here; tells whether there is another value.
    fn another(&mut self, open: &mut Open) -> Result<bool, Refusal> {
        loop {
            if open.depth == 0 {
                return Ok(false);
            }
            match (self.token(), open.innermost) {
                (Some(b','), _) => {
                    self.at += 1;
                    return Ok(true);
                }
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => self.end(open),
                (_, Kind::Object) => return Err(self.expected("`,` or `}`")),
                _ => return Err(self.expected("`,` or `]`")),
            }
        }
    }

    fn key(&mut self) -> Result<Span, Refusal> {
        if self.token() != Some(b'"') {
            return Err(self.expected("a key in quotes"));
        }
        let key = self.string()?;
        if self.token() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok(key)
    }

    /// Reads the string whose opening quote stands here.
    #[inline]
    fn string(&mut self) -> Result<Span, Refusal> {
        self.at += 1;
        let start = self.at;
        self.at = end_of_plain(self.bytes, start);
        match self.byte() {
            Some(b'"') => {
                let span = self.since(start);
                self.at += 1;
                Ok(span)
            }
            Some(b'\\') => self.escaped(start),
            _ => Err(self.expected("a character of a string")),
        }
    }

    /// Reads on at the first escape of a string. Kept out of the way of all other strings.
    #[inline(never)]
    fn escaped(&mut self, start: usize) -> Result<Span, Refusal> {
        let begin = self.table.unescaped.len();
        let mut plain = start;
        loop {
            let text = self.text.get(plain..self.at).unwrap_or_default();
            self.table.unescaped.push_str(text);
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let c = self.escape()?;
                    self.table.unescaped.push(c);
                }
                _ => return Err(self.expected("a character of a string")),
            }
            plain = self.at;
            self.at = end_of_plain(self.bytes, plain);
        }
        self.at += 1;
        // No longer than the text, since no escape is shorter than what it stands for.
        Ok(Span {
            start: offset(begin) | UNESCAPED,
            end: offset(self.table.unescaped.len()),
        })
    }

    /// Reads the escape that begins here.
    fn escape(&mut self) -> Result<char, Refusal> {
        self.at += 1;
        let c = match self.byte() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(c)
    }

    /// Reads what follows the backslash of `\uXXXX`, and the other half of a pair of surrogates.
    fn unicode(&mut self) -> Result<char, Refusal> {
        let first = self.hex()?;
        if let 0xD800..=0xDBFF = first
            && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
        {
            let back = self.at;
            self.at += 1;
            let second = self.hex()?;
            if let 0xDC00..=0xDFFF = second {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads `uXXXX`.
    fn hex(&mut self) -> Result<u32, Refusal> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.expected("four hex digits"))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<(), Refusal> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.expected("a digit"));
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<Span, Refusal> {
        let start = self.at;
        if self.bytes.get(start..start + word.len()) != Some(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(self.since(start))
    }

    /// Passes over blanks; returns what follows.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                // Mostly there are none.
                Some(byte) if byte > b' ' => return Some(byte),
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other,
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn since(&self, start: usize) -> Span {
        Span {
            start: offset(start),
            end: offset(self.at),
        }
    }

    /// The place in the table of what is read next.
    fn place(&self) -> u32 {
        offset(self.table.values.len())
    }

    fn push(&mut self, kind: Kind, key: Span, value: Span) {
        let next = self.place() + 1;
        self.table.values.push(Entry {
            kind,
            key,
            value,
            next,
        });
    }

    #[cold]
    fn expected(&self, what: &'static str) -> Refusal {
        Refusal::Syntax(what, self.at)
    }
}

impl Open {
    fn push(&mut self, kind: Kind, place: u32) -> Result<(), Refusal> {
        let level = self.outer.get_mut(self.depth).ok_or(Refusal::TooDeep)?;
        *level = (self.innermost, place);
        self.innermost = kind;
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost one; returns its place.
    fn pop(&mut self) -> Option<u32> {
        self.depth = self.depth.checked_sub(1)?;
        let (outer, place) = *self.outer.get(self.depth)?;
        self.innermost = outer;
        Some(place)
    }
}

/// An offset in a text of less than 2 GiB, or a place in its table.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
