//! Policies as the API shows them; what is not needed here is left out.

use serde::Deserialize;
use serde_json::Value;

/// A policy in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) origin: String,
    pub(super) read_only: bool,
    pub(super) enabled: bool,
    pub(super) severity: u8,
    pub(super) severity_label: String,
    pub(super) scope: Option<Scope>,
    pub(super) runbook: Option<String>,
    pub(super) version: Option<String>,
    pub(super) revision: String,
    pub(super) base: Option<String>,
    pub(super) update: bool,
    pub(super) rules: Counts,
    pub(super) problems: Vec<String>,
}

/// How many rules there are.
#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    pub(super) total: usize,
    pub(super) enabled: usize,
}

/// Which events the rules look at.
#[derive(Debug, Deserialize)]
pub(super) struct Scope {
    pub(super) integrations: Vec<String>,
    pub(super) actors: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// A policy whole.
#[derive(Debug, Deserialize)]
pub(super) struct Policy {
    #[serde(flatten)]
    pub(super) summary: Summary,
    pub(super) text: String,
    pub(super) tests: Option<String>,
    pub(super) tuning: Value,
    pub(super) lists: Vec<List>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) rule_list: Vec<Rule>,
}

/// A list that conditions name.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    pub(super) name: String,
    pub(super) items: Vec<String>,
}

/// What a rule must not fire on.
#[derive(Debug, Deserialize)]
pub(super) struct Exception {
    pub(super) name: String,
    pub(super) rule: String,
    pub(super) fields: Vec<String>,
    #[serde(default)]
    pub(super) comps: Vec<String>,
    pub(super) values: Vec<Vec<Value>>,
    pub(super) owner: String,
    pub(super) reason: String,
    pub(super) expires: Option<String>,
    pub(super) state: String,
}

/// A rule in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    pub(super) policy: String,
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) severity: u8,
    pub(super) severity_label: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) tags: Vec<String>,
    pub(super) attack: Vec<String>,
    pub(super) needs: Needs,
}

/// What an org must send for a rule to work.
#[derive(Debug, Deserialize)]
pub(super) struct Needs {
    pub(super) event_types: Option<Vec<String>>,
    pub(super) system_log: Vec<String>,
}

/// A rule whole.
#[derive(Debug, Deserialize)]
pub(super) struct WholeRule {
    #[serde(flatten)]
    pub(super) rule: Rule,
    pub(super) condition: String,
    pub(super) output: String,
    pub(super) references: Vec<String>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) tests: Vec<Test>,
}

/// A test of a rule.
#[derive(Debug, Deserialize)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) matches: bool,
}

/// What was set of a policy at a time.
#[derive(Debug, Deserialize)]
pub(super) struct Revision {
    #[serde(rename = "revision")]
    pub(super) id: String,
    pub(super) who: String,
    pub(super) when: String,
    pub(super) note: String,
    pub(super) deleted: bool,
}

/// What differs between two revisions.
#[derive(Debug, Deserialize)]
pub(super) struct Difference {
    pub(super) diff: String,
}

/// `on` or `off`.
pub(super) const fn switch(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}
