//! `nightlatch policies diff`.

use std::process::ExitCode;

use similar::TextDiff;

use super::document::Difference;
use super::plan::plans;
use super::wish;
use crate::arguments::DiffOptions;
use crate::client::Client;
use crate::terminal::{self, Terminal, complain, harmless};

/// Tells what differs: exit code 1 when something does.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &DiffOptions,
) -> anyhow::Result<ExitCode> {
    let Some(id) = &options.id else {
        return of_files(terminal, client, options).await;
    };
    let named = [("from", &options.from), ("to", &options.to)];
    let parameters: Vec<(&str, &str)> = named
        .iter()
        .filter_map(|(name, revision)| Some((*name, revision.as_deref()?)))
        .collect();
    let answer = client.look(&["policies", id, "diff"], &parameters).await?;
    let difference: Difference = answer.read()?;
    print(terminal, &difference.diff);
    Ok(exit(difference.diff.is_empty()))
}

async fn of_files(
    terminal: Terminal,
    client: &Client,
    options: &DiffOptions,
) -> anyhow::Result<ExitCode> {
    let Some(wishes) = wish::read(terminal, &options.files) else {
        return Ok(ExitCode::FAILURE);
    };
    let plans = match plans(client, wishes).await? {
        Ok(plans) => plans,
        Err(refused) => {
            return Ok(refused
                .iter()
                .fold(ExitCode::FAILURE, |_, error| complain(error)));
        }
    };
    for plan in &plans {
        print(terminal, &plan.diff);
    }
    Ok(exit(plans.iter().all(|plan| plan.is_done)))
}

fn exit(is_same: bool) -> ExitCode {
    if is_same {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What differs between two texts, which have names; empty when nothing does.
pub(super) fn unified([before, after]: [&str; 2], [from, to]: [&str; 2]) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(from, to).to_string()
}

/// Prints a unified diff.
pub(super) fn print(terminal: Terminal, diff: &str) {
    for line in diff.lines() {
        let text: Vec<String> = line.split('\t').map(harmless).collect();
        let text = text.join("\t");
        let style = match line.as_bytes().first() {
            _ if line.starts_with("+++ ") || line.starts_with("--- ") => terminal::INFO,
            Some(b'+') => terminal::ADDED,
            Some(b'-') => terminal::REMOVED,
            Some(b'@') => terminal::LOW,
            _ => {
                terminal::print_line(&text);
                continue;
            }
        };
        terminal::print_line(&terminal.paint(style, &text));
    }
}
