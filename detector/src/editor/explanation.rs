//! Why rules match events, or do not.

use std::borrow::Borrow;

use jiff::Timestamp;
use nightlatch_engine::{Context, Event, Explanation, Policy, Rule, State, explain};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::ExplanationDocument;

/// A name must be so much like another one to be offered for it, 1 being equal.
const ALIKE: f64 = 0.5;
/// Events that are only explained come from no integration; their counters are kept under this name.
const INTEGRATION: &str = "explain";

/// What a rule says of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleExplanation)]
pub struct Explained {
    /// The policy's id.
    pub policy: String,
    /// The place of the event among those that were given, from 1.
    pub event: usize,
    /// Okta's id of the event.
    pub uuid: Option<String>,
    /// Okta's event type.
    pub event_type: Option<String>,
    /// What the rule says, and why.
    #[serde(flatten)]
    #[schema(value_type = ExplanationDocument)]
    pub explanation: Explanation,
}

/// A rule that is asked about one event after the other, and counts as it would in the log.
#[derive(Debug)]
pub struct Explainer<'p> {
    policy: &'p Policy,
    rule: &'p Rule,
    org: &'p str,
    state: State,
    /// How many events it was asked about.
    asked: usize,
}

impl<'p> Explainer<'p> {
    /// Asks a rule about events of an org, given by its domain.
    pub fn new(policy: &'p Policy, rule: &'p Rule, org: &'p str) -> Self {
        Self {
            policy,
            rule,
            org,
            state: State::default(),
            asked: 0,
        }
    }

    /// Explains what the rule says of the next event. One without uuid is taken for another than all
    /// others, and one without time for one of now.
    pub fn explain(&mut self, event: &Event<'_>) -> Explained {
        let own = format!("event-{}", self.asked);
        let now_ms = || Timestamp::now().as_millisecond();
        let published_ms = event.published_ms().unwrap_or_else(now_ms);
        let context = Context {
            integration: INTEGRATION,
            org: self.org,
            uuid: event.uuid().unwrap_or(&own),
            appended_ms: published_ms,
            published_ms,
            offset: i64::try_from(self.asked).unwrap_or(i64::MAX),
        };
        let explanation = explain(self.rule, event, &context, &mut self.state);
        self.asked += 1;
        Explained {
            policy: self.policy.id().to_owned(),
            event: self.asked,
            uuid: event.uuid().map(str::to_owned),
            event_type: event.event_type().map(str::to_owned),
            explanation,
        }
    }
}

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{name}`{}", meant(.similar.as_deref()))]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// The name that was probably meant.
    pub similar: Option<String>,
}

fn meant(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Finds the rules of a name, each with its policy; policies may have rules of the same name.
pub fn rules_named<'p>(
    policies: &'p [impl Borrow<Policy>],
    name: &str,
) -> Result<Vec<(&'p Policy, &'p Rule)>, UnknownRule> {
    let all = || {
        let of = |policy: &'p Policy| policy.rules().iter().map(move |rule| (policy, rule));
        policies.iter().flat_map(move |policy| of(policy.borrow()))
    };
    let found: Vec<_> = all().filter(|(_, rule)| rule.name() == name).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let likeness = |rule: &str| {
        strsim::normalized_damerau_levenshtein(&rule.to_lowercase(), &name.to_lowercase())
    };
    let similar = all()
        .map(|(_, rule)| (likeness(rule.name()), rule.name()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Err(UnknownRule {
        name: name.to_owned(),
        similar: similar.map(|(_, name)| name.to_owned()),
    })
}
