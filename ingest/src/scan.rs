//! A strict JSON scanner (RFC 8259): one pass, no recursion, no copies.
//!
//! It finds where values begin and end, so that each event's text is kept byte for byte and one
//! broken event does not take its neighbours along. It takes what `serde_json` takes when it skips
//! a value: lone surrogates are let through, and strings need not be UTF-8 here. Nesting costs one
//! byte a level and ends at [`MAX_NESTING`].

mod plain;

use plain::plain;

/// The deepest nesting that is followed at all; deeper text is refused whole.
const MAX_NESTING: usize = 1 << 20;

/// What is wrong, and at which byte; at the very end when there is only something missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanError {
    /// Offset into the scanned bytes.
    pub(crate) at: usize,
    /// What was expected or found, for people.
    pub(crate) what: &'static str,
}

type Scanned<T> = Result<T, ScanError>;

/// A cursor over JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What closes the open containers of the value being skipped; kept to be used again.
    open: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open: Vec::new(),
        }
    }

    /// Returns the offset of the next byte.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to another offset.
    pub(crate) const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Skips white space and returns the next byte, which is not taken.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    /// Takes `byte` if it is next after white space.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    /// Skips one value and returns how deep it nests: 0 for a scalar, 1 for `{}`.
    pub(crate) fn skip(&mut self) -> Scanned<usize> {
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        let depth = self.walk(&mut open);
        self.open = open;
        depth
    }

    fn walk(&mut self, open: &mut Vec<u8>) -> Scanned<usize> {
        let mut deepest = 0;
        loop {
            let first = self.peek();
            if let Some(opening @ (b'{' | b'[')) = first {
                let closing = if opening == b'{' { b'}' } else { b']' };
                if open.len() == MAX_NESTING {
                    return Err(self.error("nested over a million deep"));
                }
                self.at += 1;
                open.push(closing);
                deepest = deepest.max(open.len());
                if !self.take(closing) {
                    if opening == b'{' {
                        self.key()?;
                    }
                    continue;
                }
                open.pop();
            } else {
                self.scalar(first)?;
            }
            if self.is_done(open)? {
                return Ok(deepest);
            }
        }
    }

    /// Goes on after a value: closes what ends here, then to the next value or, when the outermost
    /// has ended, no further.
    fn is_done(&mut self, open: &mut Vec<u8>) -> Scanned<bool> {
        while let Some(&closing) = open.last() {
            if self.take(b',') {
                if closing == b'}' {
                    self.key()?;
                }
                return Ok(false);
            }
            self.close(closing)?;
            open.pop();
        }
        Ok(true)
    }

    fn close(&mut self, closing: u8) -> Scanned<()> {
        match (self.take(closing), closing) {
            (true, _) => Ok(()),
            (false, b'}') => Err(self.error("expected , or }")),
            (false, _) => Err(self.error("expected , or ]")),
        }
    }

    /// Walks the members of the object that is next. `each` gets the key as it is written, without
    /// its quotes, and must consume the value.
    pub(crate) fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, &'a [u8]) -> Scanned<()>,
    ) -> Scanned<()> {
        if !self.take(b'{') {
            return Err(self.error("expected an object"));
        }
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            each(self, key)?;
            if !self.take(b',') {
                return self.close(b'}');
            }
        }
    }

    /// Walks the elements of the array that is next. `each` must consume the element.
    pub(crate) fn array(&mut self, mut each: impl FnMut(&mut Self) -> Scanned<()>) -> Scanned<()> {
        if !self.take(b'[') {
            return Err(self.error("expected an array"));
        }
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if !self.take(b',') {
                return self.close(b']');
            }
        }
    }

    /// Returns an error at the next byte.
    pub(crate) const fn error(&self, what: &'static str) -> ScanError {
        let what = if self.at < self.bytes.len() {
            what
        } else {
            "the text ends inside a value"
        };
        ScanError { at: self.at, what }
    }

    fn key(&mut self) -> Scanned<&'a [u8]> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in quotes"));
        }
        let key = self.string()?;
        if self.take(b':') {
            Ok(key)
        } else {
            Err(self.error("expected :"))
        }
    }

    fn scalar(&mut self, first: Option<u8>) -> Scanned<()> {
        match first {
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.error("expected a value")),
        }
    }

    /// Takes a string and returns what stands between its quotes.
    fn string(&mut self) -> Scanned<&'a [u8]> {
        let start = self.at + 1;
        self.at = start;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let inside = self.bytes.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(inside);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.error("a control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Scanned<()> {
        self.at += 1;
        let digits = match self.bytes.get(self.at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.bytes.get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                return Err(self.error("\\u needs four hex digits"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, literal: &[u8]) -> Scanned<()> {
        for byte in literal {
            if self.bytes.get(self.at) != Some(byte) {
                return Err(self.error("expected true, false or null"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Scanned<()> {
        self.at += usize::from(self.next_is(b"-"));
        if self.next_is(b"0") {
            self.at += 1;
            if self.next_is(b"0123456789") {
                return Err(self.error("a digit after a leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.next_is(b".") {
            self.at += 1;
            self.digits()?;
        }
        if self.next_is(b"eE") {
            self.at += 1;
            self.at += usize::from(self.next_is(b"+-"));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Scanned<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits > 0 {
            Ok(())
        } else {
            Err(self.error("expected a digit"))
        }
    }

    fn next_is(&self, one_of: &[u8]) -> bool {
        self.bytes
            .get(self.at)
            .is_some_and(|next| one_of.contains(next))
    }
}

#[cfg(test)]
mod tests;
