//! The `policy:` item: what files say of the policy as a whole.
//!
//! The first file's names the policy. A later file may have one, too: what it says counts instead, so
//! that a policy can be tuned without touching its text.

use super::super::keys::Keys;
use super::super::report::Report;
use super::super::text::{Scalar, Text};
use crate::diagnostic::Code;
use crate::policy::Scope;

/// A list of a scope has at most so many entries: it is part of each rule's condition.
const MAX_SCOPE: usize = 1000;

/// A `policy:` item.
#[derive(Debug, Default)]
pub(in crate::rules) struct Header {
    pub(in crate::rules) id: Option<String>,
    pub(in crate::rules) name: Option<String>,
    pub(in crate::rules) description: Option<String>,
    pub(in crate::rules) severity: Option<u8>,
    pub(in crate::rules) enabled: Option<bool>,
    pub(in crate::rules) runbook: Option<String>,
    pub(in crate::rules) strict: bool,
    pub(in crate::rules) scope: Option<ScopeItem>,
}

/// A scope as it is written.
#[derive(Debug, Default)]
pub(in crate::rules) struct ScopeItem {
    integrations: Vec<Scalar>,
    actors: Vec<Scalar>,
    groups: Vec<Scalar>,
}

impl Header {
    /// The header of files that have none: the file's name without folder and endings.
    pub(in crate::rules) fn named_after(file: &str) -> Self {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = name
            .strip_suffix(".yaml")
            .or_else(|| name.strip_suffix(".yml"))
            .unwrap_or(name);
        Self {
            id: Some(stem.to_owned()),
            ..Self::default()
        }
    }

    /// What counts once a later item has spoken.
    pub(in crate::rules) fn changed_by(self, later: Self) -> Self {
        Self {
            // A policy that has no other name is called by its id.
            name: later.name.or(self.name),
            id: later.id.or(self.id),
            description: later.description.or(self.description),
            severity: later.severity.or(self.severity),
            enabled: later.enabled.or(self.enabled),
            runbook: later.runbook.or(self.runbook),
            strict: self.strict || later.strict,
            scope: later.scope.or(self.scope),
        }
    }
}

pub(super) fn read(keys: &Keys<'_>, is_first: bool, report: &mut Report<'_>) -> Option<Header> {
    keys.warn_of_others(&["policy"], report);
    let Some(node) = keys.get("policy") else {
        let message = if is_first {
            "`policy` must hold at least an `id`"
        } else {
            "`policy` must hold what is to count instead"
        };
        report.node(Code::PolicyHeader, keys.node(), message);
        return None;
    };
    let keys = Keys::open(node, report)?;
    let known = [
        "id",
        "name",
        "description",
        "severity",
        "type",
        "enabled",
        "scope",
        "runbook",
        "strict",
    ];
    keys.warn_of_others(&known, report);
    check_type(&keys, report);
    let text = |key: &str, report: &mut Report<'_>| {
        keys.scalar(key, report).map(|s| s.value.trim().to_owned())
    };
    let header = Header {
        name: text("name", report),
        description: text("description", report),
        severity: keys.severity(report),
        enabled: keys.boolean("enabled", report),
        runbook: text("runbook", report),
        strict: keys.boolean("strict", report).unwrap_or(false),
        scope: scope(&keys, report),
        id: id(&keys, is_first, report),
    };
    (header.id.is_some() || !is_first).then_some(header)
}

fn check_type(keys: &Keys<'_>, report: &mut Report<'_>) {
    let kind = keys.scalar("type", report);
    if let Some(kind) = kind.filter(|kind| kind.value != "okta") {
        let message = format!("there are no policies of type `{}`", kind.value);
        report.scalar_help(Code::BadValue, &kind, message, "the only type is `okta`");
    }
}

/// The first file must name the policy, a later one may.
fn id(keys: &Keys<'_>, is_first: bool, report: &mut Report<'_>) -> Option<String> {
    if !is_first && !keys.has("id") {
        return None;
    }
    let id = keys.required("id", report)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !id.value.chars().all(plain) {
        let help = "letters, digits, `-`, `_` and `.` make an id";
        report.scalar_help(Code::BadValue, &id, "this is no id of a policy", help);
    }
    Some(id.value)
}

fn scope(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<ScopeItem> {
    let keys = Keys::open(keys.get("scope")?, report)?;
    let known = ["integrations", "actors", "groups"];
    for name in keys.names().filter(|name| !known.contains(name)) {
        // What has no effect here would have the policy look at more than it should.
        let message = format!("a scope has no `{name}`");
        let help =
            "it has `integrations` (domains of orgs), `actors` (logins) and `groups` (names)";
        report.node_help(
            Code::BadValue,
            keys.key(name).unwrap_or(keys.node()),
            message,
            help,
        );
    }
    let list = |key: &str, report: &mut Report<'_>| {
        let entries = keys.scalars(key, report).unwrap_or_default();
        if let (Some(node), true) = (keys.get(key), entries.len() > MAX_SCOPE) {
            let message = format!("`{key}` has more than {MAX_SCOPE} entries");
            report.at(Code::Limit, (node.start, 1), message, None);
        }
        entries
    };
    Some(ScopeItem {
        integrations: list("integrations", report),
        actors: list("actors", report),
        groups: list("groups", report),
    })
}

impl ScopeItem {
    pub(in crate::rules) fn scope(&self) -> Scope {
        let values = |scalars: &[Scalar]| scalars.iter().map(|s| s.value.clone()).collect();
        Scope {
            integrations: values(&self.integrations),
            actors: values(&self.actors),
            groups: values(&self.groups),
        }
    }

    /// The scope as a condition; none where it lets everything through. Falco knows its fields, so
    /// that a strict policy can have one: there the last group among the targets counts.
    pub(in crate::rules) fn condition(&self, is_strict: bool) -> Option<Text> {
        let groups = if is_strict {
            "okta.target.group.name in "
        } else {
            "okta.target.displayname[UserGroup] intersects "
        };
        let mut text = Text::default();
        push(&mut text, &[("okta.org in ", &self.integrations)]);
        let people = [
            ("okta.actor.alternateid in ", &self.actors),
            (groups, &self.groups),
        ];
        push(&mut text, &people);
        (!text.value.is_empty()).then_some(text)
    }
}

/// Appends alternatives, of which one must hold, to what must hold already.
fn push(text: &mut Text, alternatives: &[(&str, &Vec<Scalar>)]) {
    let mut alternatives = alternatives
        .iter()
        .filter_map(|(comparison, entries)| Some((comparison, entries, entries.first()?)))
        .peekable();
    let Some((_, _, stands)) = alternatives.peek().copied() else {
        return;
    };
    text.push_for(if text.value.is_empty() { "(" } else { " and (" }, stands);
    for (at, (comparison, entries, first)) in alternatives.enumerate() {
        let or = if at > 0 { " or " } else { "" };
        text.push_for(&format!("{or}{comparison}("), first);
        for (at, entry) in entries.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let value = entry.value.replace('\\', "\\x5c").replace('"', "\\\"");
            text.push_for(&format!("{comma}\"{value}\""), entry);
        }
        text.push_for(")", first);
    }
    text.push_for(")", stands);
}
