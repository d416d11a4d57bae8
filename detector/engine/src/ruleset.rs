//! The rules that are judged, and what an event changes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::event::{Event, Json};
use crate::field::Facts;
use crate::policy::{Policy, Rule};
use crate::state::{Counter, Observation, State};

mod index;
mod plan;
mod predicate;
mod required;
mod source;
mod words;

use plan::Plan;

/// How far after its append time an event may claim to have happened, in milliseconds, so that one
/// bad clock does not blind the counters: five minutes.
const CLOCK_SKEW_MS: i64 = 5 * 60_000;

/// What is known of an event besides its JSON.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The integration's id.
    pub integration: &'a str,
    /// The org's domain.
    pub org: &'a str,
    /// The record's uuid: the event's own, or the one derived for it.
    pub uuid: &'a str,
    /// When the log took the record, in milliseconds since 1970.
    pub appended_ms: i64,
    /// When it was published, else received, in milliseconds since 1970.
    pub published_ms: i64,
    /// The record's offset in its partition.
    pub offset: i64,
}

impl Context<'_> {
    /// When the event happened, as far as it can be believed.
    pub(crate) fn time_ms(&self) -> i64 {
        self.published_ms
            .min(self.appended_ms.saturating_add(CLOCK_SKEW_MS))
    }
}

/// A rule that matched an event.
#[derive(Debug)]
pub struct Detection<'r> {
    /// The rule's policy.
    pub policy: &'r Policy,
    /// The rule.
    pub rule: &'r Rule,
    /// The rule's output, filled in.
    pub output: String,
    /// The JSON text of the value of every field that the condition or the output names; `None`
    /// when it was absent.
    pub fields: BTreeMap<String, Option<String>>,
    /// Alike for repeats: policy, rule, and the actor, else the client's address, else the first
    /// target.
    pub dedup_key: String,
}

/// What one event changes.
#[derive(Debug, Default)]
pub struct Changes<'r> {
    /// The rules that matched, in the order of policies and rules.
    pub detections: Vec<Detection<'r>>,
    /// What the counters counted for the first time.
    pub observations: Vec<Observation>,
}

/// Why policies make no ruleset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesetError {
    /// Two policies have the same id.
    #[error("two policies have the id `{0}`; give one of them another id")]
    DuplicatePolicy(String),
}

/// Where a rule stands: its policy's place and its own within it.
type Place = (usize, usize);

/// The enabled rules of a set of policies.
#[derive(Debug, Default)]
pub struct Ruleset {
    policies: Vec<Arc<Policy>>,
    version: String,
    /// All rules that are judged.
    all: Vec<Place>,
    /// The same, in this order, arranged to be judged.
    plan: Plan,
}

impl Ruleset {
    /// Makes a ruleset; disabled policies and rules are left out of it.
    pub fn new(policies: Vec<Arc<Policy>>) -> Result<Self, RulesetError> {
        let mut digest = Sha256::new();
        let mut seen = BTreeSet::new();
        for policy in &policies {
            if !seen.insert(policy.id()) {
                return Err(RulesetError::DuplicatePolicy(policy.id().to_owned()));
            }
            digest.update(format!("{}\n{}\n", policy.id(), policy.version()));
        }
        let version = short_hex(&digest.finalize());
        let mut ruleset = Self {
            policies,
            version,
            ..Self::default()
        };
        ruleset.index();
        Ok(ruleset)
    }

    /// The first 16 hex digits of SHA-256 over the ids and versions of the policies.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All policies it was made of.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// How many rules are judged.
    pub fn rule_count(&self) -> usize {
        self.all.len()
    }

    /// Judges one event: counts it, then tries each rule that its event type may match.
    pub fn evaluate<'r>(
        &'r self,
        event: &Event<'_>,
        context: &Context<'_>,
        state: &mut State,
    ) -> Changes<'r> {
        let observations = observe(event, context, state);
        let facts = Facts {
            event,
            context,
            state,
        };
        let mut detections = Vec::new();
        self.plan.judge(&facts, |rule| {
            let found = self.all.get(rule as usize);
            detections.extend(found.map(|place| self.detection(*place, &facts)));
        });
        Changes {
            detections,
            observations,
        }
    }

    /// Judges one event by trying every rule: the reference that [`Ruleset::evaluate`] must agree
    /// with.
    pub fn evaluate_all<'r>(
        &'r self,
        event: &Event<'_>,
        context: &Context<'_>,
        state: &mut State,
    ) -> Changes<'r> {
        let observations = observe(event, context, state);
        let facts = Facts {
            event,
            context,
            state,
        };
        let matching = self
            .all
            .iter()
            .filter(|place| self.at(**place).1.condition.holds(&facts));
        Changes {
            detections: matching
                .map(|place| self.detection(*place, &facts))
                .collect(),
            observations,
        }
    }

    fn at(&self, (policy, rule): Place) -> (&Policy, &Rule) {
        let policy = &self.policies[policy];
        (policy, &policy.rules()[rule])
    }

    fn detection(&self, place: Place, facts: &Facts<'_>) -> Detection<'_> {
        let (policy, rule) = self.at(place);
        detection(policy, rule, facts)
    }

    fn index(&mut self) {
        for (at, policy) in self.policies.iter().enumerate() {
            let rules = policy.rules().iter().enumerate();
            let judged = rules.filter(|(_, rule)| policy.enabled() && rule.enabled());
            self.all.extend(judged.map(|(rule, _)| (at, rule)));
        }
        self.plan = Plan::new(self.all.iter().map(|place| self.at(*place).1));
    }
}

/// Judges one event by one rule alone.
pub(crate) fn matches(
    rule: &Rule,
    event: &Event<'_>,
    context: &Context<'_>,
    state: &mut State,
) -> bool {
    observe(event, context, state);
    rule.condition.holds(&Facts {
        event,
        context,
        state,
    })
}

/// Counts the event; returns what was new.
pub(crate) fn observe(
    event: &Event<'_>,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<Observation> {
    let mut observations = Vec::new();
    if !event.event_type().is_some_and(Counter::is_any_of) {
        return observations;
    }
    for counter in Counter::ALL
        .into_iter()
        .filter(|counter| counter.counts(event))
    {
        let Some(actor) = event.scalar(&["actor", "id"]) else {
            continue;
        };
        let key = (context.integration, actor.as_ref());
        if state.knows(counter, key, context.uuid, context.appended_ms) {
            continue;
        }
        let observation = Observation {
            integration: context.integration.to_owned(),
            counter: counter.name().to_owned(),
            actor: actor.into_owned(),
            uuid: context.uuid.to_owned(),
            published_ms: context.time_ms(),
            seen_ms: context.appended_ms,
        };
        state.record(counter, &observation);
        observations.push(observation);
    }
    observations
}

fn detection<'r>(policy: &'r Policy, rule: &'r Rule, facts: &Facts<'_>) -> Detection<'r> {
    let mut references = Vec::new();
    rule.condition.references(&mut references);
    rule.output.references(&mut references);
    // Many are named several times.
    references.sort_unstable_by_key(|reference| &reference.text);
    references.dedup_by_key(|reference| &reference.text);
    let fields = references
        .into_iter()
        .map(|reference| (reference.text.clone(), reference.json(facts)));
    Detection {
        policy,
        rule,
        output: rule.output.render(facts),
        fields: fields.collect(),
        dedup_key: dedup_key(policy, rule, facts.event),
    }
}

fn dedup_key(policy: &Policy, rule: &Rule, event: &Event<'_>) -> String {
    let (policy, rule) = (policy.id(), rule.name());
    let part = |kind: &str, id: &str| format!("{policy}/{rule}/{kind}:{id}");
    if let Some(actor) = event.at(&["actor"]).and_then(id_of) {
        return part("actor", &actor);
    }
    if let Some(ip) = event.scalar(&["client", "ipAddress"]) {
        return part("client", &ip);
    }
    let mut targets = event.target_values().filter(|target| target.is_object());
    match targets.next().and_then(id_of) {
        Some(target) => part("target", &target),
        None => format!("{policy}/{rule}"),
    }
}

/// The id of an actor or a target, else its login.
fn id_of(entity: Json<'_>) -> Option<Cow<'_, str>> {
    let found = entity.member("id").or_else(|| entity.member("alternateId"));
    found.map(Json::scalar)
}

/// The first 16 hex digits of a digest.
pub(crate) fn short_hex(digest: &[u8]) -> String {
    let first = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{first:016x}")
}
