//! What is told of a policy and its rules.

use nightlatch_engine::{Place, Policy, Rule};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::PlaceDocument;
use crate::api::document::RuleSummary;

/// A policy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyOutline {
    /// Its id, unique in an installation.
    id: String,
    /// What people call it.
    name: String,
    /// What it is for; may be empty.
    description: String,
    /// `managed` (shipped with the product) or `custom`.
    kind: &'static str,
    /// 0 (worst) to 7.
    severity: u8,
    /// Whether its rules are judged at all.
    enabled: bool,
    /// Whether it is read and judged exactly as Falco does it.
    strict: bool,
    /// What to do when a rule fires: text or a link.
    runbook: Option<String>,
    /// A digest of all that is effective of it.
    version: String,
    /// In the order of the files, disabled ones included.
    rules: Vec<RuleOutline>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleOutline {
    #[serde(flatten)]
    summary: RuleSummary,
    /// Where to read more.
    references: Vec<String>,
    /// The condition with its macros, lists and exceptions put in.
    condition: String,
    /// Where its name is written.
    #[schema(value_type = PlaceDocument)]
    place: Place,
}

impl PolicyOutline {
    /// Tells of a policy.
    pub(crate) fn of(policy: &Policy) -> Self {
        Self {
            id: policy.id().to_owned(),
            name: policy.name().to_owned(),
            description: policy.description().to_owned(),
            kind: policy.kind().as_str(),
            severity: policy.severity(),
            enabled: policy.enabled(),
            strict: policy.is_strict(),
            runbook: policy.runbook().map(str::to_owned),
            version: policy.version().to_owned(),
            rules: policy
                .rules()
                .iter()
                .map(|rule| RuleOutline::of(policy.id(), rule))
                .collect(),
        }
    }
}

impl RuleOutline {
    fn of(policy: &str, rule: &Rule) -> Self {
        Self {
            summary: RuleSummary::of(policy, rule),
            references: rule.references().to_vec(),
            condition: rule.condition_text().to_owned(),
            place: rule.place().clone(),
        }
    }
}
