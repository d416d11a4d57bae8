//! `nightlatch policies history` and `rollback`.

use std::process::ExitCode;

use anyhow::bail;
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::diff;
use super::document::{Difference, Revision};
use crate::arguments::{Format, HistoryOptions, RollbackOptions};
use crate::client::{Change, Client, author};
use crate::table::{Cell, lines};
use crate::terminal::{self, Terminal, harmless};

/// All that was set of a policy.
#[derive(Debug, Deserialize)]
struct Revisions<R> {
    revisions: Vec<R>,
}

/// Lists what was set of a policy.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &HistoryOptions,
) -> anyhow::Result<ExitCode> {
    let answer = client.get(&["policies", &options.id, "revisions"]).await?;
    if options.format == Format::Json {
        let found: Revisions<Value> = answer.read()?;
        for revision in found.revisions {
            terminal::print_line(&revision.to_string());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let found: Revisions<Revision> = answer.read()?;
    let rows: Vec<Vec<Cell>> = found.revisions.iter().map(row).collect();
    for line in lines(terminal, 0, &rows) {
        terminal::print_line(&line);
    }
    Ok(ExitCode::SUCCESS)
}

fn row(revision: &Revision) -> Vec<Cell> {
    let why = if revision.deleted {
        Cell::styled(terminal::HIGH, format!("deleted {}", revision.note).trim())
    } else {
        Cell::plain(&revision.note)
    };
    // Nobody reads nanoseconds.
    let when = revision
        .when
        .parse::<Timestamp>()
        .map_or_else(|_| revision.when.clone(), |when| format!("{when:.0}"));
    vec![
        Cell::styled(terminal::TITLE, &revision.id),
        Cell::plain(&when),
        Cell::plain(&revision.who),
        why,
    ]
}

/// Sets a policy as it was.
pub(super) async fn roll_back(
    terminal: Terminal,
    client: &Client,
    options: &RollbackOptions,
) -> anyhow::Result<ExitCode> {
    let RollbackOptions { id, to, author: by } = options;
    let shown_id = terminal.paint(terminal::TITLE, &harmless(id));
    let seen = match client.get(&["policies", id]).await?.accepted() {
        Ok(answer) => answer.etag,
        // One that was deleted comes back.
        Err(refusal) if refusal.status == StatusCode::NOT_FOUND => "\"none\"".to_owned(),
        Err(refusal) => bail!("{id}: {refusal}"),
    };
    let path = ["policies", id, "diff"];
    let difference = client.look(&path, &[("from", to)]).await?;
    if difference.read::<Difference>()?.diff.is_empty() {
        terminal::print_line(&format!("{shown_id} unchanged"));
        return Ok(ExitCode::SUCCESS);
    }
    let mut body = json!({"to": to});
    if let Some(note) = &by.note {
        body["note"] = note.as_str().into();
    }
    let change = Change {
        method: Method::POST,
        seen: Some(&seen),
        author: &author(by),
        body: &body,
    };
    let answer = client
        .change(&["policies", id, "rollback"], &change)
        .await?;
    let answer = match answer.accepted() {
        Ok(answer) => answer,
        Err(refusal) if refusal.status == StatusCode::PRECONDITION_FAILED => bail!(
            "{id}: somebody else has changed it meanwhile, and it stays as they did; see \
             `nightlatch policies history {id}`"
        ),
        Err(refusal) => bail!("{id}: {refusal}"),
    };
    let what = harmless(&format!("is as it was at {to}, {}", answer.revision()));
    terminal::print_line(&format!("{shown_id} {what}"));
    let difference = client
        .look(&path, &[("to", answer.etag.trim_matches('"'))])
        .await?;
    let difference: Difference = difference.read()?;
    diff::print(terminal, &difference.diff);
    Ok(ExitCode::SUCCESS)
}
