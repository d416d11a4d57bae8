//! A strict JSON scanner (RFC 8259): one pass, no recursion, no copies.
//!
//! It finds where values begin and end, so that each event's text is kept byte for byte and one
//! broken event does not take its neighbours along. Nesting costs one byte a level, whatever a
//! stranger sends. Strings are not decoded and need not be UTF-8 here.

/// What is wrong, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanError {
    /// Offset into the scanned bytes.
    pub at: usize,
    /// What was expected or found, for people.
    pub what: &'static str,
}

type Scanned<T> = Result<T, ScanError>;

/// A cursor over JSON text.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The open containers of the value being skipped; kept to be used again.
    open: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, open: Vec::new() }
    }

    /// Returns the offset of the next byte.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Goes to another offset.
    pub const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Skips white space and returns the next byte, which is not taken.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    /// Takes `byte` if it is next after white space.
    pub fn take(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    /// Skips one value and returns how deep it nests: 0 for a scalar, 1 for `{}`.
    pub fn skip(&mut self) -> Scanned<usize> {
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        let depth = self.skip_with(&mut open);
        self.open = open;
        depth
    }

    fn skip_with(&mut self, open: &mut Vec<u8>) -> Scanned<usize> {
        let mut deepest = 0;
        loop {
            // A value begins here.
            match self.peek() {
                Some(opening @ (b'{' | b'[')) => {
                    self.at += 1;
                    open.push(opening);
                    deepest = deepest.max(open.len());
                    if self.take(closing(opening)) {
                        open.pop();
                    } else {
                        if opening == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string().map(drop)?,
                Some(byte) => self.scalar(byte)?,
                None => return Err(self.error("the text ends where a value should begin")),
            }
            // A value has ended: its container goes on or ends too.
            loop {
                let Some(&container) = open.last() else { return Ok(deepest) };
                if self.take(b',') {
                    if container == b'{' {
                        self.key()?;
                    }
                    break;
                }
                if !self.take(closing(container)) {
                    return Err(self.error(match (self.bytes.get(self.at), container) {
                        (None, _) => "the text ends inside a value",
                        (Some(_), b'{') => "expected , or }",
                        (Some(_), _) => "expected , or ]",
                    }));
                }
                open.pop();
            }
        }
    }

    /// Walks the members of the object that is next. `each` gets the key as it is written, without
    /// its quotes, and must consume the value.
    pub fn object(
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
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.error("expected , or }"));
            }
        }
    }

    /// Walks the elements of the array that is next. `each` must consume the element.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Scanned<()>) -> Scanned<()> {
        if !self.take(b'[') {
            return Err(self.error("expected an array"));
        }
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.error("expected , or ]"));
            }
        }
    }

    /// Returns an error at the next byte.
    pub const fn error(&self, what: &'static str) -> ScanError {
        ScanError { at: self.at, what }
    }

    fn key(&mut self) -> Scanned<&'a [u8]> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in quotes"));
        }
        let key = self.string()?;
        if self.take(b':') { Ok(key) } else { Err(self.error("expected :")) }
    }

    /// Takes a string and returns what stands between its quotes.
    fn string(&mut self) -> Scanned<&'a [u8]> {
        let start = self.at + 1;
        self.at = start;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\'));
            self.at += plain.unwrap_or(rest.len());
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let inside = self.bytes.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(inside);
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Scanned<()> {
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).unwrap_or_default();
                if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.error("\\u needs four hex digits"));
                }
                6
            }
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += length;
        Ok(())
    }

    fn scalar(&mut self, first: u8) -> Scanned<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match first {
            b't' if rest.starts_with(b"true") => 4,
            b'f' if rest.starts_with(b"false") => 5,
            b'n' if rest.starts_with(b"null") => 4,
            b'-' | b'0'..=b'9' => number(rest).ok_or_else(|| self.error("a malformed number"))?,
            _ => return Err(self.error("expected a value")),
        };
        self.at += length;
        Ok(())
    }
}

const fn closing(opening: u8) -> u8 {
    if opening == b'{' { b'}' } else { b']' }
}

/// Returns the length of the number that `text` begins with.
fn number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && text.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}
