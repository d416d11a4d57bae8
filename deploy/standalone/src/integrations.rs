//! `nightlatch integrations`: what a running ingest has of integrations, read and set through its API.

mod apply;
mod change;
mod create;
mod document;
mod list;
mod secret;
mod show;
mod test;
mod validate;
mod wish;

use std::process::ExitCode;

use anyhow::anyhow;
use nightlatch_chassis::process::refuse;

use crate::arguments::{IntegrationsCommand, IntegrationsOptions, Settings};
use crate::client::{Client, Place};
use crate::configuration;
use crate::runtime;
use crate::service::Service;
use crate::terminal::{Terminal, complain};
use document::Integrations;
pub(crate) use document::{Summary, of_state};
pub(crate) use validate::checklist;

/// Runs a command on integrations.
pub(crate) fn run(settings: &Settings, options: &IntegrationsOptions) -> ExitCode {
    let place = match &options.api {
        Some(api) => Place::Named(api),
        None => match configuration::load(settings, Vec::new()) {
            Ok(config) => Place::Folder(config.data_dir()),
            Err(errors) => return refuse(&errors),
        },
    };
    let done = runtime::block_on(async {
        let client = Client::at(&place, Service::Ingest).await?;
        let terminal = Terminal::coloured(options.color);
        match &options.command {
            IntegrationsCommand::List(options) => list::run(terminal, &client, options).await,
            IntegrationsCommand::Show(options) => show::run(terminal, &client, options).await,
            IntegrationsCommand::Start { org } => create::start(terminal, &client, org).await,
            IntegrationsCommand::Create(options) => create::run(terminal, &client, options).await,
            IntegrationsCommand::Validate(options) => {
                validate::run(terminal, &client, options).await
            }
            IntegrationsCommand::Test(options) => {
                test::run(terminal, (&client, &place), options).await
            }
            IntegrationsCommand::Complete(options) => {
                change::act(terminal, &client, options, "complete").await
            }
            IntegrationsCommand::Pause(options) => {
                change::act(terminal, &client, options, "pause").await
            }
            IntegrationsCommand::Resume(options) => {
                change::act(terminal, &client, options, "resume").await
            }
            IntegrationsCommand::Rotate(options) => {
                change::rotate(terminal, &client, options).await
            }
            IntegrationsCommand::Delete(options) => {
                change::delete(terminal, &client, options).await
            }
            IntegrationsCommand::Apply(options) => apply::run(terminal, &client, options).await,
        }
    });
    done.unwrap_or_else(|error| complain(&error))
}

/// The integration of this id, name or domain.
pub(crate) async fn find(client: &Client, word: &str) -> anyhow::Result<Summary> {
    let all: Integrations<Summary> = client.get(&["integrations"]).await?.read()?;
    let names: Vec<String> = all
        .integrations
        .iter()
        .map(|one| one.name.clone())
        .collect();
    let mut found = all
        .integrations
        .into_iter()
        .filter(|one| one.id == word || one.name == word || one.domain == word);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(anyhow!(
            "{word:?} are several integrations; name one by its id"
        )),
        (None, _) if names.is_empty() => Err(anyhow!(
            "there is no integration; `nightlatch integrations create` makes one"
        )),
        (None, _) => Err(anyhow!(
            "there is no integration {word:?}; there are: {}",
            names.join(", ")
        )),
    }
}
