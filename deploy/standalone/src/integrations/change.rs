//! `nightlatch integrations` that change one: pause, resume, complete, rotate, delete.

use std::process::ExitCode;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Integration, Summary, Trouble};
use super::{find, secret, show};
use crate::arguments::{NamedOptions, RotateOptions};
use crate::client::{Answer, Change, Client, author};
use crate::terminal::{self, Terminal, harmless};

/// What is left of an integration.
#[derive(Debug, Deserialize)]
struct Deleted {
    hook: String,
    problem: Option<Trouble>,
}

/// Has something done with an integration: `complete`, `pause` or `resume`.
pub(super) async fn act(
    terminal: Terminal,
    client: &Client,
    options: &NamedOptions,
    act: &str,
) -> anyhow::Result<ExitCode> {
    let Summary { id, .. } = find(client, &options.integration).await?;
    let path = ["integrations", &id, act];
    let change = Change {
        method: Method::POST,
        seen: None,
        author: &author(&options.author),
        body: &Value::Null,
    };
    let note = note(options.author.note.as_deref());
    shown(terminal, client.change_noted(&path, &change, &note).await?)
}

/// Sets credentials, or gives the hook a fresh secret.
pub(super) async fn rotate(
    terminal: Terminal,
    client: &Client,
    options: &RotateOptions,
) -> anyhow::Result<ExitCode> {
    let Summary { id, revision, .. } = find(client, &options.integration).await?;
    let author = author(&options.author);
    let seen = format!("\"{revision}\"");
    if options.hook_secret {
        let change = Change {
            method: Method::POST,
            seen: Some(&seen),
            author: &author,
            body: &Value::Null,
        };
        let path = ["integrations", &id, "hook-secret"];
        return shown(terminal, client.change(&path, &change).await?);
    }
    let mut body = secret::credentials(&options.credentials)?;
    body["note"] = json!(options.author.note);
    let change = Change {
        method: Method::PUT,
        seen: Some(&seen),
        author: &author,
        body: &body,
    };
    let path = ["integrations", &id, "credentials"];
    shown(terminal, client.change(&path, &change).await?)
}

/// Deletes an integration.
pub(super) async fn delete(
    terminal: Terminal,
    client: &Client,
    options: &NamedOptions,
) -> anyhow::Result<ExitCode> {
    let found = find(client, &options.integration).await?;
    let seen = format!("\"{}\"", found.revision);
    let change = Change {
        method: Method::DELETE,
        seen: Some(&seen),
        author: &author(&options.author),
        body: &Value::Null,
    };
    let note = note(options.author.note.as_deref());
    let path = ["integrations", &found.id];
    let answer = client.change_noted(&path, &change, &note).await?;
    let deleted: Deleted = answer.read()?;
    let hook = match deleted.hook.as_str() {
        "deleted" => "its event hook at Okta is deleted",
        "none" => "it had no event hook at Okta",
        _ => "its event hook is still at Okta",
    };
    terminal::print_line(&format!("{} is deleted, {hook}", harmless(&found.name)));
    match deleted.problem {
        None => Ok(ExitCode::SUCCESS),
        Some(problem) => {
            problem.print(terminal);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Prints an integration as it is now; a failure when something could not be done along with it.
fn shown(terminal: Terminal, answer: Answer) -> anyhow::Result<ExitCode> {
    let integration: Integration = answer.read()?;
    show::print(terminal, &integration);
    let is_done = integration.problems.is_empty();
    Ok(if is_done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn note(text: Option<&str>) -> Vec<(&'static str, &str)> {
    text.map(|text| ("note", text)).into_iter().collect()
}
