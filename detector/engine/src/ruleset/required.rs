//! What must hold of an event for a rule to match, so that the rule is not tried on others.
//!
//! Never too much: what is left out only makes a rule tried in vain.

use std::collections::{BTreeMap, BTreeSet};

use super::predicate::{Predicate, PredicateId, Predicates, Tree};
use super::source::{Read, SourceId, Sources};
use crate::condition::compile::{Pattern, Set, Test};
use crate::condition::operator::{Modifier, Operator};
use crate::field::Kind;

/// Texts, by the source that must have, or contain, one of them.
pub(super) type Texts = BTreeMap<SourceId, BTreeSet<Vec<u8>>>;

/// What is necessary for a rule to match.
#[derive(Debug, Clone, Default)]
pub(super) struct Required {
    /// Each of these sources is one of its texts.
    pub(super) values: Texts,
    /// Each of these lists has one of its texts.
    pub(super) items: Texts,
    /// Each of these sources contains one of its texts.
    pub(super) words: Texts,
    /// These comparisons hold, or do not.
    pub(super) verdicts: BTreeSet<(PredicateId, bool)>,
}

impl Required {
    /// What is necessary for a condition to be `wanted`; `None` when it never is.
    pub(super) fn of(
        tree: &Tree,
        wanted: bool,
        predicates: &Predicates,
        sources: &Sources,
    ) -> Option<Self> {
        match tree {
            Tree::Not(inner) => Self::of(inner, !wanted, predicates, sources),
            Tree::Is(id) => {
                let predicate = predicates.get(*id).filter(|_| wanted);
                let mut required = predicate
                    .map_or_else(Self::default, |predicate| Self::of_one(predicate, sources));
                required.verdicts.insert((*id, wanted));
                Some(required)
            }
            Tree::All(parts) | Tree::Any(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| Self::of(part, wanted, predicates, sources));
                if matches!(tree, Tree::All(_)) == wanted {
                    let mut parts = parts;
                    parts.try_fold(Self::default(), |all, part| Some(all.and(part?)))
                } else {
                    parts.flatten().reduce(Self::or)
                }
            }
        }
    }

    fn of_one(predicate: &Predicate, sources: &Sources) -> Self {
        let Predicate {
            source: id, test, ..
        } = predicate;
        let mut required = Self::default();
        let Some(Read { source, .. }) = sources.get(*id) else {
            return required;
        };
        if !source.is_cheap() || source.kind() != Kind::Text {
            return required;
        }
        if source.is_list() {
            required
                .items
                .extend(equal_to(test).map(|texts| (*id, texts)));
        } else if let Some(values) = equal_to(test) {
            required.values.insert(*id, values);
        } else if let Some(words) = containing(test) {
            required.words.insert(*id, words);
        }
        required
    }

    /// Forgets of which sources it needs one of many texts.
    pub(super) fn forget_many(&mut self, many: usize) {
        for texts in [&mut self.values, &mut self.items, &mut self.words] {
            texts.retain(|_, texts| texts.len() <= many);
        }
    }

    /// Both are necessary.
    fn and(mut self, other: Self) -> Self {
        for (source, values) in other.values {
            let known = self.values.entry(source).or_insert_with(|| values.clone());
            known.retain(|value| values.contains(value));
        }
        fewest(&mut self.items, other.items);
        fewest(&mut self.words, other.words);
        self.verdicts.extend(other.verdicts);
        self
    }

    /// One of them is necessary.
    fn or(self, other: Self) -> Self {
        let either = |these: Texts, mut those: Texts| {
            let both = these.into_iter().filter_map(|(source, mut texts)| {
                texts.extend(those.remove(&source)?);
                Some((source, texts))
            });
            both.collect()
        };
        Self {
            values: either(self.values, other.values),
            items: either(self.items, other.items),
            words: either(self.words, other.words),
            verdicts: &self.verdicts & &other.verdicts,
        }
    }
}

/// Keeps of each source the fewer texts: a value may satisfy both by different ones.
fn fewest(these: &mut Texts, those: Texts) {
    for (source, texts) in those {
        let known = these.entry(source).or_insert_with(|| texts.clone());
        if texts.len() < known.len() {
            *known = texts;
        }
    }
}

/// The texts of which a value must be one.
fn equal_to(test: &Test) -> Option<BTreeSet<Vec<u8>>> {
    match test {
        Test::Among {
            set: Set::Text(texts),
            ..
        } => Some(texts.iter().cloned().collect()),
        _ => patterns(test, &[Operator::Equal, Operator::Same]),
    }
}

/// Tells whether a test holds of a text, if it only asks whether it is one of some.
pub(super) fn holds_of(test: &Test, text: &[u8]) -> bool {
    let is = |pattern: &Pattern| match pattern {
        Pattern::Text(Operator::Equal | Operator::Same, wanted) => wanted == text,
        _ => false,
    };
    match test {
        Test::One(pattern) => is(pattern),
        Test::Many(Modifier::AnyOf, patterns) => patterns.iter().any(is),
        Test::Among { set, .. } => matches!(set, Set::Text(texts) if texts.contains(text)),
        _ => false,
    }
}

/// The texts of which a value must contain one.
fn containing(test: &Test) -> Option<BTreeSet<Vec<u8>>> {
    let contain = [
        Operator::Contains,
        Operator::BContains,
        Operator::StartsWith,
        Operator::BStartsWith,
        Operator::EndsWith,
    ];
    patterns(test, &contain).filter(|words| words.iter().all(|word| !word.is_empty()))
}

/// The texts of a test that needs one of them, if it compares by some operators alone.
fn patterns(test: &Test, operators: &[Operator]) -> Option<BTreeSet<Vec<u8>>> {
    let patterns = match test {
        Test::One(pattern) => std::slice::from_ref(pattern),
        Test::Many(Modifier::AnyOf | Modifier::OneOf, patterns) => patterns.as_slice(),
        _ => return None,
    };
    let text = |pattern: &Pattern| match pattern {
        Pattern::Text(operator, text) if operators.contains(operator) => Some(text.clone()),
        _ => None,
    };
    patterns.iter().map(text).collect()
}
