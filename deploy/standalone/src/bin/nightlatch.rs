//! The `nightlatch` binary: without arguments all services in one process; the command line.

mod arguments;
mod data_folder;
mod demo;
mod documents;
mod import;
mod integration;
mod open_files;
mod reference;
mod rules;
mod services;
mod tail;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, ConfigCommand, IntegrationCommand, RulesCommand};

/// With it the path of an event takes about half the time that glibc's allocator makes it take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let Arguments { settings, command } = Arguments::parse();
    match command {
        None => services::run(&settings),
        Some(Command::Demo(options)) => demo::run(&settings, options),
        Some(Command::Import(options)) => import::run(&settings, options),
        Some(Command::Tail(options)) => tail::run(&settings, &options),
        Some(Command::Rules {
            command: RulesCommand::Check { files },
        }) => rules::check(&files),
        Some(Command::Config {
            command: ConfigCommand::Check,
        }) => services::check(&settings),
        Some(Command::Integration {
            command: IntegrationCommand::New(options),
        }) => integration::new(&options),
        Some(Command::Openapi) => terminal::print_json(&documents::openapi()),
        Some(Command::Asyncapi) => terminal::print_json(&nightlatch_schemas::asyncapi()),
        Some(Command::Reference { folder }) => reference::write(&folder),
    }
}
