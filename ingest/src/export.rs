//! What people export: the System Log as one JSON value a line, as an array or pretty-printed, and
//! saved hook bodies, also mixed. Each event keeps its bytes.

use crate::envelope::{self, EnvelopeError, MAX_EVENTS};
use crate::event::{self, Candidate};
use crate::scan::Scanner;

/// Windows' tools put it before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A broken value is given up at the end of its first line, so that a line cut short does not take
/// the next ones along; where that is made to cost too much, only at the end of the line that broke.
const MAX_RESCANNED: usize = 64 * 1024 * 1024;

/// One thing found in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A JSON value.
    Value(&'a [u8]),
    /// A line that is none.
    Garbage(&'a [u8]),
    /// The text ends before it is sure which of the two this is: there may be more of it to read.
    Incomplete(&'a [u8]),
}

/// Walks the items of an export.
///
/// Text that is read in pieces gives the same items as the whole: what is [`Item::Incomplete`] is
/// put before the next piece.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a [u8],
    scanner: Scanner<'a>,
    /// Bytes of broken values that were looked at beyond their first line, and are again.
    rescanned: usize,
}

impl<'a> Items<'a> {
    /// Starts at the beginning of `text`. The commas and brackets of an outermost array are passed
    /// over, so that an array and a line a value read alike, even in pieces.
    pub const fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            scanner: Scanner::new(text),
            rescanned: 0,
        }
    }

    /// Goes to where the next item begins and returns what is left from there.
    fn begin(&mut self) -> Option<&'a [u8]> {
        loop {
            let next = self.scanner.peek()?;
            let rest = self.text.get(self.scanner.at()..)?;
            let passed = match next {
                b',' | b'[' | b']' => 1,
                _ if rest.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
                _ => return Some(rest),
            };
            self.scanner.seek(self.scanner.at() + passed);
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let rest = self.begin()?;
        let start = self.scanner.at();
        let incomplete: (fn(&'a [u8]) -> Item<'a>, usize) = (Item::Incomplete, rest.len());
        let (kind, length) = match self.scanner.skip() {
            // Of a number there may be more digits to come.
            Ok(_) if self.scanner.at() == self.text.len() && is_number(rest) => incomplete,
            Ok(_) => (Item::Value as _, self.scanner.at() - start),
            Err(error) if error.at >= self.text.len() => incomplete,
            Err(error) => {
                self.rescanned += error.at - start;
                let from = if self.rescanned > MAX_RESCANNED {
                    error.at
                } else {
                    start
                };
                let line_end = self.text.iter().skip(from).position(|byte| *byte == b'\n');
                line_end.map_or(incomplete, |end| (Item::Garbage as _, from + end - start))
            }
        };
        self.scanner.seek(start + length);
        rest.get(..length).map(kind)
    }
}

fn is_number(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'-' | b'0'..=b'9'))
}

/// Returns the candidates of an item: a hook body's events, or the value itself.
pub(crate) fn candidates(item: Item<'_>) -> Vec<Candidate<'_>> {
    match item {
        Item::Value(value) => match envelope::events(value) {
            Ok(events) => events,
            Err(EnvelopeError::TooMany) => {
                let reason = format!("a delivery of over {MAX_EVENTS} events; split it");
                vec![event::refused(value, reason)]
            }
            Err(_) => vec![event::lone(value)],
        },
        Item::Garbage(piece) | Item::Incomplete(piece) => vec![event::lone(piece)],
    }
}
