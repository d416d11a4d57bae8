//! What rules text compiles to: policies and their rules.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::condition::compile::Condition;
use crate::condition::outline::Outline;
use crate::diagnostic::Place;
use crate::output::Output;
use crate::rules::SourceFile;

/// Who made a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Shipped with the product.
    Managed,
    /// A copy of a shipped one that keeps getting its rules.
    ManagedRuleset,
    /// Written by the customer.
    Custom,
}

impl PolicyKind {
    /// The name as runtime events carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::ManagedRuleset => "managed_ruleset",
            Self::Custom => "custom",
        }
    }
}

/// A rule's priority, the most urgent first. Its number is the severity (0 to 7) of a rule that
/// states none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// 0
    Emergency,
    /// 1
    Alert,
    /// 2
    Critical,
    /// 3
    Error,
    /// 4
    Warning,
    /// 5
    Notice,
    /// 6, also written `info`
    Informational,
    /// 7
    Debug,
}

impl Priority {
    pub(crate) const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// Reads a priority; upper and lower case are alike.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("info") {
            return Some(Self::Informational);
        }
        Self::ALL
            .into_iter()
            .find(|priority| priority.name().eq_ignore_ascii_case(text))
    }

    /// The long name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which events the rules of a policy look at; a list that is empty lets everything through. It is
/// part of the condition of each rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Events of these integrations, each named by the domain of its org.
    pub integrations: Vec<String>,
    /// Events whose actor has one of these logins, or that are about one of `groups`.
    pub actors: Vec<String>,
    /// Events with one of these groups, named by their names, among the targets, or by one of `actors`.
    pub groups: Vec<String>,
}

/// A namespace of rules, compiled.
#[derive(Debug)]
pub struct Policy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) severity: u8,
    pub(crate) kind: PolicyKind,
    pub(crate) enabled: bool,
    pub(crate) scope: Scope,
    pub(crate) runbook: Option<String>,
    pub(crate) strict: bool,
    pub(crate) version: String,
    pub(crate) lists: Vec<List>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) files: Vec<SourceFile>,
}

impl Policy {
    /// The id, unique in a ruleset.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the policy is for; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// 0 (worst) to 7: the policy's own, else that of its worst rule.
    pub fn severity(&self) -> u8 {
        self.severity
    }

    /// Who made it.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Whether its rules are judged at all.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Which events its rules look at.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What to do when a rule fires: text or a link.
    pub fn runbook(&self) -> Option<&str> {
        self.runbook.as_deref()
    }

    /// Whether it is read and judged exactly as Falco does it.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// The first 16 hex digits of SHA-256 over the effective text.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The lists in the order of the file.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// What it was compiled from.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The rules in the order of the file, disabled ones included.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

/// A list of a policy, as it is written: an item may name another list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List {
    /// The name that conditions know it by.
    pub name: String,
    /// Its items.
    pub items: Vec<String>,
}

/// One rule, compiled.
#[derive(Debug)]
pub struct Rule {
    pub(crate) name: String,
    /// Where its name is written.
    pub(crate) place: Place,
    pub(crate) version: String,
    pub(crate) enabled: bool,
    pub(crate) priority: Priority,
    pub(crate) severity: u8,
    pub(crate) tags: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) description: String,
    pub(crate) condition_text: String,
    pub(crate) event_types: Option<Vec<String>>,
    pub(crate) condition: Condition,
    pub(crate) outline: Outline,
    pub(crate) output: Output,
    pub(crate) output_text: String,
}

impl Rule {
    /// The name, unique in its policy.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first 16 hex digits of SHA-256 over the effective text.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where the rule's name is written.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the rule is judged.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The priority as written.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// 0 (worst) to 7: the rule's own, else the policy's, else the number of the priority.
    pub fn severity(&self) -> u8 {
        self.severity
    }

    /// The tags, sorted and each once.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The MITRE ATT&CK techniques among the tags, such as `T1110.001`, sorted and each once.
    pub fn attack_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.tags.iter().filter_map(|tag| attack_id(tag)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Where to read more: mostly links, in the order of the file.
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// What the rule is for.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The event types that the rule can match; `None` when it may be any.
    pub fn event_types(&self) -> Option<&[String]> {
        self.event_types.as_deref()
    }

    /// What it says when it fires, before the fields are put in.
    pub fn output_text(&self) -> &str {
        &self.output_text
    }

    /// The condition with its macros, lists and exceptions put in.
    pub fn condition_text(&self) -> &str {
        &self.condition_text
    }
}

/// Reads a technique from a tag: `T1110`, `T1110.001`, `attack.t1110.001`, `mitre_t1110`.
fn attack_id(tag: &str) -> Option<String> {
    let tag = tag.to_ascii_lowercase();
    let id = ["attack.", "mitre.", "mitre_"]
        .iter()
        .find_map(|p| tag.strip_prefix(p))
        .unwrap_or(&tag);
    let digits = id.strip_prefix('t')?;
    let (technique, sub) = match digits.split_once(['.', '_']) {
        Some((technique, sub)) => (technique, Some(sub)),
        None => (digits, None),
    };
    let all_digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(technique, 4) || sub.is_some_and(|sub| !all_digits(sub, 3)) {
        return None;
    }
    Some(sub.map_or_else(
        || format!("T{technique}"),
        |sub| format!("T{technique}.{sub}"),
    ))
}
