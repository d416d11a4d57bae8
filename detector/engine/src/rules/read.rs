//! The first stage: from YAML to items, each with the shape that it must have.

use super::keys::Keys;
use super::report::Report;
use super::text::Scalar;
use super::version;
use super::yaml::{self, Value};
use crate::condition::lex::is_bare;
use crate::diagnostic::Code;
use crate::policy::Priority;

mod header;
mod rule;

pub(super) use header::{Header, ScopeItem};
pub(super) use rule::{Action, RuleItem};

/// The most items of a file.
const MAX_ITEMS: usize = 10_000;

/// The items of a file in their order.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) header: Option<Header>,
    pub(super) items: Vec<Item>,
}

#[derive(Debug)]
pub(super) enum Item {
    List(ListItem),
    Macro(MacroItem),
    Rule(Box<RuleItem>),
}

/// What an item does to what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Define,
    Append,
    Replace,
}

#[derive(Debug)]
pub(super) struct ListItem {
    pub(super) name: Scalar,
    pub(super) items: Vec<Scalar>,
    pub(super) change: Change,
}

#[derive(Debug)]
pub(super) struct MacroItem {
    pub(super) name: Scalar,
    pub(super) condition: Scalar,
    pub(super) change: Change,
}

/// Reads all items of a file whose first character stands at `base`; what is wrong is told and left
/// out. The first file must name the policy if it has a `policy:` item, a later one need not.
pub(super) fn read(text: &str, base: usize, is_first: bool, report: &mut Report<'_>) -> Items {
    let mut items = Items::default();
    let documents = match yaml::read(text, base) {
        Ok(documents) => documents,
        Err(error) => {
            let code = if error.is_limit {
                Code::Limit
            } else {
                Code::Yaml
            };
            report.at(code, (error.at, 1), error.message, None);
            return items;
        }
    };
    let mut first = true;
    for document in documents.iter().filter(|document| !document.is_null()) {
        let Value::Sequence(nodes) = &document.value else {
            let message = format!("expected a list of items, found {}", document.kind());
            let help = "a rules file is a list: each rule, macro and list begins with `- `";
            report.at(
                Code::NotItems,
                (document.start, 1),
                message,
                Some(help.to_owned()),
            );
            continue;
        };
        for node in nodes.iter().filter(|node| !node.is_null()) {
            if items.items.len() >= MAX_ITEMS {
                let message = format!("the file has more than {MAX_ITEMS} items");
                report.at(Code::Limit, (node.start, 1), message, None);
                return items;
            }
            if let Some(keys) = Keys::open(node, report) {
                items.read(&keys, (is_first, first), report);
            }
            first = false;
        }
    }
    items
}

impl Items {
    fn read(&mut self, keys: &Keys<'_>, (is_first, first): (bool, bool), report: &mut Report<'_>) {
        if keys.has("policy") {
            if first {
                self.header = header::read(keys, is_first, report);
            } else {
                let message = "`policy` must be the first item of its file";
                report.node(Code::PolicyHeader, keys.node(), message);
            }
        } else if let Some(node) = keys.get("required_engine_version") {
            version::check_engine(node, report);
            keys.warn_of_others(&["required_engine_version"], report);
        } else if let Some(node) = keys.get("required_plugin_versions") {
            version::check_plugins(node, report);
            keys.warn_of_others(&["required_plugin_versions"], report);
        } else if keys.has("list") {
            self.items.extend(list(keys, report).map(Item::List));
        } else if keys.has("macro") {
            self.items.extend(macro_item(keys, report).map(Item::Macro));
        } else if keys.has("rule") {
            self.items
                .extend(rule::read(keys, report).map(|rule| Item::Rule(Box::new(rule))));
        } else {
            let message = "an item of no known kind, it has no effect";
            let meant = ["rule", "macro", "list", "policy"]
                .into_iter()
                .find(|kind| {
                    keys.names()
                        .any(|name| strsim::jaro_winkler(kind, &name.to_ascii_lowercase()) > 0.9)
                });
            let help = match meant {
                Some(kind) => format!("did you mean `- {kind}: …`?"),
                None => "an item begins with `- rule: …`, `- macro: …` or `- list: …`".to_owned(),
            };
            report.at(
                Code::UnknownItem,
                (keys.node().start, 1),
                message,
                Some(help),
            );
        }
    }
}

fn list(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<ListItem> {
    keys.warn_of_others(&["list", "items", "append", "override"], report);
    let name = keys.required("list", report)?;
    if !is_bare(&name.value) {
        let message = format!("conditions cannot name a list `{}`", name.value);
        report.scalar(Code::InvalidName, &name, message);
    }
    let change = change(keys, "items", report)?;
    if keys.get("items").is_none() {
        report.scalar(Code::MissingKey, &name, "the key `items` is missing");
        return None;
    }
    let items = keys.scalars("items", report)?;
    Some(ListItem {
        name,
        items,
        change,
    })
}

fn macro_item(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<MacroItem> {
    keys.warn_of_others(&["macro", "condition", "append", "override"], report);
    let name = keys.required("macro", report)?;
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.value.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts || !name.value.chars().all(letters) {
        let message = format!("conditions cannot name a macro `{}`", name.value);
        report.scalar_help(
            Code::InvalidName,
            &name,
            message,
            "letters, digits and `_` make a name",
        );
    }
    let change = change(keys, "condition", report)?;
    let condition = keys.required("condition", report)?;
    Some(MacroItem {
        name,
        condition,
        change,
    })
}

/// What a list or a macro does to an earlier one: of its one key that can be appended to or
/// replaced.
fn change(keys: &Keys<'_>, key: &str, report: &mut Report<'_>) -> Option<Change> {
    let legacy = legacy_append(keys, report);
    let Some(node) = keys.get("override") else {
        return Some(if legacy {
            Change::Append
        } else {
            Change::Define
        });
    };
    if legacy {
        report.node(
            Code::Override,
            node,
            "`append` and `override` exclude each other",
        );
        return None;
    }
    let overrides = Keys::open(node, report)?;
    overrides.warn_of_others(&[key], report);
    let action = overrides.scalar(key, report)?;
    match action.value.as_str() {
        "append" => Some(Change::Append),
        "replace" => Some(Change::Replace),
        _ => {
            report.scalar(
                Code::Override,
                &action,
                "an override is `append` or `replace`",
            );
            None
        }
    }
}

/// Reads `append: true`, which `override` has replaced.
fn legacy_append(keys: &Keys<'_>, report: &mut Report<'_>) -> bool {
    let append = keys.boolean("append", report) == Some(true);
    if let Some(key) = keys.key("append").filter(|_| append) {
        report.node_help(
            Code::Deprecated,
            key,
            "`append` is the old way",
            "write `override:` with `append` for each key that is appended to",
        );
    }
    append
}

/// The priority that was probably meant: by a part of its name, or by another scale.
fn meant(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let known = match lower.as_str() {
        "high" | "severe" => Priority::Critical,
        "medium" | "moderate" => Priority::Warning,
        "low" => Priority::Notice,
        _ => Priority::ALL.into_iter().find(|priority| {
            let name = priority.name().to_ascii_lowercase();
            let is_part = lower.len() > 2 && name.starts_with(&lower);
            is_part || strsim::jaro_winkler(&name, &lower) > 0.9
        })?,
    };
    Some(known.name())
}

/// Reads a priority.
fn priority(scalar: &Scalar, report: &mut Report<'_>) -> Option<Priority> {
    let priority = Priority::read(&scalar.value);
    if priority.is_none() {
        let all: Vec<&str> = Priority::ALL.into_iter().map(Priority::name).collect();
        let help = match meant(&scalar.value) {
            Some(meant) => format!(
                "did you mean {meant}? The priorities are {}",
                all.join(", ")
            ),
            None => format!("the priorities are {}", all.join(", ")),
        };
        let message = format!("there is no priority `{}`", scalar.value);
        report.scalar_help(Code::BadValue, scalar, message, help);
    }
    priority
}
