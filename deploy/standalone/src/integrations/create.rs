//! `nightlatch integrations start` and `create`.

use std::process::ExitCode;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Integration, Trouble};
use super::{secret, show};
use crate::arguments::CreateOptions;
use crate::client::{Change, Client, author};
use crate::terminal::{self, Terminal, harmless};

/// What to do at Okta to connect an org.
#[derive(Debug, Deserialize)]
struct Start {
    domain: String,
    admin_link: String,
    connected: bool,
    scopes: Vec<String>,
    ways: Vec<Way>,
    problem: Option<Trouble>,
}

/// A way to let us in.
#[derive(Debug, Deserialize)]
struct Way {
    credentials: String,
    title: String,
    steps: Vec<String>,
}

/// Says what to do at Okta.
pub(super) async fn start(
    terminal: Terminal,
    client: &Client,
    org: &str,
) -> anyhow::Result<ExitCode> {
    let body = json!({ "org": org });
    let change = Change {
        method: Method::POST,
        seen: None,
        author: "cli",
        body: &body,
    };
    let start: Start = client
        .change(&["integrations", "start"], &change)
        .await?
        .read()?;
    let domain = terminal.paint(terminal::TITLE, &harmless(&start.domain));
    let connected = if start.connected {
        "  connected already"
    } else {
        ""
    };
    terminal::print_line(&format!("{domain}{connected}"));
    terminal::print_line(&format!("  open    {}", harmless(&start.admin_link)));
    terminal::print_line(&format!("  scopes  {}", harmless(&start.scopes.join(" "))));
    for way in &start.ways {
        let title = terminal.paint(terminal::INFO, &harmless(&way.title));
        let mode = way.credentials.replace('_', "-");
        terminal::print_line(&format!("  {title} (--mode {})", harmless(&mode)));
        for (number, step) in way.steps.iter().enumerate() {
            terminal::print_line(&format!("    {}. {}", number + 1, harmless(step)));
        }
    }
    if let Some(problem) = &start.problem {
        problem.print(terminal);
    }
    Ok(ExitCode::SUCCESS)
}

/// Connects an org.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &CreateOptions,
) -> anyhow::Result<ExitCode> {
    let body = json!({
        "domain": options.domain,
        "name": options.name,
        "credentials": secret::credentials(&options.credentials)?,
        "event_types": event_types(&options.event_types),
        "start": options.start,
        "note": options.author.note,
    });
    let change = Change {
        method: Method::POST,
        seen: None,
        author: &author(&options.author),
        body: &body,
    };
    let made = client.change(&["integrations"], &change).await?;
    let made: Integration = made.read()?;
    show::print(terminal, &made);
    Ok(ExitCode::SUCCESS)
}

/// The name of a set, or a list.
fn event_types(text: &str) -> Value {
    match text {
        "default" | "recommended" => json!(text),
        names => names.split(',').map(|name| json!(name.trim())).collect(),
    }
}
