//! Where the texts of events lie: compressed, 16 at a time, in files that nobody else sees.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// Texts in a block: alike as they are, together they shrink to a fraction; more would make it dear
/// to read a single one, as late events are.
const BLOCK: usize = 16;
/// Blocks in a file. A file goes when none of its texts is wanted any more.
const IN_A_FILE: u32 = 16_384;
/// Blocks that were read last and may be wanted again.
const REMEMBERED: usize = 16;

/// Where a text lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    block: u32,
    slot: u8,
}

enum Block {
    InFile {
        offset: u64,
        length: usize,
    },
    /// What could not be written to the file.
    InMemory(Vec<u8>),
}

/// A file with the blocks that it holds.
struct Part {
    /// None when there was none to be had: then its blocks are in memory.
    file: Option<File>,
    end: u64,
    blocks: Vec<Block>,
}

pub(super) struct Texts {
    in_a_file: u32,
    /// The last one is being filled.
    parts: VecDeque<Part>,
    /// How many parts were before those.
    gone: u32,
    /// How many blocks were ever closed.
    closed: u32,
    /// The block that is being filled.
    open: Vec<String>,
    read: VecDeque<(u32, Vec<String>)>,
}

impl Part {
    const fn of(file: Option<File>) -> Self {
        Self {
            file,
            end: 0,
            blocks: Vec::new(),
        }
    }

    fn take(&mut self, packed: Vec<u8>) {
        let block = match self.append(&packed) {
            Ok(offset) => Block::InFile {
                offset,
                length: packed.len(),
            },
            Err(error) => {
                tracing::warn!(%error, "the System Log's file takes no more; keeping it in memory");
                Block::InMemory(packed)
            }
        };
        self.blocks.push(block);
    }

    fn append(&mut self, packed: &[u8]) -> io::Result<u64> {
        let offset = self.end;
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(packed)?;
        self.end += packed.len() as u64;
        Ok(offset)
    }

    fn packed(&mut self, block: usize) -> io::Result<Vec<u8>> {
        match (self.blocks.get(block), &mut self.file) {
            (Some(Block::InMemory(packed)), _) => Ok(packed.clone()),
            (Some(Block::InFile { offset, length }), Some(file)) => {
                let mut packed = vec![0; *length];
                file.seek(SeekFrom::Start(*offset))?;
                file.read_exact(&mut packed)?;
                Ok(packed)
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Texts {
    pub(super) fn new() -> io::Result<Self> {
        Self::with(IN_A_FILE)
    }

    /// With so many blocks in a file.
    fn with(in_a_file: u32) -> io::Result<Self> {
        Ok(Self {
            in_a_file,
            parts: VecDeque::from([Part::of(Some(tempfile::tempfile()?))]),
            gone: 0,
            closed: 0,
            open: Vec::with_capacity(BLOCK),
            read: VecDeque::new(),
        })
    }

    pub(super) fn add(&mut self, text: &str) -> Place {
        let place = Place {
            block: self.closed,
            slot: u8::try_from(self.open.len()).unwrap_or(u8::MAX),
        };
        self.open.push(text.to_owned());
        if self.open.len() == BLOCK {
            self.close();
        }
        place
    }

    /// Returns a text; none when it was forgotten.
    pub(super) fn get(&mut self, place: Place) -> Option<String> {
        let slot = usize::from(place.slot);
        if place.block == self.closed {
            return self.open.get(slot).cloned();
        }
        if !self.read.iter().any(|(block, _)| *block == place.block) {
            let texts = self.load(place.block).unwrap_or_else(|error| {
                tracing::error!(%error, "a part of the System Log can not be read");
                Vec::new()
            });
            if self.read.len() == REMEMBERED {
                self.read.pop_front();
            }
            self.read.push_back((place.block, texts));
        }
        self.read
            .iter()
            .find(|(block, _)| *block == place.block)
            .and_then(|(_, texts)| texts.get(slot).cloned())
    }

    /// Forgets what was added before this text, as far as files hold nothing else.
    pub(super) fn forget_before(&mut self, place: Place) {
        let wanted = place.block / self.in_a_file;
        while self.gone < wanted && self.parts.len() > 1 {
            self.parts.pop_front();
            self.gone += 1;
        }
    }

    fn close(&mut self) {
        // Writing to memory does not fail.
        let packed = self.pack().unwrap_or_default();
        let part = (self.closed / self.in_a_file - self.gone) as usize;
        if part == self.parts.len() {
            self.parts.push_back(Part::of(tempfile::tempfile().ok()));
        }
        if let Some(part) = self.parts.back_mut() {
            part.take(packed);
        }
        self.closed += 1;
        self.open.clear();
    }

    fn pack(&self) -> io::Result<Vec<u8>> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        for text in &self.open {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            encoder.write_all(&length.to_le_bytes())?;
            encoder.write_all(text.as_bytes())?;
        }
        encoder.finish()
    }

    fn load(&mut self, block: u32) -> io::Result<Vec<String>> {
        let part = (block / self.in_a_file)
            .checked_sub(self.gone)
            .and_then(|part| self.parts.get_mut(part as usize))
            .ok_or(io::ErrorKind::NotFound)?;
        let packed = part.packed((block % self.in_a_file) as usize)?;
        let mut decoder = DeflateDecoder::new(packed.as_slice());
        let mut texts = Vec::with_capacity(BLOCK);
        let mut length = [0; 4];
        for _ in 0..BLOCK {
            decoder.read_exact(&mut length)?;
            let mut text = vec![0; u32::from_le_bytes(length) as usize];
            decoder.read_exact(&mut text)?;
            texts.push(String::from_utf8_lossy(&text).into_owned());
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand texts in files of 160 each.
    fn written() -> (Texts, Vec<String>, Vec<Place>) {
        let mut texts = Texts::with(10).unwrap();
        let written: Vec<String> = (0..1000)
            .map(|number| format!("{number} {}", "é".repeat(number)))
            .collect();
        let places = written.iter().map(|text| texts.add(text)).collect();
        (texts, written, places)
    }

    #[test]
    fn every_text_is_found_again_in_any_order() {
        let (mut texts, written, places) = written();
        for number in (0..1000).rev().chain(0..1000) {
            assert_eq!(texts.get(places[number]).as_ref(), Some(&written[number]));
        }
        assert!(texts.parts.iter().all(|part| part.end > 0));
    }

    #[test]
    fn what_is_forgotten_leaves_no_file_and_the_rest_is_found_still() {
        let (mut texts, written, places) = written();
        let files = texts.parts.len();
        texts.forget_before(places[500]);
        assert_eq!(files - texts.parts.len(), 3, "files of 160 texts each");
        assert_eq!(texts.get(places[0]), None);
        let places = places.iter().zip(&written);
        for (place, text) in places.skip(480) {
            assert_eq!(texts.get(*place).as_ref(), Some(text));
        }
        let place = texts.add("one more");
        assert_eq!(texts.get(place).unwrap(), "one more");
    }
}
