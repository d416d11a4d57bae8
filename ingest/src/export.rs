//! What people export: the System Log as one JSON value a line, as an array or pretty-printed, and
//! saved hook bodies, also mixed. Each event keeps its bytes.

use crate::event::Candidate;
use crate::scan::Scanner;
use crate::{envelope, event};

/// One thing found in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A JSON value.
    Value(&'a [u8]),
    /// A line that is none.
    Garbage(&'a [u8]),
    /// The text ends before the value does: there may be more of it to read.
    Incomplete(&'a [u8]),
}

/// Walks the items of an export.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a [u8],
    scanner: Scanner<'a>,
}

impl<'a> Items<'a> {
    /// Starts at the beginning of `text`. The commas and brackets of an outermost array are passed
    /// over, so that an array and a line a value read alike, even in pieces.
    pub const fn new(text: &'a [u8]) -> Self {
        Self { text, scanner: Scanner::new(text) }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            self.scanner.peek()?;
            if !(self.scanner.take(b',') || self.scanner.take(b'[') || self.scanner.take(b']')) {
                break;
            }
        }
        let start = self.scanner.at();
        let skipped = self.scanner.skip();
        let rest = self.text.get(start..).unwrap_or_default();
        match skipped {
            Ok(_) => self.text.get(start..self.scanner.at()).map(Item::Value),
            Err(error) if error.at >= self.text.len() => {
                self.scanner.seek(self.text.len());
                Some(Item::Incomplete(rest))
            }
            Err(_) => {
                let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                self.scanner.seek(start + end);
                rest.get(..end).map(Item::Garbage)
            }
        }
    }
}

/// Returns the candidates of an item: a hook body's events, or the value itself.
pub(crate) fn candidates(item: Item<'_>) -> Vec<Candidate<'_>> {
    match item {
        Item::Value(value) => match envelope::events(value) {
            Ok(events) => events,
            Err(_) => vec![event::lone(value)],
        },
        Item::Garbage(line) => vec![event::refused(line, "not JSON".to_owned())],
        Item::Incomplete(rest) => {
            vec![event::refused(rest, "not JSON: the text ends inside a value".to_owned())]
        }
    }
}
