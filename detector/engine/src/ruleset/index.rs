//! Finds the rules that an event may match: a tree whose branches are taken by the text of a field,
//! by the words in it, or by a comparison that rules share.
//!
//! Each rule hangs where the most selective of what it requires leads. Which one that is, is guessed
//! by how many rules ask it and by how many answers they tell apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;

use super::predicate::{PredicateId, Predicates};
use super::required::{Required, Texts, holds_of};
use super::source::SourceId;
use super::words::Words;

/// Where a rule stands among those that are judged.
pub(super) type RuleId = u32;

/// How deep branches go.
const MAX_DEPTH: usize = 4;
/// Fewer rules are tried one by one.
const FEW_RULES: usize = 4;
/// Below the first level a rule that needs one of more texts than this is not told by them: each
/// would hold a copy of all that follows.
const MANY_TEXTS: usize = 8;
/// Fewer words are looked for one by one.
const FEW_WORDS: u32 = 4;

/// Rules, and branches that lead to more of them.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The comparisons that hold of every event that comes here.
    pub(super) known: Vec<PredicateId>,
    /// To be tried on every event that came here.
    pub(super) rules: Vec<RuleId>,
    pub(super) branches: Vec<Branch>,
}

/// What must hold of an event to go on.
#[derive(Debug)]
pub(super) enum Branch {
    /// The source is, or has, a text that leads on.
    Value(SourceId, HashMap<Vec<u8>, Node, FixedState>),
    /// The source contains words; each leads on.
    Words(SourceId, Words, Vec<Node>),
    /// The comparison holds, or does not.
    Verdict(PredicateId, bool, Node),
}

/// What a branch can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Value(SourceId),
    Item(SourceId),
    Words(SourceId),
    Verdict(PredicateId, bool),
}

/// Rules with what they require and has not been asked yet.
type Rules = Vec<(RuleId, Required)>;

impl Node {
    /// Arranges rules.
    pub(super) fn new(rules: Rules, predicates: &Predicates) -> Self {
        Self::at_depth(0, rules, predicates)
    }

    /// Arranges the rules that a text leads to.
    fn of_text(
        depth: usize,
        source: SourceId,
        text: &[u8],
        rules: Rules,
        predicates: &Predicates,
    ) -> Self {
        let all = rules.iter().flat_map(|(_, required)| &required.verdicts);
        let known = all.filter_map(|(id, wanted)| {
            let predicate = predicates
                .get(*id)
                .filter(|predicate| predicate.source == source);
            (*wanted && holds_of(&predicate?.test, text)).then_some(*id)
        });
        let known: BTreeSet<PredicateId> = known.collect();
        Self {
            known: known.into_iter().collect(),
            ..Self::at_depth(depth, rules, predicates)
        }
    }

    fn at_depth(depth: usize, mut rules: Rules, predicates: &Predicates) -> Self {
        let mut branches = Vec::new();
        while depth < MAX_DEPTH
            && rules.len() >= FEW_RULES.min(depth * FEW_RULES)
            && let Some(question) = best(&rules)
        {
            let (asked, others) = rules
                .into_iter()
                .partition(|(_, required)| question.is_asked(required));
            rules = others;
            match branch(depth, question, asked, predicates) {
                Ok(branch) => branches.push(branch),
                Err(mut untold) => {
                    rules.append(&mut untold);
                    break;
                }
            }
        }
        let mut rules: Vec<RuleId> = rules.into_iter().map(|(rule, _)| rule).collect();
        rules.sort_unstable();
        Self {
            known: Vec::new(),
            rules,
            branches,
        }
    }
}

impl Question {
    fn is_asked(self, required: &Required) -> bool {
        match self {
            Self::Value(source) => required.values.contains_key(&source),
            Self::Item(source) => required.items.contains_key(&source),
            Self::Words(source) => required.words.contains_key(&source),
            Self::Verdict(predicate, wanted) => required.verdicts.contains(&(predicate, wanted)),
        }
    }
}

/// The question that spares the most rules, if any is worth to be asked.
fn best(rules: &Rules) -> Option<Question> {
    let mut asked: BTreeMap<Question, (u32, BTreeSet<&Vec<u8>>)> = BTreeMap::new();
    for (_, required) in rules {
        let texts = |texts, question: fn(SourceId) -> Question| {
            let texts: &Texts = texts;
            texts
                .iter()
                .map(move |(source, texts)| (question(*source), Some(texts)))
        };
        let verdicts = required
            .verdicts
            .iter()
            .map(|(predicate, wanted)| (Question::Verdict(*predicate, *wanted), None));
        let questions = texts(&required.values, Question::Value)
            .chain(texts(&required.items, Question::Item))
            .chain(texts(&required.words, Question::Words))
            .chain(verdicts);
        for (question, texts) in questions {
            let (rules, answers) = asked.entry(question).or_default();
            *rules += 1;
            answers.extend(texts.into_iter().flatten());
        }
    }
    let worth = |(question, (rules, answers)): (Question, (u32, BTreeSet<&Vec<u8>>))| {
        let answers = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        let spared = match question {
            _ if rules < 2 => return None,
            Question::Words(_) if answers < FEW_WORDS => return None,
            // Of as many answers one is given, or none; the fewer there are, the more common they
            // mostly are.
            Question::Value(_) | Question::Item(_) => {
                (1.0 - 1.0 / (f64::from(answers) + 1.0)).powi(3)
            }
            Question::Words(_) => 0.6,
            Question::Verdict(..) => 0.2,
        };
        Some((spared * f64::from(rules), question))
    };
    let best = asked
        .into_iter()
        .filter_map(worth)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, question)| question)
}

/// Makes the branch of a question; gives the rules back when there can be none.
fn branch(
    depth: usize,
    question: Question,
    rules: Rules,
    predicates: &Predicates,
) -> Result<Branch, Rules> {
    let depth = depth + 1;
    let next = |rules| Node::at_depth(depth, rules, predicates);
    match question {
        Question::Value(source) => {
            let rules = by_text(rules, |required| required.values.remove(&source));
            let nodes = rules.into_iter().map(|(text, rules)| {
                let node = Node::of_text(depth, source, &text, rules, predicates);
                (text, node)
            });
            Ok(Branch::Value(source, nodes.collect()))
        }
        Question::Item(source) => {
            let rules = by_text(rules, |required| required.items.remove(&source));
            let nodes = rules.into_iter().map(|(text, rules)| (text, next(rules)));
            Ok(Branch::Value(source, nodes.collect()))
        }
        Question::Words(source) => {
            let by_word = by_text(rules.clone(), |required| required.words.remove(&source));
            let Ok(words) = Words::new(by_word.keys()) else {
                return Err(rules);
            };
            let nodes = by_word.into_values().map(next);
            Ok(Branch::Words(source, words, nodes.collect()))
        }
        Question::Verdict(predicate, wanted) => {
            let mut rules = rules;
            for (_, required) in &mut rules {
                required.verdicts.remove(&(predicate, wanted));
            }
            Ok(Branch::Verdict(predicate, wanted, next(rules)))
        }
    }
}

/// Sorts rules by the texts that they ask for, which are taken from what they require.
fn by_text(
    rules: Rules,
    take: impl Fn(&mut Required) -> Option<BTreeSet<Vec<u8>>>,
) -> BTreeMap<Vec<u8>, Rules> {
    let mut by_text: BTreeMap<Vec<u8>, Rules> = BTreeMap::new();
    for (rule, mut required) in rules {
        let texts = take(&mut required).unwrap_or_default();
        required.forget_many(MANY_TEXTS);
        for text in texts {
            by_text
                .entry(text)
                .or_default()
                .push((rule, required.clone()));
        }
    }
    by_text
}
