//! A file in pieces, each of whole values.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use nightlatch_ingest::{Item, Items};

/// What is sent at a time, in bytes, unless one value is larger.
const CHUNK: usize = 1024 * 1024;
/// A value larger than this is not looked for the end of.
const MAX_VALUE: usize = 9 * 1024 * 1024;

/// A file in chunks that end where a value ends.
pub(super) struct Chunks {
    reader: Box<dyn Read + Send>,
    /// Read, but not sent yet.
    rest: Vec<u8>,
    at_end: bool,
}

impl Chunks {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(file: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn Read + Send> = if file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(file).with_context(|| file.display().to_string())?)
        };
        Ok(Self {
            reader,
            rest: Vec::new(),
            at_end: false,
        })
    }

    /// Returns the next values, one a line; `None` at the end.
    pub(super) fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let wanted = self.rest.len() + CHUNK;
            while !self.at_end && self.rest.len() < wanted {
                let mut part = vec![0; 64 * 1024];
                let read = self.reader.read(&mut part)?;
                self.at_end = read == 0;
                self.rest
                    .extend_from_slice(part.get(..read).unwrap_or_default());
            }
            let (chunk, left) = split(&self.rest, self.at_end || self.rest.len() > MAX_VALUE);
            self.rest = left;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
            if self.at_end {
                return Ok(None);
            }
        }
    }
}

/// Returns the complete values of `text`, one a line, and what is left of it.
fn split(text: &[u8], all: bool) -> (Vec<u8>, Vec<u8>) {
    let mut chunk = Vec::with_capacity(text.len());
    for item in Items::new(text) {
        let piece = match item {
            Item::Incomplete(rest) if !all => return (chunk, rest.to_vec()),
            Item::Value(piece) | Item::Garbage(piece) | Item::Incomplete(piece) => piece,
        };
        if !chunk.is_empty() {
            chunk.push(b'\n');
        }
        chunk.extend_from_slice(piece);
    }
    (chunk, Vec::new())
}
