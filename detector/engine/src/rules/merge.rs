//! The second stage: from items to one definition each, as later items append to earlier ones and
//! replace them.

use std::collections::{BTreeMap, BTreeSet};

use super::exception::{Exception, ExceptionItem};
use super::read::{Action, Change, Item, ListItem, MacroItem, RuleItem};
use super::report::Report;
use super::text::{Scalar, Text};
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::policy::Priority;

/// All that is defined.
#[derive(Debug, Clone, Default)]
pub(super) struct Merged {
    pub(super) lists: Vec<List>,
    pub(super) macros: Vec<Macro>,
    pub(super) rules: Vec<Rule>,
}

/// A list; its place is that of its first definition.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) name: Scalar,
    pub(super) items: Vec<Scalar>,
    /// How many lists stood before its last definition: those are the ones it may name.
    pub(super) sees: usize,
}

/// A macro; its place is that of its first definition.
#[derive(Debug, Clone)]
pub(super) struct Macro {
    pub(super) name: Scalar,
    pub(super) condition: Text,
    /// How many macros stood before its last definition: those are the ones it may name.
    pub(super) sees: usize,
}

/// A rule; its place is that of its first definition.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: Scalar,
    pub(super) condition: Text,
    pub(super) output: Text,
    pub(super) description: String,
    pub(super) priority: Priority,
    pub(super) severity: Option<u8>,
    pub(super) source: String,
    pub(super) enabled: bool,
    pub(super) skip_unknown: bool,
    pub(super) tags: BTreeSet<String>,
    pub(super) references: Vec<String>,
    pub(super) exceptions: Vec<Exception>,
}

impl Merged {
    /// The lists as they are written.
    pub(super) fn lists(&self) -> Vec<crate::policy::List> {
        let list = |list: &List| crate::policy::List {
            name: list.name.value.clone(),
            items: list.items.iter().map(|item| item.value.clone()).collect(),
        };
        self.lists.iter().map(list).collect()
    }

    /// Adds the items of one more file.
    pub(super) fn add(&mut self, items: Vec<Item>, dialect: &Dialect, report: &mut Report<'_>) {
        for item in items {
            match item {
                Item::List(item) => self.list(item, report),
                Item::Macro(item) => self.macro_item(item, report),
                Item::Rule(item) => self.rule(*item, dialect, report),
            }
        }
    }

    fn list(&mut self, item: ListItem, report: &mut Report<'_>) {
        let sees = self.lists.len();
        let known = self
            .lists
            .iter_mut()
            .find(|list| list.name.value == item.name.value);
        match (known, item.change) {
            (Some(list), Change::Append) => {
                list.items.extend(item.items);
                list.sees = sees;
            }
            (Some(list), Change::Define | Change::Replace) => {
                *list = List {
                    name: item.name,
                    items: item.items,
                    sees,
                };
            }
            (None, Change::Append) => nothing_there("list", &item.name, report),
            (None, Change::Define | Change::Replace) => {
                self.lists.push(List {
                    name: item.name,
                    items: item.items,
                    sees,
                });
            }
        }
    }

    fn macro_item(&mut self, item: MacroItem, report: &mut Report<'_>) {
        let sees = self.macros.len();
        let condition = Text::of(&item.condition);
        let known = self
            .macros
            .iter_mut()
            .find(|known| known.name.value == item.name.value);
        match (known, item.change) {
            (Some(known), Change::Append) => {
                known.condition.append(&condition);
                known.sees = sees;
            }
            (Some(known), Change::Define | Change::Replace) => {
                *known = Macro {
                    name: item.name,
                    condition,
                    sees,
                };
            }
            (None, Change::Append) => nothing_there("macro", &item.name, report),
            (None, Change::Define | Change::Replace) => {
                self.macros.push(Macro {
                    name: item.name,
                    condition,
                    sees,
                });
            }
        }
    }

    fn rule(&mut self, item: RuleItem, dialect: &Dialect, report: &mut Report<'_>) {
        let known = self
            .rules
            .iter_mut()
            .find(|rule| rule.name.value == item.name.value);
        if let (Some(rule), Some(source)) = (&known, &item.source)
            && source_of(Some(source), dialect) != rule.source
        {
            let message = format!("the rule was defined with the source `{}`", rule.source);
            report.scalar(Code::SourceChanged, source, message);
            return;
        }
        match (known, item.overrides.clone()) {
            (Some(rule), Some(overrides)) => rule.change(item, &overrides, report),
            (None, Some(_)) => nothing_there("rule", &item.name, report),
            (known, None) => {
                let Some(defined) = define(item, dialect, report) else {
                    return;
                };
                match known {
                    Some(rule) if rule.source != defined.source => {
                        let message =
                            format!("the rule was defined with the source `{}`", rule.source);
                        report.scalar(Code::SourceChanged, &defined.name, message);
                    }
                    Some(rule) => *rule = defined,
                    None => self.rules.push(defined),
                }
            }
        }
    }
}

fn nothing_there(kind: &str, name: &Scalar, report: &mut Report<'_>) {
    let message = format!("there is no {kind} `{}` before this to change", name.value);
    report.scalar(Code::NothingThere, name, message);
}

/// The source of a rule; the dialect says that of one which states none, or an empty one.
fn source_of<'s>(source: Option<&'s Scalar>, dialect: &Dialect) -> &'s str {
    source
        .map(|source| source.value.as_str())
        .filter(|source| !source.is_empty())
        .unwrap_or(dialect.default_source())
}

fn define(item: RuleItem, dialect: &Dialect, report: &mut Report<'_>) -> Option<Rule> {
    let source = source_of(item.source.as_ref(), dialect).to_owned();
    if source != dialect.source() {
        let message = format!("the rule is about `{source}`, it is left out");
        report.scalar(
            Code::OtherSource,
            item.source.as_ref().unwrap_or(&item.name),
            message,
        );
    }
    let mut rule = Rule {
        source,
        condition: Text::of(&item.condition?),
        output: Text::of(&item.output?),
        description: item
            .description
            .map(|text| text.value.trim().to_owned())
            .unwrap_or_default(),
        priority: item.priority.unwrap_or(Priority::Debug),
        severity: item.severity,
        enabled: item.enabled.unwrap_or(true),
        skip_unknown: item.skip_unknown.unwrap_or(false),
        tags: values(item.tags.unwrap_or_default()).collect(),
        references: values(item.references.unwrap_or_default()).collect(),
        exceptions: Vec::new(),
        name: item.name,
    };
    for exception in item.exceptions.unwrap_or_default() {
        rule.define_exception(exception, report);
    }
    Some(rule)
}

fn values(scalars: Vec<Scalar>) -> impl Iterator<Item = String> {
    scalars.into_iter().map(|scalar| scalar.value)
}

impl Rule {
    /// Applies an item to the rule: what it appends first, then what it replaces.
    fn change(
        &mut self,
        item: RuleItem,
        overrides: &BTreeMap<&'static str, Action>,
        report: &mut Report<'_>,
    ) {
        let action = |key: &str| overrides.get(key).copied();
        text(
            &mut self.condition,
            item.condition.as_ref(),
            action("condition"),
        );
        text(&mut self.output, item.output.as_ref(), action("output"));
        match (action("desc"), item.description) {
            (Some(Action::Append), Some(more)) => {
                self.description = format!("{} {}", self.description, more.value.trim());
            }
            (Some(Action::Replace), Some(new)) => {
                new.value.trim().clone_into(&mut self.description);
            }
            _ => {}
        }
        if let (Some(action), Some(tags)) = (action("tags"), item.tags) {
            if action == Action::Replace {
                self.tags.clear();
            }
            self.tags.extend(values(tags));
        }
        if let (Some(action), Some(references)) = (action("references"), item.references) {
            if action == Action::Replace {
                self.references.clear();
            }
            self.references.extend(values(references));
        }
        if let (Some(action), Some(exceptions)) = (action("exceptions"), item.exceptions) {
            if action == Action::Replace {
                self.exceptions.clear();
            }
            for exception in exceptions {
                self.append_exception(exception, report);
            }
        }
        replace(&mut self.priority, item.priority, action("priority"));
        replace(&mut self.enabled, item.enabled, action("enabled"));
        replace(
            &mut self.skip_unknown,
            item.skip_unknown,
            action("skip-if-unknown-filter"),
        );
        replace(
            &mut self.severity,
            item.severity.map(Some),
            action("severity"),
        );
    }

    fn define_exception(&mut self, item: ExceptionItem, report: &mut Report<'_>) {
        let Some(exception) = Exception::new(item, report) else {
            return;
        };
        let known = self
            .exceptions
            .iter()
            .any(|known| known.name.value == exception.name.value);
        if known {
            let message = format!(
                "the rule has an exception `{}` already",
                exception.name.value
            );
            report.scalar(Code::IdleException, &exception.name, message);
        }
        self.exceptions.push(exception);
    }

    /// Adds values to an exception of that name, else the exception itself.
    fn append_exception(&mut self, item: ExceptionItem, report: &mut Report<'_>) {
        if item.values.is_empty() {
            let message = format!(
                "the exception `{}` has no values, so it has no effect",
                item.name.value
            );
            report.scalar(Code::IdleException, &item.name, message);
        }
        let known = self
            .exceptions
            .iter_mut()
            .find(|known| known.name.value == item.name.value);
        let Some(known) = known else {
            self.define_exception(item, report);
            return;
        };
        if let Some(node) = item.fields.as_ref().or(item.comps.as_ref()) {
            let message = "the exception exists, so only values can be added to it";
            report.node(Code::Exception, node, message);
            return;
        }
        known.extend(item.values, report);
    }
}

fn text(text: &mut Text, change: Option<&Scalar>, action: Option<Action>) {
    match (action, change) {
        (Some(Action::Append), Some(more)) => text.append(&Text::of(more)),
        (Some(Action::Replace), Some(new)) => *text = Text::of(new),
        _ => {}
    }
}

fn replace<T>(old: &mut T, new: Option<T>, action: Option<Action>) {
    if let (Some(Action::Replace), Some(new)) = (action, new) {
        *old = new;
    }
}
