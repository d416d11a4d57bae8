//! The comparisons that rules are made of: rules share those that are equal, and each is made at
//! most once for an event.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use memchr::memmem::Finder;

use super::source::{SourceId, Sources, number};
use crate::condition::compile::{Condition, Pattern, Set, Test};
use crate::condition::operand::Source;
use crate::condition::operator::Operator;
use crate::field::{Facts, Value};

/// Where a comparison stands among all that a ruleset has.
pub(super) type PredicateId = u32;

/// The comparisons of a ruleset, each once.
#[derive(Debug, Default)]
pub(super) struct Predicates {
    all: Vec<Predicate>,
    ids: HashMap<String, PredicateId>,
}

/// A comparison.
#[derive(Debug)]
pub(super) struct Predicate {
    pub(super) source: SourceId,
    pub(super) test: Test,
    /// Looks for the one word that the test asks for, if it is such a test.
    word: Option<Finder<'static>>,
}

/// A condition made of shared comparisons.
#[derive(Debug)]
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Is(PredicateId),
}

impl Predicates {
    /// Adds what a condition compares.
    pub(super) fn tree(&mut self, condition: &Condition, sources: &mut Sources) -> Tree {
        let mut trees = |parts: &[Condition]| {
            let trees = parts.iter().map(|part| self.tree(part, sources));
            trees.collect()
        };
        match condition {
            Condition::And(parts) => Tree::All(trees(parts)),
            Condition::Or(parts) => Tree::Any(trees(parts)),
            Condition::Not(inner) => Tree::Not(Box::new(self.tree(inner, sources))),
            Condition::Check(source, test) => Tree::Is(self.id(sources.id(source), test)),
        }
    }

    fn id(&mut self, source: SourceId, test: &Test) -> PredicateId {
        let next = number(self.all.len());
        let id = *self.ids.entry(key(source, test)).or_insert(next);
        if id == next {
            let word = match test {
                Test::One(Pattern::Text(Operator::Contains, word)) => Some(word),
                _ => None,
            };
            self.all.push(Predicate {
                source,
                test: test.clone(),
                word: word.map(|word| Finder::new(word).into_owned()),
            });
        }
        id
    }

    pub(super) fn get(&self, id: PredicateId) -> Option<&Predicate> {
        self.all.get(id as usize)
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }
}

impl Predicate {
    /// Judges an event by the comparison's source. As the condition does, but texts are judged
    /// where they stand, a list's without gathering them.
    pub(super) fn holds(&self, source: &Source, facts: &Facts<'_>) -> bool {
        let (mut all, mut found) = (0_usize, 0_usize);
        if let Source::Field(field) = source
            && (!field.is_list() || matches!(self.test, Test::Exists | Test::Among { .. }))
            && field.each(facts, |text| {
                all += 1;
                found += usize::from(match &self.test {
                    Test::Among { set, .. } => set.has_text(text),
                    _ => self.holds_of(&Value::Text(Cow::Borrowed(text)), facts),
                });
            })
        {
            let is_all = field.is_list() && matches!(self.test, Test::Among { all: true, .. });
            return found > 0 && (!is_all || found == all);
        }
        let value = source.get(facts);
        value.is_some_and(|value| self.holds_of(&value, facts))
    }

    /// Judges a value that is there.
    pub(super) fn holds_of(&self, value: &Value<'_>, facts: &Facts<'_>) -> bool {
        match (&self.word, value) {
            (Some(word), Value::Text(text)) => word.find(text).is_some(),
            _ => self.test.holds(value, facts),
        }
    }
}

/// A text that equal comparisons have in common, and no others.
fn key(source: SourceId, test: &Test) -> String {
    match test {
        // Unlike that of all else, its order varies.
        Test::Among {
            set: Set::Text(texts),
            all,
        } => {
            let texts: BTreeSet<_> = texts.iter().collect();
            format!("{source} among {texts:?} {all}")
        }
        _ => format!("{source} {test:?}"),
    }
}
