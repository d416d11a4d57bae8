//! `nightlatch integrations validate`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use serde::Deserialize;

use super::document::{Summary, of_state, print_trouble};
use super::find;
use crate::arguments::ValidateOptions;
use crate::client::Client;
use crate::terminal::{self, Terminal, harmless};

/// How long the steps may take besides waiting for the first event.
const STEPS: Duration = Duration::from_mins(5);
/// The longest line of the stream, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// What is said of a step, or of the whole at the end.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Told {
    Step(Step),
    End { passed: bool },
}

#[derive(Debug, Deserialize)]
struct Step {
    #[serde(rename = "step")]
    name: String,
    state: String,
    milliseconds: Option<u64>,
    #[serde(default)]
    sentence: String,
    #[serde(default)]
    remedy: String,
}

/// Goes through the checklist, step by step as they end.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &ValidateOptions,
) -> anyhow::Result<ExitCode> {
    let Summary { id, .. } = find(client, &options.integration).await?;
    let passed = checklist(terminal, client, &id, options.wait).await?;
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints the steps of the checklist as they end; says whether none failed.
pub(crate) async fn checklist(
    terminal: Terminal,
    client: &Client,
    id: &str,
    wait: Duration,
) -> anyhow::Result<bool> {
    let longest = wait + STEPS;
    let wait = format!("{}ms", wait.as_millis());
    let path = ["integrations", id, "validate"];
    let mut answer = client.stream(&path, &[("wait", &wait)], longest).await?;
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            if let Some(passed) = told(terminal, &line)? {
                return Ok(passed);
            }
        }
        if text.len() > MAX_LINE {
            break;
        }
    }
    Err(anyhow!("the checklist broke off; validate again"))
}

/// Prints a step that has ended; says how the whole ended.
fn told(terminal: Terminal, line: &[u8]) -> anyhow::Result<Option<bool>> {
    let line = String::from_utf8_lossy(line);
    let Some(data) = line.strip_prefix("data:") else {
        return Ok(None);
    };
    match serde_json::from_str(data.trim())? {
        Told::End { passed } => return Ok(Some(passed)),
        Told::Step(step) if step.state != "running" => print(terminal, &step),
        Told::Step(_) => {}
    }
    Ok(None)
}

fn print(terminal: Terminal, step: &Step) {
    let state = terminal.paint(
        of_state(&step.state),
        &format!("{:<8}", harmless(&step.state)),
    );
    let name = harmless(&step.name.replace('_', " "));
    let took = step.milliseconds.map(|took| format!("{took} ms"));
    let took = took.filter(|_| step.state != "skipped").unwrap_or_default();
    terminal::print_line(format!("{state} {name:<14} {took:>8}").trim_end());
    if step.state == "passed" {
        if !step.sentence.is_empty() {
            let found = terminal.paint(terminal::INFO, &harmless(&step.sentence));
            terminal::print_line(&format!("  {found}"));
        }
    } else if !step.sentence.is_empty() {
        print_trouble(terminal, &step.sentence, &step.remedy);
    }
}
