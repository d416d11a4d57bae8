//! What is told of a policy and its rules.

use nightlatch_engine::{Place, Policy, Rule, event_type};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::PlaceDocument;

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
    /// Its name, unique in its policy.
    name: String,
    /// What it is for.
    description: String,
    /// A digest of all that is effective of it.
    version: String,
    /// Whether it is judged.
    enabled: bool,
    /// 0 (worst) to 7.
    severity: u8,
    /// As Falco has it, such as `Critical`.
    priority: &'static str,
    /// Sorted.
    tags: Vec<String>,
    /// Where to read more.
    references: Vec<String>,
    /// The event types that it can match; null when it may be any.
    event_types: Option<Vec<String>>,
    /// The condition with its macros, lists and exceptions put in.
    condition: String,
    /// What must come for it to match.
    needs: Needs,
    /// Where its name is written.
    #[schema(value_type = PlaceDocument)]
    place: Place,
}

/// Which ways events must come by for a rule to match all that it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Needs {
    /// Whether event hooks carry some of its event types.
    hook: bool,
    /// Whether the System Log alone carries some of those that it names.
    system_log: bool,
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
            rules: policy.rules().iter().map(RuleOutline::of).collect(),
        }
    }
}

impl RuleOutline {
    fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name().to_owned(),
            description: rule.description().to_owned(),
            version: rule.version().to_owned(),
            enabled: rule.enabled(),
            severity: rule.severity(),
            priority: rule.priority().name(),
            tags: rule.tags().to_vec(),
            references: rule.references().to_vec(),
            event_types: rule.event_types().map(<[String]>::to_vec),
            condition: rule.condition_text().to_owned(),
            needs: Needs::of(rule.event_types()),
            place: rule.place().clone(),
        }
    }
}

impl Needs {
    /// An event type that Okta's catalogue lacks is taken for one that hooks carry.
    fn of(event_types: Option<&[String]>) -> Self {
        let Some(event_types) = event_types else {
            return Self {
                hook: true,
                system_log: false,
            };
        };
        let is_hooked = |name: &String| event_type(name).is_none_or(|known| known.is_hooked);
        Self {
            hook: event_types.iter().any(is_hooked),
            system_log: !event_types.iter().all(is_hooked),
        }
    }
}
