//! Tuning as a policy file: what is set of a policy counts as a further file of it, so that there is
//! one way for a rule to become what it is, and what is in force can be read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nightlatch_engine::{Policy, Rule, SourceFile};
use serde_json::{Map, Value, json};

use super::settings::{RuleException, RuleTuning, Tuning};

/// The name that diagnostics give the file.
pub(crate) const NAME: &str = "tuning";

/// A file of a policy that says what counts instead.
#[derive(Debug)]
pub(crate) struct Overlay {
    /// None where nothing counts instead.
    pub(crate) file: Option<SourceFile>,
    /// What names a rule or a list that the policy does not have (any more).
    pub(crate) dangling: Vec<String>,
}

impl Overlay {
    /// Writes what counts at a time instead of what `base` says. `id` is the policy's, where it is not
    /// that of the base.
    pub(crate) fn of(tuning: &Tuning, id: Option<&str>, base: &Policy, now: Timestamp) -> Self {
        let mut items = Vec::new();
        let mut dangling = Vec::new();
        items.extend(header(tuning, id));
        for (name, entries) in &tuning.lists {
            if base.lists().iter().any(|list| list.name == *name) {
                items.push(json!({
                    "list": name, "items": entries, "override": {"items": "replace"},
                }));
            } else {
                dangling.push(format!("there is no list {name:?} to fill"));
            }
        }
        let rules: BTreeSet<&str> = base.rules().iter().map(Rule::name).collect();
        for name in tuning
            .rules
            .keys()
            .filter(|name| !rules.contains(name.as_str()))
        {
            dangling.push(format!("there is no rule {name:?} to tune"));
        }
        for name in &rules {
            let own = tuning.rules.get(*name).cloned().unwrap_or_default();
            items.extend(rule(
                name,
                &RuleTuning {
                    severity: own.severity.or(tuning.severity),
                    ..own
                },
            ));
        }
        for exception in &tuning.exceptions {
            if !rules.contains(exception.rule.as_str()) {
                let RuleException { name, rule, .. } = exception;
                dangling.push(format!("the exception {name:?} is of no rule: {rule:?}"));
            } else if !exception.has_expired(now) {
                items.push(excepted(exception));
            }
        }
        // JSON is YAML, and needs no care with quotes.
        let lines = items.iter().map(|item| format!("- {item}\n"));
        let file = (!items.is_empty()).then(|| SourceFile {
            name: NAME.to_owned(),
            text: lines.collect(),
        });
        Self { file, dangling }
    }
}

fn header(tuning: &Tuning, id: Option<&str>) -> Option<Value> {
    let mut header = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            header.insert(key.to_owned(), value);
        }
    };
    set("id", id.map(Into::into));
    set("name", tuning.name.clone().map(Into::into));
    set("description", tuning.description.clone().map(Into::into));
    set("severity", tuning.severity.map(Into::into));
    set("enabled", tuning.enabled.map(Into::into));
    set("runbook", tuning.runbook.clone().map(Into::into));
    set("scope", tuning.scope.as_ref().map(|scope| json!(scope)));
    (!header.is_empty()).then(|| json!({"policy": header}))
}

fn rule(name: &str, tuning: &RuleTuning) -> Option<Value> {
    let mut item = json!({"rule": name, "override": {}});
    let RuleTuning { enabled, severity } = tuning;
    for (key, value) in [
        ("enabled", enabled.map(Value::from)),
        ("severity", severity.map(Value::from)),
    ] {
        if let Some(value) = value {
            item["override"][key] = "replace".into();
            item[key] = value;
        }
    }
    (enabled.is_some() || severity.is_some()).then_some(item)
}

fn excepted(exception: &RuleException) -> Value {
    let comps = if exception.comps.is_empty() {
        vec!["=".to_owned(); exception.fields.len()]
    } else {
        exception.comps.clone()
    };
    json!({
        "rule": exception.rule,
        "exceptions": [{
            "name": exception.name,
            "fields": exception.fields,
            "comps": comps,
            "values": exception.values,
        }],
        "override": {"exceptions": "append"},
    })
}
