//! What rules read of an event: each thing has a number, and what stands at a path is looked for at
//! most once for an event, together with all that stands beside it.

use std::collections::HashMap;

use crate::condition::operand::Source;

/// Where a source stands among all that a ruleset reads.
pub(super) type SourceId = u32;
/// Where a path stands among all that a ruleset follows.
pub(super) type PathId = u32;

/// The path to the whole event.
pub(super) const WHOLE: PathId = 0;

/// All that a ruleset reads, each once.
#[derive(Debug)]
pub(super) struct Sources {
    all: Vec<Read>,
    ids: HashMap<String, SourceId>,
    paths: Vec<Path>,
}

/// A source, and the path that it is found at, if it is.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) source: Source,
    pub(super) path: Option<PathId>,
}

/// A path: where it comes from, and which paths go on from it.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) from: PathId,
    /// The keys that paths go on by.
    pub(super) next: Vec<(String, PathId)>,
    /// A bit for each length of these keys; the last one is for all that are longer.
    lengths: u64,
}

impl Path {
    /// Tells whether a path goes on by a key of so many bytes.
    pub(super) fn goes_on_by(&self, bytes: usize) -> bool {
        self.lengths & length_bit(bytes) != 0
    }

    /// The path that goes on by a key.
    pub(super) fn next(&self, key: &str) -> Option<PathId> {
        let mut next = self.next.iter();
        next.find(|(known, _)| known == key).map(|(_, path)| *path)
    }
}

fn length_bit(bytes: usize) -> u64 {
    1 << bytes.min(63)
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            ids: HashMap::new(),
            paths: vec![Path::default()],
        }
    }
}

impl Sources {
    pub(super) fn id(&mut self, source: &Source) -> SourceId {
        let next = number(self.all.len());
        let key = match source {
            Source::Field(field) => field.key(),
            _ => format!("{source:?}"),
        };
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            let path = match source {
                Source::Field(field) => field.path().map(|keys| self.path_of(&keys)),
                _ => None,
            };
            let source = source.clone();
            self.all.push(Read { source, path });
        }
        id
    }

    fn path_of(&mut self, keys: &[&str]) -> PathId {
        keys.iter().fold(WHOLE, |from, key| {
            let next = number(self.paths.len());
            let Some(path) = self.paths.get_mut(from as usize) else {
                return from;
            };
            if let Some(known) = path.next(key) {
                return known;
            }
            path.next.push(((*key).to_owned(), next));
            path.lengths |= length_bit(key.len());
            self.paths.push(Path {
                from,
                ..Path::default()
            });
            next
        })
    }

    pub(super) fn get(&self, id: SourceId) -> Option<&Read> {
        self.all.get(id as usize)
    }

    pub(super) fn path(&self, id: PathId) -> Option<&Path> {
        self.paths.get(id as usize)
    }

    pub(super) fn path_count(&self) -> usize {
        self.paths.len()
    }
}

/// The number of the next of so many things.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
