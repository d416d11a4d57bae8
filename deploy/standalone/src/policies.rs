//! `nightlatch policies`: what a running detector has of policies, read and set through its API.

mod apply;
mod broken;
mod diff;
mod document;
mod history;
mod list;
mod plan;
mod rule;
mod show;
mod wish;

use std::process::ExitCode;

use nightlatch_chassis::process::refuse;

use crate::arguments::{PoliciesCommand, PoliciesOptions, Settings};
use crate::client::{Client, Place};
use crate::configuration;
use crate::runtime;
use crate::service::Service;
use crate::terminal::{Terminal, complain};

/// Runs a command on policies.
pub(crate) fn run(settings: &Settings, options: &PoliciesOptions) -> ExitCode {
    let place = match &options.api {
        // Whoever names an address need not have the configuration of what listens there.
        Some(api) => Place::Named(api),
        None => match configuration::load(settings, Vec::new()) {
            Ok(config) => Place::Folder(config.data_dir()),
            Err(errors) => return refuse(&errors),
        },
    };
    let done = runtime::block_on(async {
        let client = Client::at(&place, Service::Detector).await?;
        let terminal = Terminal::coloured(options.color);
        match &options.command {
            PoliciesCommand::List(options) => list::run(terminal, &client, options).await,
            PoliciesCommand::Show(options) => show::run(terminal, &client, options).await,
            PoliciesCommand::Apply(options) => apply::run(terminal, &client, options).await,
            PoliciesCommand::Diff(options) => diff::run(terminal, &client, options).await,
            PoliciesCommand::History(options) => history::run(terminal, &client, options).await,
            PoliciesCommand::Rollback(options) => {
                history::roll_back(terminal, &client, options).await
            }
        }
    });
    done.unwrap_or_else(|error| complain(&error))
}
