//! The rules that judge now.

use std::collections::BTreeSet;
use std::sync::Arc;

use nightlatch_engine::{Policy, PolicyKind, Ruleset, RulesetError};

/// A ruleset, and what metrics may say of it.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) ruleset: Ruleset,
    /// The event types that a rule names: a label must stay bounded whatever Okta sends.
    event_types: BTreeSet<String>,
}

impl InForce {
    /// Makes a ruleset of policies.
    pub(crate) fn new(policies: Vec<Arc<Policy>>) -> Result<Self, RulesetError> {
        let rules = policies.iter().flat_map(|policy| policy.rules());
        let event_types = rules
            .filter_map(|rule| rule.event_types())
            .flatten()
            .cloned()
            .collect();
        Ok(Self {
            event_types,
            ruleset: Ruleset::new(policies)?,
        })
    }

    /// Returns an event type as metrics have it: `other` when no rule names it.
    pub(crate) fn label(&self, event_type: Option<&str>) -> &str {
        let named = event_type.and_then(|event_type| self.event_types.get(event_type));
        named.map_or("other", String::as_str)
    }

    /// Returns how many rules of policies of a kind judge.
    pub(crate) fn rules_of(&self, kind: PolicyKind) -> usize {
        let policies = self.ruleset.policies().iter();
        let judging = policies.filter(|policy| policy.kind() == kind && policy.enabled());
        judging
            .flat_map(|policy| policy.rules())
            .filter(|rule| rule.enabled())
            .count()
    }
}
