//! `nightlatch policies apply`.

use std::process::ExitCode;

use reqwest::StatusCode;

use super::plan::{Plan, plans};
use super::{broken, diff, wish};
use crate::arguments::ApplyOptions;
use crate::client::{Client, Refusal, author};
use crate::terminal::{self, Terminal, complain, harmless};

/// Makes policies what files say.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &ApplyOptions,
) -> anyhow::Result<ExitCode> {
    let plans = match wish::read(terminal, &options.files) {
        Some(wishes) => plans(client, wishes).await?,
        None => Err(Vec::new()),
    };
    let plans = match plans {
        Ok(plans) => plans,
        Err(refused) => {
            for error in refused {
                complain(&error);
            }
            return Ok(complain(&"nothing was applied"));
        }
    };
    let author = author(&options.author);
    let mut exit = ExitCode::SUCCESS;
    for plan in &plans {
        if plan.is_done {
            tell(terminal, plan, "unchanged");
        } else if options.dry_run {
            tell(
                terminal,
                plan,
                if plan.is_new() {
                    "would be created"
                } else {
                    "would be changed"
                },
            );
        } else if !carry_out(terminal, client, plan, options, &author).await? {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

/// Writes what a plan says; false when it was refused.
async fn carry_out(
    terminal: Terminal,
    client: &Client,
    plan: &Plan,
    options: &ApplyOptions,
    author: &str,
) -> anyhow::Result<bool> {
    let note = options.author.note.as_deref();
    let answer = plan.carry_out(client, author, note).await?;
    match answer.accepted() {
        Ok(answer) => {
            let word = if plan.is_new() { "created" } else { "changed" };
            tell(terminal, plan, &format!("{word}, {}", answer.revision()));
            Ok(true)
        }
        Err(refusal) => {
            refuse(terminal, plan, &refusal);
            Ok(false)
        }
    }
}

/// A line on what became of a policy; of one that there was before with what differs.
fn tell(terminal: Terminal, plan: &Plan, what: &str) {
    let id = terminal.paint(terminal::TITLE, &harmless(&plan.wish.id));
    terminal::print_line(&format!("{id} {}", harmless(what)));
    if !plan.is_new() {
        diff::print(terminal, &plan.diff);
    }
}

fn refuse(terminal: Terminal, plan: &Plan, refusal: &Refusal) {
    let id = &plan.wish.id;
    match refusal.status {
        StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => {
            let what = if plan.is_new() { "made" } else { "changed" };
            complain(&format!(
                "{id}: somebody else has {what} it meanwhile, and it stays as they did; see \
                 `nightlatch policies history {id}`, and apply again if it is still wanted"
            ));
        }
        StatusCode::UNPROCESSABLE_ENTITY if broken::show(terminal, &plan.wish, refusal) => {}
        _ => drop(complain(&format!("{id}: {refusal}"))),
    }
}
