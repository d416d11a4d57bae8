//! Many words, looked for in a text at once.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, BuildError};

/// Words, known by their order.
#[derive(Debug)]
pub(super) struct Words {
    /// Tells fast whether there is any of them, if they are few enough for that.
    any: Option<Searcher>,
    all: AhoCorasick,
}

impl Words {
    pub(super) fn new<'w>(
        words: impl Iterator<Item = &'w Vec<u8>> + Clone,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            any: Searcher::new(words.clone()),
            all: AhoCorasick::new(words)?,
        })
    }

    /// The numbers of the words that a text contains, each as often as it does.
    pub(super) fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
        let is_without = self
            .any
            .as_ref()
            .is_some_and(|any| any.find(text).is_none());
        let text = if is_without { &[] } else { text };
        let found = self.all.find_overlapping_iter(text);
        found.map(|found| found.pattern().as_usize())
    }
}
