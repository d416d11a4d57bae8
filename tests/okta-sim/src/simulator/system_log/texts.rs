//! Where the texts of events lie: compressed, 16 at a time, in a file that nobody else sees.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// Texts in a block: alike as they are, together they shrink to a fraction; more would make it dear
/// to read a single one, as late events are.
const BLOCK: usize = 16;
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

pub(super) struct Texts {
    file: File,
    end: u64,
    blocks: Vec<Block>,
    /// The block that is being filled.
    open: Vec<String>,
    read: VecDeque<(u32, Vec<String>)>,
}

impl Texts {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            end: 0,
            blocks: Vec::new(),
            open: Vec::with_capacity(BLOCK),
            read: VecDeque::new(),
        })
    }

    pub(super) fn add(&mut self, text: &str) -> Place {
        let place = Place {
            block: u32::try_from(self.blocks.len()).unwrap_or(u32::MAX),
            slot: u8::try_from(self.open.len()).unwrap_or(u8::MAX),
        };
        self.open.push(text.to_owned());
        if self.open.len() == BLOCK {
            self.close();
        }
        place
    }

    pub(super) fn get(&mut self, place: Place) -> String {
        let slot = usize::from(place.slot);
        if place.block as usize == self.blocks.len() {
            return self.open.get(slot).cloned().unwrap_or_default();
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
            .unwrap_or_default()
    }

    fn close(&mut self) {
        let block = match self.pack() {
            Ok(packed) => match self.append(&packed) {
                Ok(offset) => Block::InFile {
                    offset,
                    length: packed.len(),
                },
                Err(error) => {
                    tracing::warn!(%error, "the System Log's file takes no more; keeping it in memory");
                    Block::InMemory(packed)
                }
            },
            // Writing to memory does not fail.
            Err(_) => Block::InMemory(Vec::new()),
        };
        self.blocks.push(block);
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

    fn append(&mut self, packed: &[u8]) -> io::Result<u64> {
        let offset = self.end;
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(packed)?;
        self.end += packed.len() as u64;
        Ok(offset)
    }

    fn load(&mut self, block: u32) -> io::Result<Vec<String>> {
        let packed = match &self.blocks[block as usize] {
            Block::InMemory(packed) => packed.clone(),
            Block::InFile { offset, length } => {
                let mut packed = vec![0; *length];
                self.file.seek(SeekFrom::Start(*offset))?;
                self.file.read_exact(&mut packed)?;
                packed
            }
        };
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

    #[test]
    fn every_text_is_found_again_in_any_order() {
        let mut texts = Texts::new().unwrap();
        let written: Vec<String> = (0..1000)
            .map(|number| format!("{number} {}", "é".repeat(number)))
            .collect();
        let places: Vec<Place> = written.iter().map(|text| texts.add(text)).collect();
        for number in (0..1000).rev().chain(0..1000) {
            assert_eq!(texts.get(places[number]), written[number]);
        }
        assert!(texts.end > 0);
    }
}
