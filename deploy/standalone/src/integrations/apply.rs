//! `nightlatch integrations apply`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::document::{Integration, Integrations, Summary, Trouble};
use super::wish::{self, Wish};
use crate::arguments::IntegrationApplyOptions;
use crate::client::{Change, Client, author};
use crate::terminal::{self, Terminal, complain, harmless};

/// Whose org it is that a file names.
#[derive(Debug, Deserialize)]
struct Org {
    domain: String,
}

/// What has to be done.
#[derive(Debug)]
struct Step {
    method: Method,
    path: Vec<String>,
    body: Value,
    what: &'static str,
}

/// Makes integrations what files say.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &IntegrationApplyOptions,
) -> anyhow::Result<ExitCode> {
    let wishes = wish::read(&options.files)?;
    let who = author(&options.author);
    let mut exit = ExitCode::SUCCESS;
    for wish in &wishes {
        if let Err(error) = apply(terminal, client, wish, options, &who).await {
            complain(&format!("{}: {error:#}", wish.domain));
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

async fn apply(
    terminal: Terminal,
    client: &Client,
    wish: &Wish,
    options: &IntegrationApplyOptions,
    author: &str,
) -> anyhow::Result<()> {
    let current = current(client, wish, author).await?;
    let note = options.author.note.as_deref();
    let steps = match &current {
        None => vec![creation(wish, note)?],
        Some(current) => differences(wish, current, note)?,
    };
    let name = wish.name.as_deref().unwrap_or(&wish.domain);
    let title = terminal.paint(terminal::TITLE, &harmless(name));
    if steps.is_empty() {
        terminal::print_line(&format!("{title} unchanged"));
    }
    for step in steps {
        if options.dry_run {
            terminal::print_line(&format!("{title} would be {}", step.what));
            continue;
        }
        for problem in carry_out(client, &step, author).await? {
            problem.print(terminal);
        }
        terminal::print_line(&format!("{title} {}", step.what));
    }
    Ok(())
}

/// The integration that a file means, as it is.
async fn current(
    client: &Client,
    wish: &Wish,
    author: &str,
) -> anyhow::Result<Option<Integration>> {
    let change = Change {
        method: Method::POST,
        seen: None,
        author,
        body: &json!({"org": wish.domain}),
    };
    let org: Org = client
        .change(&["integrations", "start"], &change)
        .await?
        .read()?;
    let all: Integrations<Summary> = client.get(&["integrations"]).await?.read()?;
    let mut all = all.integrations.into_iter();
    match all.find(|one| one.domain == org.domain) {
        None => Ok(None),
        Some(found) => {
            let answer = client.get(&["integrations", &found.id]).await?;
            answer.read().map(Some)
        }
    }
}

fn creation(wish: &Wish, note: Option<&str>) -> anyhow::Result<Step> {
    Ok(Step {
        method: Method::POST,
        path: vec!["integrations".to_owned()],
        body: json!({
            "domain": wish.domain,
            "name": wish.name,
            "org_id": wish.org_id,
            "credentials": wish.credentials.document()?,
            "event_types": wish.event_types,
            "start": wish.start,
            "note": note,
        }),
        what: "created; `nightlatch integrations validate` goes on",
    })
}

/// What differs from what is there.
fn differences(
    wish: &Wish,
    current: &Integration,
    note: Option<&str>,
) -> anyhow::Result<Vec<Step>> {
    let path = |rest: &[&str]| -> Vec<String> {
        let all = ["integrations", &current.summary.id].into_iter();
        all.chain(rest.iter().copied()).map(str::to_owned).collect()
    };
    let mut steps = Vec::new();
    let mut patch = Map::new();
    if let Some(name) = wish
        .name
        .as_ref()
        .filter(|name| **name != current.summary.name)
    {
        patch.insert("name".to_owned(), json!(name));
    }
    let chosen = current.event_types.as_ref().map(|types| &types.chosen);
    if !chosen.is_some_and(|chosen| is_same_set(chosen, &wish.event_types)) {
        patch.insert("event_types".to_owned(), wish.event_types.clone());
    }
    if let Some(start) = &wish.start
        && !is_same_time(start, current.start.as_deref())
    {
        patch.insert("start".to_owned(), json!(start));
    }
    if !patch.is_empty() {
        patch.insert("note".to_owned(), json!(note));
        steps.push(Step {
            method: Method::PATCH,
            path: path(&[]),
            body: Value::Object(patch),
            what: "changed",
        });
    }
    let wanted = &wish.credentials;
    let are_same = current.credentials.as_ref().is_some_and(|has| {
        has.mode == wanted.mode && has.client_id == wanted.client_id && has.key_id == wanted.key_id
    });
    if !are_same {
        let mut body = wanted.document()?;
        body["note"] = json!(note);
        steps.push(Step {
            method: Method::PUT,
            path: path(&["credentials"]),
            body,
            what: "given other credentials",
        });
    }
    if wish.paused != current.paused.is_some() {
        let (act, what) = if wish.paused {
            ("pause", "paused")
        } else {
            ("resume", "resumed")
        };
        steps.push(Step {
            method: Method::POST,
            path: path(&[act]),
            body: Value::Null,
            what,
        });
    }
    Ok(steps)
}

/// Whether a time that is wanted is the one that there is, however it is written.
fn is_same_time(wanted: &str, has: Option<&str>) -> bool {
    let read = |text: &str| text.parse::<jiff::Timestamp>().ok();
    read(wanted).is_some() && read(wanted) == has.and_then(read)
}

/// Whether two choices of event types are the same: of lists, whatever their order.
fn is_same_set(one: &Value, other: &Value) -> bool {
    let names = |value: &Value| -> Option<BTreeSet<String>> {
        let names = value.as_array()?.iter();
        Some(names.filter_map(Value::as_str).map(str::to_owned).collect())
    };
    one == other || names(one).is_some_and(|one| Some(one) == names(other))
}

/// Does it, to what is there now; returns what could not be done at Okta.
async fn carry_out(client: &Client, step: &Step, author: &str) -> anyhow::Result<Vec<Trouble>> {
    let path: Vec<&str> = step.path.iter().map(String::as_str).collect();
    let seen = match path.get(..2) {
        Some(of) if step.method != Method::POST => client.get(of).await?.etag,
        _ => String::new(),
    };
    let change = Change {
        method: step.method.clone(),
        seen: Some(seen.as_str()).filter(|seen| !seen.is_empty()),
        author,
        body: &step.body,
    };
    let answer: Integration = client.change(&path, &change).await?.read()?;
    Ok(answer.problems)
}
