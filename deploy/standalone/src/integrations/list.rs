//! `nightlatch integrations list`.

use std::process::ExitCode;

use serde_json::Value;

use super::document::{Integrations, Summary, of_state};
use crate::arguments::{Format, IntegrationListOptions};
use crate::client::Client;
use crate::table::{Cell, lines};
use crate::terminal::{self, Terminal, harmless};

/// Lists the integrations.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &IntegrationListOptions,
) -> anyhow::Result<ExitCode> {
    let answer = client.get(&["integrations"]).await?;
    match options.format {
        Format::Json => {
            let found: Integrations<Value> = answer.read()?;
            for integration in found.integrations {
                terminal::print_line(&integration.to_string());
            }
        }
        Format::Text => {
            let found: Integrations<Summary> = answer.read()?;
            print(terminal, &found.integrations);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(terminal: Terminal, integrations: &[Summary]) {
    let names = [
        "NAME",
        "DOMAIN",
        "STATE",
        "LAST EVENT",
        "IN 24 H",
        "ORIGIN",
        "ID",
    ];
    let head = names.map(|name| Cell::styled(terminal::INFO, name));
    let rows: Vec<Vec<Cell>> = std::iter::once(head.into())
        .chain(integrations.iter().map(row))
        .collect();
    let mut lines = lines(terminal, 0, &rows).into_iter();
    if let Some(head) = lines.next() {
        terminal::print_line(&head);
    }
    for (line, integration) in lines.zip(integrations) {
        terminal::print_line(&line);
        let status = &integration.status;
        if !matches!(status.state.as_str(), "connected" | "paused") {
            let remedy = status.remedy.as_deref().unwrap_or_default();
            let why = format!("  {} {remedy}", status.reason);
            terminal::print_line(harmless(&why).trim_end());
        }
    }
}

fn row(integration: &Summary) -> Vec<Cell> {
    let state = &integration.status.state;
    vec![
        Cell::styled(terminal::TITLE, &integration.name),
        Cell::plain(&integration.domain),
        Cell::styled(of_state(state), state),
        Cell::plain(integration.last_event.as_deref().unwrap_or("none")),
        Cell::plain(&integration.events_24h.to_string()),
        Cell::plain(&integration.origin),
        Cell::plain(&integration.id),
    ]
}
