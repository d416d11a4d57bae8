//! `nightlatch policies list`.

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::Value;

use super::document::{Summary, switch};
use crate::arguments::{Format, ListOptions};
use crate::client::Client;
use crate::table::{Cell, lines};
use crate::terminal::{self, Terminal, harmless};

/// All policies.
#[derive(Debug, Deserialize)]
struct Policies<P> {
    policies: Vec<P>,
}

/// Lists the policies.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &ListOptions,
) -> anyhow::Result<ExitCode> {
    let answer = client.get(&["policies"]).await?;
    match options.format {
        Format::Json => {
            let found: Policies<Value> = answer.read()?;
            for policy in found.policies {
                terminal::print_line(&policy.to_string());
            }
        }
        Format::Text => {
            let found: Policies<Summary> = answer.read()?;
            print(terminal, &found.policies);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(terminal: Terminal, policies: &[Summary]) {
    let names = [
        "POLICY", "KIND", "STATE", "SEVERITY", "RULES", "REVISION", "ORIGIN",
    ];
    let head = names.map(|name| Cell::styled(terminal::INFO, name));
    let rows: Vec<Vec<Cell>> = std::iter::once(head.into())
        .chain(policies.iter().map(row))
        .collect();
    let mut lines = lines(terminal, 0, &rows).into_iter();
    lines.by_ref().take(1).for_each(|head| {
        terminal::print_line(&head);
    });
    for (line, policy) in lines.zip(policies) {
        terminal::print_line(&line);
        for problem in &policy.problems {
            let problem = terminal.paint(terminal::HIGH, &harmless(problem));
            terminal::print_line(&format!("  {problem}"));
        }
    }
}

fn row(policy: &Summary) -> Vec<Cell> {
    let rules = format!("{}/{}", policy.rules.enabled, policy.rules.total);
    let mut row = vec![
        Cell::styled(terminal::TITLE, &policy.id),
        Cell::plain(&policy.kind),
        Cell::plain(switch(policy.enabled)),
        Cell::severity(&policy.severity_label),
        Cell::plain(&rules),
        Cell::plain(&policy.revision),
        Cell::plain(&policy.origin),
    ];
    if policy.update {
        row.push(Cell::styled(terminal::MEDIUM, "update"));
    }
    row
}
