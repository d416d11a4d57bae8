//! What people have set of a policy, as the settings log keeps it: one record a policy.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nightlatch_engine::{PolicyKind, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A policy as people have set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicySettings {
    pub(crate) kind: Kind,
    /// Of a managed ruleset: the id of the managed policy whose rules it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<String>,
    /// Of a managed ruleset: the version of its base that somebody has looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_seen: Option<String>,
    /// Of a custom policy: its rules, a policy file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Of a custom policy: the tests of its rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tests: Option<String>,
    #[serde(default)]
    pub(crate) tuning: Tuning,
    /// What a newer version of this program has written.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// Whose rules a policy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Ours; people only tune it.
    Managed,
    /// Ours, in a copy with an id, a name and a severity of its own.
    ManagedRuleset,
    /// The user's.
    Custom,
}

/// What counts instead of what the policy's text says. What is not there is as the text has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Tuning {
    /// Not of a managed policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Not of a managed policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// 0 (worst) to 7, of the policy and of each of its rules that is not tuned by itself; not of a
    /// managed policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 7)]
    pub(crate) severity: Option<u8>,
    /// Whether its rules are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enabled: Option<bool>,
    /// What to do when a rule fires: text or a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runbook: Option<String>,
    /// Which events its rules look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) scope: Option<Scope>,
    /// By the name of a rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rules: BTreeMap<String, RuleTuning>,
    /// The items of lists, by the name of a list.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) lists: BTreeMap<String, Vec<String>>,
    /// What rules must not fire on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exceptions: Vec<RuleException>,
}

/// What counts of one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct RuleTuning {
    /// Whether it is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enabled: Option<bool>,
    /// 0 (worst) to 7; not of a managed policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 7)]
    pub(crate) severity: Option<u8>,
}

/// What a rule must not fire on, as Falco's exceptions say it, with who answers for it and until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleException {
    /// Unique within the policy, and none that the rule has itself.
    pub(crate) name: String,
    /// The rule.
    pub(crate) rule: String,
    /// The fields that are compared.
    pub(crate) fields: Vec<String>,
    /// How each is compared; `=` by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) comps: Vec<String>,
    /// Rows with a value for each field; one of the rows must hold whole. For `in` a value is a list.
    pub(crate) values: Vec<Vec<Value>>,
    /// Who answers for it.
    pub(crate) owner: String,
    /// Why it is there.
    pub(crate) reason: String,
    /// From then on it has no effect; without one it never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires: Option<Timestamp>,
}

impl PolicySettings {
    /// Settings that say nothing.
    pub(crate) fn empty(kind: Kind) -> Self {
        Self {
            kind,
            base: None,
            base_seen: None,
            text: None,
            tests: None,
            tuning: Tuning::default(),
            other: Map::new(),
        }
    }
}

impl Kind {
    /// As the engine has it.
    pub(crate) const fn policy_kind(self) -> PolicyKind {
        match self {
            Self::Managed => PolicyKind::Managed,
            Self::ManagedRuleset => PolicyKind::ManagedRuleset,
            Self::Custom => PolicyKind::Custom,
        }
    }
}

impl RuleException {
    /// Whether its time is over.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}
