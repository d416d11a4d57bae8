//! What rules read of an event: each thing has a number, and what stands at a path is looked for at
//! most once for an event.

use std::collections::{BTreeMap, HashMap};

use crate::condition::operand::Source;

/// Where a source stands among all that a ruleset reads.
pub(super) type SourceId = u32;
/// Where a path stands among all that a ruleset follows.
pub(super) type PathId = u32;

/// All that a ruleset reads, each once.
#[derive(Debug, Default)]
pub(super) struct Sources {
    all: Vec<Read>,
    ids: HashMap<String, SourceId>,
    steps: Vec<Step>,
    paths: BTreeMap<Step, PathId>,
}

/// A source, and the path that it is found at, if it is.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) source: Source,
    pub(super) path: Option<PathId>,
}

/// The last key of a path, and the path before it; the first one begins at the whole event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) from: Option<PathId>,
    pub(super) key: String,
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
                Source::Field(field) => field.path().and_then(|keys| self.path(&keys)),
                _ => None,
            };
            let source = source.clone();
            self.all.push(Read { source, path });
        }
        id
    }

    fn path(&mut self, keys: &[&str]) -> Option<PathId> {
        keys.iter().fold(None, |from, key| {
            let key = (*key).to_owned();
            let step = Step { from, key };
            let next = number(self.steps.len());
            let id = *self.paths.entry(step.clone()).or_insert(next);
            if id == next {
                self.steps.push(step);
            }
            Some(id)
        })
    }

    pub(super) fn get(&self, id: SourceId) -> Option<&Read> {
        self.all.get(id as usize)
    }

    pub(super) fn step(&self, id: PathId) -> Option<&Step> {
        self.steps.get(id as usize)
    }

    pub(super) fn path_count(&self) -> usize {
        self.steps.len()
    }
}

/// The number of the next of so many things.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
