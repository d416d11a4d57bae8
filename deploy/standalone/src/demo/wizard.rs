//! The simulated org is connected as a person connects one: by the API, step by step.

use std::time::Duration;

use anyhow::bail;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::org::SimulatedOrg;
use crate::client::{Answer, Change, Client};
use crate::integrations::{Summary, checklist, find, of_state};
use crate::terminal::{self, Terminal, harmless};

/// What people call the integration; hardly the name of one of theirs.
const NAME: &str = "acme (simulated)";
/// Who connects it.
const AUTHOR: &str = "demo";
/// How long the first event is waited for: the hook brings it once it is warm, within seconds.
const FIRST_EVENT: Duration = Duration::from_secs(15);

/// What the wizard's first page says.
#[derive(Debug, Deserialize)]
struct Start {
    domain: String,
    integration: Option<String>,
    connected: bool,
}

/// What its second one has made.
#[derive(Debug, Deserialize)]
struct Made {
    id: String,
}

/// Connects the org, lets it live, and has its first event come.
pub(crate) async fn connect(
    terminal: Terminal,
    client: &Client,
    org: &SimulatedOrg,
) -> anyhow::Result<()> {
    let body = json!({ "org": org.address() });
    let start: Start = post(client, &["integrations", "start"], &body)
        .await?
        .read()?;
    if let Some(earlier) = start.integration.filter(|_| start.connected) {
        forget(client, &earlier).await?;
    }
    let credential = org.install_integration();
    let body = json!({
        "domain": start.domain,
        "name": NAME,
        "credentials": {
            "client_id": credential.client_id,
            "client_secret": credential.client_secret,
        },
        "event_types": "recommended",
    });
    let Made { id } = post(client, &["integrations"], &body).await?.read()?;
    let name = terminal.paint(terminal::TITLE, NAME);
    let domain = harmless(&start.domain);
    let client_id = harmless(&credential.client_id);
    terminal::print_line(&format!(
        "Connecting {name}, {domain}, with the client {client_id} and its secret:"
    ));
    org.live();
    if !checklist(terminal, client, &id, FIRST_EVENT).await? {
        bail!("the simulated org is not connected: see the step that failed above");
    }
    let complete = ["integrations", &id, "complete"];
    post(client, &complete, &Value::Null).await?.accepted()?;
    Ok(())
}

/// Deletes what an earlier demo has left in a data folder: its org is gone.
async fn forget(client: &Client, id: &str) -> anyhow::Result<()> {
    let Summary { revision, .. } = find(client, id).await?;
    let change = Change {
        method: Method::DELETE,
        seen: Some(&format!("\"{revision}\"")),
        author: AUTHOR,
        body: &Value::Null,
    };
    client
        .change(&["integrations", id], &change)
        .await?
        .accepted()?;
    Ok(())
}

async fn post(client: &Client, path: &[&str], body: &Value) -> anyhow::Result<Answer> {
    let change = Change {
        method: Method::POST,
        seen: None,
        author: AUTHOR,
        body,
    };
    client.change(path, &change).await
}

/// Prints how the integration is. A demo that ends before it is there has nothing to print.
pub(crate) async fn print_status(terminal: Terminal, client: &Client, org: &SimulatedOrg) {
    let Ok(found) = find(client, org.address()).await else {
        return;
    };
    let status = &found.status;
    let last = found.last_event.map(|last| format!(", the last at {last}"));
    terminal::print_line(&format!(
        "{}  {}  {}  {} {} events came{}",
        terminal.paint(terminal::TITLE, &harmless(&found.name)),
        harmless(&found.domain),
        terminal.paint(of_state(&status.state), &harmless(&status.state)),
        harmless(&status.reason),
        found.events_24h,
        harmless(&last.unwrap_or_default()),
    ));
}
