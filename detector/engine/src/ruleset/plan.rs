//! How a ruleset judges: by its index to the rules that may match, by shared comparisons to a
//! verdict on each.

use std::cell::Cell;

use super::index::{Branch, Node, RuleId};
use super::predicate::{PredicateId, Predicates, Tree};
use super::required::Required;
use super::source::{PathId, Read, SourceId, Sources, WHOLE};
use crate::condition::operand::Source;
use crate::dialect::Dialect;
use crate::event::Json;
use crate::field::{Facts, Reference, Value};
use crate::policy::Rule;

/// The rules of a ruleset, arranged to be judged.
#[derive(Debug, Default)]
pub(super) struct Plan {
    predicates: Predicates,
    sources: Sources,
    trees: Vec<Tree>,
    root: Node,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = const { Cell::new(Scratch::new()) };
}

/// What is noted while an event is judged; a thread keeps it for the next event, so that judging
/// allocates nothing.
///
/// Notes carry the number of the judgement that they belong to; those of others are void.
#[derive(Debug, Default)]
struct Scratch {
    judgement: u32,
    /// By comparison: the judgement, and below it in the last bit the verdict.
    verdicts: Vec<u32>,
    /// By rule: the judgement in which it was tried.
    tried: Vec<u32>,
    /// By path: the judgement, and the place in the event where it leads.
    places: Vec<(u32, u32)>,
    matched: Vec<RuleId>,
}

/// The place of what is absent.
const NOWHERE: u32 = u32::MAX;

impl Plan {
    /// Arranges rules; they are known by their order.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let mut plan = Self::default();
        let types = Reference::find(&Dialect::default(), "okta.evt.type", None);
        let types = types
            .ok()
            .map(|field| plan.sources.id(&Source::Field(field)));
        let mut arranged = Vec::new();
        for (rule, id) in rules.zip(0..) {
            let tree = plan.predicates.tree(&rule.condition, &mut plan.sources);
            let required = Required::of(&tree, true, &plan.predicates, &plan.sources);
            plan.trees.push(tree);
            // One that can never match is tried on nothing.
            let Some(mut required) = required else {
                continue;
            };
            if let (Some(source), Some(names)) = (types, rule.event_types()) {
                let names = names.iter().map(|name| name.clone().into_bytes());
                required.values.insert(source, names.collect());
            }
            arranged.push((id, required));
        }
        plan.root = Node::new(arranged, &plan.predicates);
        plan
    }

    /// Judges an event; calls `matched` for each rule that matches, in order.
    pub(super) fn judge<'p>(&'p self, facts: &'p Facts<'p>, matched: impl FnMut(RuleId)) {
        if self.trees.is_empty() {
            return;
        }
        let mut scratch = SCRATCH.take();
        scratch.begin(self);
        let mut judgement = Judgement {
            plan: self,
            facts,
            scratch: &mut scratch,
        };
        judgement.walk(&self.root);
        scratch.matched.sort_unstable();
        scratch.matched.drain(..).for_each(matched);
        SCRATCH.set(scratch);
    }
}

impl Scratch {
    const fn new() -> Self {
        Self {
            judgement: 0,
            verdicts: Vec::new(),
            tried: Vec::new(),
            places: Vec::new(),
            matched: Vec::new(),
        }
    }

    /// Makes room, and voids all notes.
    fn begin(&mut self, plan: &Plan) {
        // The last bit of a note is a verdict.
        self.judgement = (self.judgement + 1) % (u32::MAX >> 1);
        if self.judgement == 0 {
            *self = Self::new();
            self.judgement = 1;
        }
        make_room(&mut self.verdicts, plan.predicates.count());
        make_room(&mut self.tried, plan.trees.len());
        make_room(&mut self.places, plan.sources.path_count());
        self.matched.clear();
    }

    fn note_place(&mut self, path: PathId, place: u32) {
        if let Some(noted) = self.places.get_mut(path as usize) {
            *noted = (self.judgement, place);
        }
    }
}

fn make_room<T: Clone + Default>(notes: &mut Vec<T>, wanted: usize) {
    if notes.len() < wanted {
        notes.resize(wanted, T::default());
    }
}

/// One event being judged.
struct Judgement<'p, 's> {
    plan: &'p Plan,
    facts: &'p Facts<'p>,
    scratch: &'s mut Scratch,
}

impl<'p> Judgement<'p, '_> {
    fn walk(&mut self, node: &Node) {
        for id in &node.known {
            self.note(*id, true);
        }
        for rule in &node.rules {
            self.attempt(*rule);
        }
        for branch in &node.branches {
            match branch {
                Branch::Value(source, nodes) => self.each_text(*source, |this, text| {
                    if let Some(node) = nodes.get(text) {
                        this.walk(node);
                    }
                }),
                Branch::Words(source, words, nodes) => self.each_text(*source, |this, text| {
                    for number in words.find(text) {
                        if let Some(node) = nodes.get(number) {
                            this.walk(node);
                        }
                    }
                }),
                Branch::Verdict(predicate, wanted, node) => {
                    if self.verdict(*predicate) == *wanted {
                        self.walk(node);
                    }
                }
            }
        }
    }

    /// Tries a rule, unless it was tried.
    fn attempt(&mut self, rule: RuleId) {
        let Some(tried) = self.scratch.tried.get_mut(rule as usize) else {
            return;
        };
        if std::mem::replace(tried, self.scratch.judgement) == self.scratch.judgement {
            return;
        }
        let tree = self.plan.trees.get(rule as usize);
        if tree.is_some_and(|tree| self.holds(tree)) {
            self.scratch.matched.push(rule);
        }
    }

    fn holds(&mut self, tree: &Tree) -> bool {
        match tree {
            Tree::All(parts) => parts.iter().all(|part| self.holds(part)),
            Tree::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Tree::Not(inner) => !self.holds(inner),
            Tree::Is(predicate) => self.verdict(*predicate),
        }
    }

    /// Hands over the texts of a source: one, or all of a list.
    fn each_text(&mut self, source: SourceId, mut visit: impl FnMut(&mut Self, &[u8])) {
        let Some(Read { source, path }) = self.plan.sources.get(source) else {
            return;
        };
        if let Source::Field(field) = source
            && path.is_none()
            && field.each(self.facts, |text| visit(self, text))
        {
            return;
        }
        match self.value(source, *path) {
            Some(Value::Text(text)) => visit(self, &text),
            Some(Value::List(texts)) => texts.iter().for_each(|text| visit(self, text)),
            _ => {}
        }
    }

    fn value(&mut self, source: &'p Source, path: Option<PathId>) -> Option<Value<'p>> {
        match (source, path) {
            (Source::Field(field), Some(path)) => field.of(self.find(path)),
            _ => source.get(self.facts),
        }
    }

    /// Follows a path, now or before.
    fn find(&mut self, path: PathId) -> Option<Json<'p>> {
        let event = self.facts.event;
        if path == WHOLE {
            return Some(event.root());
        }
        let (judgement, _) = *self.scratch.places.get(path as usize)?;
        if judgement != self.scratch.judgement {
            let from = self.plan.sources.path(path)?.from;
            self.look_into(from);
        }
        let (_, place) = *self.scratch.places.get(path as usize)?;
        (place != NOWHERE).then(|| event.at_place(place))
    }

    /// Finds what stands at all paths that go on from one, in one look at its members.
    fn look_into(&mut self, from: PathId) -> Option<()> {
        let object = self.find(from);
        let from = self.plan.sources.path(from)?;
        for (_, next) in &from.next {
            self.scratch.note_place(*next, NOWHERE);
        }
        object?.pick(
            |bytes| from.goes_on_by(bytes),
            |key, value| {
                if let Some(next) = from.next(key) {
                    let place = value.map_or(NOWHERE, Json::place);
                    self.scratch.note_place(next, place);
                }
            },
        );
        Some(())
    }

    /// The verdict of a comparison, made now or before.
    fn verdict(&mut self, id: PredicateId) -> bool {
        let judgement = self.scratch.judgement << 1;
        let known = self.scratch.verdicts.get(id as usize).copied().unwrap_or(0);
        if known & !1 == judgement {
            return known & 1 == 1;
        }
        let holds = self.compare(id).unwrap_or(false);
        self.note(id, holds);
        holds
    }

    fn note(&mut self, id: PredicateId, holds: bool) {
        if let Some(known) = self.scratch.verdicts.get_mut(id as usize) {
            *known = self.scratch.judgement << 1 | u32::from(holds);
        }
    }

    /// Makes a comparison.
    fn compare(&mut self, id: PredicateId) -> Option<bool> {
        let predicate = self.plan.predicates.get(id)?;
        let Read { source, path } = self.plan.sources.get(predicate.source)?;
        if path.is_none() {
            return Some(predicate.holds(source, self.facts));
        }
        let value = self.value(source, *path)?;
        Some(predicate.holds_of(&value, self.facts))
    }
}
