//! A rule as its item writes it.

use std::collections::BTreeMap;

use super::super::exception::{self, ExceptionItem};
use super::super::keys::Keys;
use super::super::report::Report;
use super::super::text::Scalar;
use super::{legacy_append, priority};
use crate::diagnostic::Code;
use crate::policy::Priority;

/// What an item does with one key of an earlier rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Action {
    Append,
    Replace,
}

/// A rule as its item writes it; what of it is there depends on `overrides`.
#[derive(Debug)]
pub(in crate::rules) struct RuleItem {
    pub(in crate::rules) name: Scalar,
    pub(in crate::rules) condition: Option<Scalar>,
    pub(in crate::rules) output: Option<Scalar>,
    pub(in crate::rules) description: Option<Scalar>,
    pub(in crate::rules) priority: Option<Priority>,
    pub(in crate::rules) severity: Option<u8>,
    pub(in crate::rules) source: Option<Scalar>,
    pub(in crate::rules) enabled: Option<bool>,
    pub(in crate::rules) skip_unknown: Option<bool>,
    pub(in crate::rules) tags: Option<Vec<Scalar>>,
    pub(in crate::rules) references: Option<Vec<Scalar>>,
    pub(in crate::rules) exceptions: Option<Vec<ExceptionItem>>,
    /// Per key, when the item changes an earlier rule; `None` when it defines one.
    pub(in crate::rules) overrides: Option<BTreeMap<&'static str, Action>>,
}

const KNOWN: [&str; 17] = [
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "severity",
    "source",
    "enabled",
    "tags",
    "references",
    "exceptions",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
    "append",
    "override",
];

/// The keys that can be overridden, and whether they can be appended to.
const OVERRIDABLE: [(&str, bool); 13] = [
    ("condition", true),
    ("output", true),
    ("desc", true),
    ("tags", true),
    ("references", true),
    ("exceptions", true),
    ("priority", false),
    ("severity", false),
    ("enabled", false),
    ("warn_evttypes", false),
    ("skip-if-unknown-filter", false),
    ("capture", false),
    ("capture_duration", false),
];

const REQUIRED: [&str; 4] = ["condition", "output", "desc", "priority"];

pub(super) fn read(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<RuleItem> {
    keys.warn_of_others(&KNOWN, report);
    let name = keys.required("rule", report)?;
    let overrides = overrides(keys, &name, report)?;
    for key in REQUIRED.iter().filter(|_| overrides.is_none()) {
        keys.required(key, report);
    }
    // They steer what Falco does with system calls; here they only have to be what they should.
    keys.boolean("warn_evttypes", report);
    keys.boolean("capture", report);
    duration(keys, report);
    let priority = keys
        .scalar("priority", report)
        .map(|scalar| priority(&scalar, report));
    let exceptions = keys
        .get("exceptions")
        .map(|node| exception::read(node, report));
    let item = RuleItem {
        condition: keys.scalar("condition", report),
        output: keys.scalar("output", report),
        description: keys.scalar("desc", report),
        priority: priority.flatten(),
        severity: keys.severity(report),
        source: keys.scalar("source", report),
        enabled: keys.boolean("enabled", report),
        skip_unknown: keys.boolean("skip-if-unknown-filter", report),
        tags: keys.scalars("tags", report),
        references: keys.scalars("references", report),
        exceptions: exceptions.flatten(),
        overrides,
        name,
    };
    // A priority that cannot be read was told of; the rest of the rule is looked at all the same.
    let complete = item.condition.is_some() && item.output.is_some();
    (item.overrides.is_some() || complete).then_some(item)
}

/// What the item does to an earlier rule. The outer `None` is an error, the inner a definition.
#[expect(
    clippy::option_option,
    reason = "one is an error, the other a definition"
)]
fn overrides(
    keys: &Keys<'_>,
    name: &Scalar,
    report: &mut Report<'_>,
) -> Option<Option<BTreeMap<&'static str, Action>>> {
    let legacy = legacy_append(keys, report);
    if let Some(node) = keys.get("override") {
        if legacy {
            report.node(
                Code::Override,
                node,
                "`append` and `override` exclude each other",
            );
            return None;
        }
        return explicit(keys, &Keys::open(node, report)?, report).map(Some);
    }
    if legacy {
        let appended: BTreeMap<_, _> = ["condition", "exceptions"]
            .into_iter()
            .filter(|key| keys.get(key).is_some())
            .map(|key| (key, Action::Append))
            .collect();
        if appended.is_empty() {
            let message = "only `condition` and `exceptions` can be appended this way";
            report.scalar(Code::Override, name, message);
            return None;
        }
        return Some(Some(appended));
    }
    if REQUIRED.iter().any(|key| keys.has(key)) {
        return Some(None);
    }
    if keys.get("enabled").is_none() {
        let message = "a rule needs `condition`, `output`, `desc` and `priority`";
        report.scalar(Code::MissingKey, name, message);
        return None;
    }
    report.scalar_help(
        Code::Deprecated,
        name,
        "this is the old way to switch a rule on or off",
        "write `override:` with `enabled: replace`",
    );
    Some(Some(BTreeMap::from([("enabled", Action::Replace)])))
}

/// Reads `override:`; each key it names must be there, and each key that is there must be named.
fn explicit(
    keys: &Keys<'_>,
    overrides: &Keys<'_>,
    report: &mut Report<'_>,
) -> Option<BTreeMap<&'static str, Action>> {
    let errors = report.error_count();
    let names = OVERRIDABLE.map(|(key, _)| key);
    overrides.warn_of_others(&names, report);
    let mut actions = BTreeMap::new();
    for (key, appendable) in OVERRIDABLE {
        let Some(action) = overrides.scalar(key, report) else {
            if let Some(node) = keys.key(key) {
                let message = format!("`{key}` is not named in `override`");
                report.node(Code::Override, node, message);
            }
            continue;
        };
        match action.value.as_str() {
            "append" if !appendable => {
                let message = format!("`{key}` cannot be appended to");
                report.scalar_help(Code::Override, &action, message, "use `replace`");
            }
            "append" => drop(actions.insert(key, Action::Append)),
            "replace" => drop(actions.insert(key, Action::Replace)),
            _ => report.scalar(
                Code::Override,
                &action,
                "an override is `append` or `replace`",
            ),
        }
        if keys.get(key).is_none() {
            let message = format!("`{key}` is to be overridden, but the rule has no `{key}`");
            report.scalar(Code::Override, &action, message);
        }
    }
    (report.error_count() == errors).then_some(actions)
}

fn duration(keys: &Keys<'_>, report: &mut Report<'_>) {
    if let Some(scalar) = keys.scalar("capture_duration", report)
        && scalar.value.parse::<u32>().is_err()
    {
        let message = "`capture_duration` must be a number of milliseconds";
        report.scalar(Code::BadValue, &scalar, message);
    }
}
