//! Policies and rules as the API shows them.

use jiff::Timestamp;
use nightlatch_chassis::http::request::NOTHING_SET;
use nightlatch_engine::{List, Policy, Rule, SourceFile, event_type, read_tests};
use nightlatch_schemas::severity_label as label;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::policy::managed_tests;
use crate::policy::settings::{Kind, RuleException, Tuning};
use crate::policy::table::Entry;

/// A policy in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicySummary {
    id: String,
    name: String,
    description: String,
    /// Always `okta`.
    r#type: &'static str,
    kind: Kind,
    /// `built_in`, `api`, or the path of the file that owns it.
    origin: String,
    /// Whether the API leaves it as it is, because a file owns it.
    read_only: bool,
    enabled: bool,
    /// 0 (worst) to 7.
    severity: u8,
    /// High (0 to 3), Medium (4, 5), Low (6) or Info (7).
    severity_label: &'static str,
    #[schema(value_type = Object)]
    scope: Value,
    runbook: Option<String>,
    /// The version of all that is effective of it, as events are stamped with it.
    version: Option<String>,
    /// The version of what is set of it, which is its entity tag; `none` while nothing is.
    revision: String,
    /// Of a managed ruleset: whose rules it gets.
    base: Option<String>,
    /// Of a managed ruleset: whether its base has changed since somebody looked at it.
    update: bool,
    rules: RuleCounts,
    /// What is wrong, each with what was done about it.
    problems: Vec<String>,
}

/// How many rules there are.
#[derive(Debug, Serialize, ToSchema)]
struct RuleCounts {
    total: usize,
    enabled: usize,
}

/// A policy whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyDocument {
    #[serde(flatten)]
    summary: PolicySummary,
    /// Its rules as they are written, without what is set of it.
    text: String,
    /// The tests of its rules as they are written.
    tests: Option<String>,
    /// What counts instead of what the text says.
    tuning: Tuning,
    #[schema(value_type = Vec<Object>)]
    lists: Vec<List>,
    exceptions: Vec<ExceptionDocument>,
    rule_list: Vec<RuleSummary>,
}

/// An exception and whether it has an effect.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExceptionDocument {
    #[serde(flatten)]
    exception: RuleException,
    /// `active` or `expired`.
    state: &'static str,
}

impl ExceptionDocument {
    pub(super) const fn state(&self) -> &'static str {
        self.state
    }
}

/// A rule in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleSummary {
    policy: String,
    name: String,
    enabled: bool,
    /// 0 (worst) to 7.
    severity: u8,
    /// High (0 to 3), Medium (4, 5), Low (6) or Info (7).
    severity_label: &'static str,
    /// As the rule says it, Falco's words.
    priority: String,
    version: String,
    description: String,
    tags: Vec<String>,
    /// MITRE ATT&CK techniques.
    attack: Vec<String>,
    /// The ideas of the public catalogues that it covers.
    catalogue: Vec<String>,
    needs: Needs,
}

/// What an org must send for a rule to work.
#[derive(Debug, Serialize, ToSchema)]
struct Needs {
    /// The event types that it can match; null: any.
    event_types: Option<Vec<String>>,
    /// Those of them that event hooks do not carry: they come by the System Log alone.
    system_log: Vec<String>,
    /// Whether event hooks carry at least one of its event types.
    hook: bool,
}

/// A rule whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleDocument {
    #[serde(flatten)]
    summary: RuleSummary,
    /// The condition with its macros, lists, exceptions and the policy's scope put in.
    condition: String,
    output: String,
    references: Vec<String>,
    exceptions: Vec<ExceptionDocument>,
    tests: Vec<TestDocument>,
}

/// A test of a rule.
#[derive(Debug, Serialize, ToSchema)]
struct TestDocument {
    name: String,
    /// Whether the rule should match.
    matches: bool,
}

impl PolicySummary {
    pub(super) fn of(entry: &Entry) -> Self {
        let policy = entry.policy.as_deref();
        let settings = entry.settings.as_ref();
        let revision = entry.revision.map(|version| version.to_string());
        let severity = policy.map_or(7, Policy::severity);
        let rules = policy.map(Policy::rules).unwrap_or_default();
        Self {
            id: entry.id.clone(),
            name: policy.map_or(&*entry.id, Policy::name).to_owned(),
            description: policy
                .map(Policy::description)
                .unwrap_or_default()
                .to_owned(),
            r#type: "okta",
            kind: entry.kind,
            origin: entry.origin.to_string(),
            read_only: entry.is_read_only(),
            enabled: policy.is_some_and(Policy::enabled),
            severity,
            severity_label: label(severity),
            scope: json!(policy.map(Policy::scope)),
            runbook: policy.and_then(Policy::runbook).map(str::to_owned),
            version: policy.map(|policy| policy.version().to_owned()),
            revision: revision.unwrap_or_else(|| NOTHING_SET.to_owned()),
            base: settings.and_then(|settings| settings.base.clone()),
            update: entry.has_update(),
            rules: RuleCounts {
                total: rules.len(),
                enabled: rules.iter().filter(|rule| rule.enabled()).count(),
            },
            problems: entry.problems.clone(),
        }
    }
}

impl PolicyDocument {
    pub(super) fn of(entry: &Entry, now: Timestamp) -> Self {
        let settings = entry.settings.as_ref();
        let base = entry.base.as_deref();
        let text = base.and_then(|base| base.files().first());
        let policy = entry.policy.as_deref();
        let rules = policy.map(Policy::rules).unwrap_or_default();
        Self {
            summary: PolicySummary::of(entry),
            text: text.map(|file| file.text.clone()).unwrap_or_default(),
            tests: tests_of(entry).map(|file| file.text),
            tuning: settings
                .map(|settings| settings.tuning.clone())
                .unwrap_or_default(),
            lists: policy.map(Policy::lists).unwrap_or_default().to_vec(),
            exceptions: exceptions(entry, None, now),
            rule_list: rules
                .iter()
                .map(|rule| RuleSummary::of(&entry.id, rule))
                .collect(),
        }
    }
}

impl RuleSummary {
    /// Tells of a rule of a policy.
    pub(crate) fn of(policy: &str, rule: &Rule) -> Self {
        let catalogue = rule
            .tags()
            .iter()
            .filter_map(|tag| tag.strip_prefix("catalogue:"));
        Self {
            policy: policy.to_owned(),
            name: rule.name().to_owned(),
            enabled: rule.enabled(),
            severity: rule.severity(),
            severity_label: label(rule.severity()),
            priority: rule.priority().name().to_owned(),
            version: rule.version().to_owned(),
            description: rule.description().to_owned(),
            tags: rule.tags().to_vec(),
            attack: rule.attack_ids(),
            catalogue: catalogue.map(str::to_owned).collect(),
            needs: Needs::of(rule),
        }
    }
}

impl Needs {
    fn of(rule: &Rule) -> Self {
        let types = rule.event_types();
        let is_hooked = |name: &String| event_type(name).is_none_or(|known| known.is_hooked);
        let named = types.unwrap_or_default().iter();
        let (hooked, log): (Vec<&String>, Vec<&String>) = named.partition(|name| is_hooked(name));
        Self {
            event_types: types.map(<[String]>::to_vec),
            hook: types.is_none() || !hooked.is_empty(),
            system_log: log.into_iter().cloned().collect(),
        }
    }
}

impl RuleDocument {
    pub(super) fn of(entry: &Entry, rule: &Rule, now: Timestamp) -> Self {
        Self {
            summary: RuleSummary::of(&entry.id, rule),
            condition: rule.condition_text().to_owned(),
            output: rule.output_text().to_owned(),
            references: rule.references().to_vec(),
            exceptions: exceptions(entry, Some(rule.name()), now),
            tests: tests(entry, rule.name()),
        }
    }
}

/// The exceptions that are set of a policy, or of one of its rules.
pub(super) fn exceptions(
    entry: &Entry,
    rule: Option<&str>,
    now: Timestamp,
) -> Vec<ExceptionDocument> {
    let all = entry
        .settings
        .iter()
        .flat_map(|settings| &settings.tuning.exceptions);
    let wanted = all.filter(|exception| rule.is_none_or(|rule| exception.rule == rule));
    let document = |exception: &RuleException| ExceptionDocument {
        state: if exception.has_expired(now) {
            "expired"
        } else {
            "active"
        },
        exception: exception.clone(),
    };
    wanted.map(document).collect()
}

/// The tests of a policy, as far as they are known.
fn tests_of(entry: &Entry) -> Option<SourceFile> {
    let set = entry.settings.as_ref().and_then(|set| set.tests.clone());
    let base = entry.base.as_deref()?;
    let shipped = || managed_tests(base.id()).filter(|_| entry.kind != Kind::Custom);
    let text = set.or_else(|| shipped().map(str::to_owned))?;
    let name = format!("{}.test.yaml", base.id());
    Some(SourceFile { name, text })
}

fn tests(entry: &Entry, rule: &str) -> Vec<TestDocument> {
    let Some(file) = tests_of(entry) else {
        return Vec::new();
    };
    let tests = read_tests(entry.base.as_deref(), &file).tests.into_iter();
    let of_rule = tests.filter(|test| test.rule.name() == rule);
    let document = |test: nightlatch_engine::Test<'_>| TestDocument {
        matches: test.expected,
        name: test.name,
    };
    of_rule.map(document).collect()
}
