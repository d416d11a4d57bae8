//! `nightlatch policies show`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::document::{Exception, Policy, Scope, Summary, switch};
use super::rule;
use crate::arguments::{Format, ShowOptions};
use crate::client::Client;
use crate::rules::counted;
use crate::table::{Cell, lines};
use crate::terminal::{self, Terminal, harmless};

/// Items of a list that are shown; `--format json` has all.
const ITEMS: usize = 10;

/// Shows a policy, or one of its rules.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &ShowOptions,
) -> anyhow::Result<ExitCode> {
    if let Some(name) = &options.rule {
        return rule::show(terminal, client, (&options.id, name), options.format).await;
    }
    let answer = client.get(&["policies", &options.id]).await?;
    if options.format == Format::Json {
        let document: Value = answer.read()?;
        return Ok(terminal::print_json(&document));
    }
    let policy: Policy = answer.read()?;
    if options.text {
        terminal::print(&policy.text);
    } else if options.settings {
        return Ok(terminal::print_json(&settings(&policy)));
    } else {
        print(terminal, &policy);
    }
    Ok(ExitCode::SUCCESS)
}

/// What is set of a policy, as `policies apply` takes it.
fn settings(policy: &Policy) -> Value {
    let Policy {
        summary, tuning, ..
    } = policy;
    match &summary.base {
        Some(base) => json!({"id": summary.id, "base": base, "tuning": tuning}),
        None => json!({"id": summary.id, "tuning": tuning}),
    }
}

fn print(terminal: Terminal, policy: &Policy) {
    for line in header(terminal, &policy.summary) {
        terminal::print_line(&line);
    }
    let lists: Vec<Vec<Cell>> = policy
        .lists
        .iter()
        .map(|list| {
            let mut items = list.items.iter().take(ITEMS).map(String::as_str);
            let mut shown = items.by_ref().collect::<Vec<_>>().join(", ");
            if list.items.len() > ITEMS {
                shown.push_str(", …");
            }
            let count = list.items.len().to_string();
            vec![
                Cell::plain(&list.name),
                Cell::plain(&count),
                Cell::plain(&shown),
            ]
        })
        .collect();
    section(terminal, "lists", lines(terminal, 2, &lists));
    section(
        terminal,
        "exceptions",
        exceptions(terminal, &policy.exceptions),
    );
    let rules: Vec<Vec<Cell>> = policy
        .rule_list
        .iter()
        .map(|rule| {
            vec![
                Cell::severity(&rule.severity_label),
                Cell::plain(switch(rule.enabled)),
                Cell::plain(&rule.name),
            ]
        })
        .collect();
    section(terminal, "rules", lines(terminal, 2, &rules));
}

/// Prints lines below a title; nothing when there are none.
pub(super) fn section(terminal: Terminal, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    terminal::print_line(&terminal.paint(terminal::INFO, title));
    for line in lines {
        terminal::print_line(&line);
    }
}

fn header(terminal: Terminal, policy: &Summary) -> Vec<String> {
    let name = terminal.paint(terminal::TITLE, &harmless(&policy.name));
    let label = terminal.paint(
        terminal::of_severity(&policy.severity_label),
        &policy.severity_label,
    );
    let mut lines = vec![
        format!("{name}  {}", harmless(&policy.id)),
        format!(
            "  {}, {}, {label} ({}), {} of {} on",
            harmless(&policy.kind),
            switch(policy.enabled),
            policy.severity,
            policy.rules.enabled,
            counted(policy.rules.total, "rule")
        ),
    ];
    let mut word = |name: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("  {name:<12}{}", harmless(value.trim())));
        }
    };
    word("description", &policy.description);
    word("origin", &policy.origin);
    word("revision", &policy.revision);
    word("version", policy.version.as_deref().unwrap_or_default());
    word("base", policy.base.as_deref().unwrap_or_default());
    word("runbook", policy.runbook.as_deref().unwrap_or_default());
    word(
        "scope",
        &policy.scope.as_ref().map(scope).unwrap_or_default(),
    );
    if policy.update {
        word("update", "its base has changed since somebody looked at it");
    }
    for problem in &policy.problems {
        word("problem", problem);
    }
    lines
}

fn scope(scope: &Scope) -> String {
    let parts = [
        ("integrations", &scope.integrations),
        ("actors", &scope.actors),
        ("groups", &scope.groups),
    ];
    let named = parts.iter().filter(|(_, names)| !names.is_empty());
    let named: Vec<String> = named
        .map(|(what, names)| format!("{what} {}", names.join(", ")))
        .collect();
    named.join("; ")
}

/// Exceptions with what they compare, who answers for them and whether they still count.
pub(super) fn exceptions(terminal: Terminal, exceptions: &[Exception]) -> Vec<String> {
    let mut shown = Vec::new();
    for exception in exceptions {
        let is_active = exception.state == "active";
        let style = if is_active {
            terminal::TITLE
        } else {
            terminal::INFO
        };
        let state = terminal.paint(style, &harmless(&exception.state));
        let until = match (&exception.expires, is_active) {
            (Some(time), true) => format!(" until {time}"),
            (Some(time), false) => format!(" since {time}"),
            (None, _) => String::new(),
        };
        let (name, rule) = (harmless(&exception.name), harmless(&exception.rule));
        let (owner, reason) = (harmless(&exception.owner), harmless(&exception.reason));
        shown.push(format!("  {name}  {state}{}  of {rule}", harmless(&until)));
        shown.push(format!("    {owner}: {reason}"));
        let rows = exception.values.iter();
        shown.extend(rows.map(|row| format!("    {}", harmless(&compared(exception, row)))));
    }
    shown
}

/// A row of an exception as a condition says it.
fn compared(exception: &Exception, row: &[Value]) -> String {
    let comparisons = exception.fields.iter().zip(row).enumerate();
    let words = comparisons.map(|(at, (field, value))| {
        let comparison = exception.comps.get(at).map_or("=", String::as_str);
        format!("{field} {comparison} {value}")
    });
    words.collect::<Vec<_>>().join(" and ")
}
