//! One rule, for `nightlatch policies show --rule`.

use std::process::ExitCode;

use serde_json::Value;

use super::document::{Needs, WholeRule, switch};
use super::show::{exceptions, section};
use crate::arguments::Format;
use crate::client::Client;
use crate::terminal::{self, Terminal, harmless};

/// Shows a rule, which its policy's id and its name name.
pub(super) async fn show(
    terminal: Terminal,
    client: &Client,
    (policy, name): (&str, &str),
    format: Format,
) -> anyhow::Result<ExitCode> {
    let answer = client.get(&["rules", policy, name]).await?;
    if format == Format::Json {
        let document: Value = answer.read()?;
        return Ok(terminal::print_json(&document));
    }
    print(terminal, &answer.read()?);
    Ok(ExitCode::SUCCESS)
}

fn print(terminal: Terminal, whole: &WholeRule) {
    let rule = &whole.rule;
    let name = terminal.paint(terminal::TITLE, &harmless(&rule.name));
    let label = terminal.paint(
        terminal::of_severity(&rule.severity_label),
        &rule.severity_label,
    );
    terminal::print_line(&format!("{name}  {}", harmless(&rule.policy)));
    terminal::print_line(&format!(
        "  {}, {label} ({}), version {}",
        switch(rule.enabled),
        rule.severity,
        harmless(&rule.version)
    ));
    section(terminal, "description", indented(&rule.description));
    section(terminal, "condition", indented(&whole.condition));
    section(terminal, "output", indented(&whole.output));
    section(terminal, "needs", needs(&rule.needs));
    section(terminal, "attack", listed(&rule.attack));
    section(terminal, "tags", listed(&rule.tags));
    let tests = whole.tests.iter().map(|test| {
        let verdict = if test.matches { "match   " } else { "no match" };
        format!("  {verdict}  {}", harmless(&test.name))
    });
    section(terminal, "tests", tests.collect());
    section(
        terminal,
        "exceptions",
        exceptions(terminal, &whole.exceptions),
    );
    let references = whole.references.iter();
    let references = references.map(|link| format!("  {}", harmless(link)));
    section(terminal, "references", references.collect());
}

fn indented(text: &str) -> Vec<String> {
    let lines = text.trim_end().lines();
    lines.map(|line| format!("  {}", harmless(line))).collect()
}

fn listed(words: &[String]) -> Vec<String> {
    if words.is_empty() {
        return Vec::new();
    }
    vec![format!("  {}", harmless(&words.join(", ")))]
}

fn needs(needs: &Needs) -> Vec<String> {
    let Some(types) = &needs.event_types else {
        return vec!["  events of any type".to_owned()];
    };
    let line = |name: &String| {
        let from = if needs.system_log.contains(name) {
            "  by the System Log alone: event hooks do not carry it"
        } else {
            ""
        };
        format!("  {}{from}", harmless(name))
    };
    types.iter().map(line).collect()
}
