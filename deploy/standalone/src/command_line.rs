//! From a command line to what it asks for.

use std::process::ExitCode;

use clap::Parser;
use nightlatch_chassis::process::{self, refuse};

use crate::arguments::{
    self, Arguments, Command, ConfigCommand, IntegrationCommand, Settings, TopicsCommand,
};
use crate::service::Service;
use crate::{
    configuration, demo, documents, import, integration, integrations, policies, reference, rules,
    services, tail, terminal, topics,
};

/// Runs what the command line of `nightlatch` asks for: a command, or all services.
pub fn run() -> ExitCode {
    let Arguments { settings, command } = Arguments::parse();
    match command {
        None => run_all(&settings),
        Some(Command::Demo(options)) => demo::run(&settings, options),
        Some(Command::Import(options)) => import::run(&settings, options),
        Some(Command::Tail(options)) => tail::run(&settings, &options),
        Some(Command::Topics {
            command: TopicsCommand::Create,
        }) => topics::create(&settings),
        Some(Command::Topics {
            command: TopicsCommand::Check,
        }) => topics::check(&settings),
        Some(Command::Rules(options)) => rules::run(&settings, &options),
        Some(Command::Policies(options)) => policies::run(&settings, &options),
        Some(Command::Integrations(options)) => integrations::run(&settings, &options),
        Some(Command::Config {
            command: ConfigCommand::Check,
        }) => configuration::check(&settings),
        Some(Command::Integration {
            command: IntegrationCommand::New(options),
        }) => integration::new(&options),
        Some(Command::Openapi) => terminal::print_json(&documents::openapi()),
        Some(Command::Asyncapi) => terminal::print_json(&nightlatch_schemas::asyncapi()),
        Some(Command::Reference { folder }) => reference::write(&folder),
    }
}

/// Runs one service, with the settings that the command line of its binary names, until it is told
/// to stop.
///
/// A service apart shares topics with the others, so it is refused without Kafka.
pub fn run_service(service: Service) -> ExitCode {
    let settings = arguments::of_service(service);
    match configuration::load_for_kafka(&settings, service) {
        Ok(config) => process::run(config, async |process| {
            services::run(process, &[service]).await
        }),
        Err(errors) => refuse(&errors),
    }
}

fn run_all(settings: &Settings) -> ExitCode {
    match configuration::load(settings, Vec::new()) {
        Ok(config) => process::run(config, async |process| {
            services::run(process, &Service::ALL).await
        }),
        Err(errors) => refuse(&errors),
    }
}
