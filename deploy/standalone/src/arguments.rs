//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use nightlatch_chassis::Span;

use crate::service::Service;

mod integrations;
mod policies;
mod rules;

pub(crate) use integrations::{
    CreateOptions, CredentialMode, CredentialOptions, IntegrationApplyOptions,
    IntegrationListOptions, IntegrationShowOptions, IntegrationsCommand, IntegrationsOptions,
    NamedOptions, RotateOptions, SendTestOptions, ValidateOptions,
};
pub(crate) use policies::{
    ApplyOptions, AuthorOptions, DiffOptions, HistoryOptions, ListOptions, PoliciesCommand,
    PoliciesOptions, RollbackOptions, ShowOptions,
};
pub(crate) use rules::{
    CheckOptions, Colour, ExplainOptions, FieldsOptions, FmtOptions, RulesCommand, RulesOptions,
    TestFormat, TestOptions,
};

/// Watches an Okta org: events in, detections out.
///
/// Without a command it runs all services in one process: on the embedded log, or on Kafka where
/// `kafka.brokers` is set.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, args_conflicts_with_subcommands = false)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Where settings come from, besides NIGHTLATCH_… variables.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Settings {
    /// Configuration file (TOML); also `NIGHTLATCH_CONFIG`
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Sets a key, such as --set log.level=debug; wins over all else
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
    /// Folder for everything kept on this machine
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<String>,
}

/// Returns the settings that the command line of a service's own binary names.
pub(crate) fn of_service(service: Service) -> Settings {
    let (about, listens) = service.about();
    let more = format!(
        "{about}.\n\nOne of the three services of Nightlatch, apart from the others: its topics are \
         on Kafka (kafka.brokers). {listens} One configuration file serves all services; each \
         process has a data folder of its own. `nightlatch` has the commands, and runs all services \
         in one process."
    );
    let command = <Settings as Args>::augment_args(clap::Command::new(service.binary()))
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(100)
        .about(about)
        .long_about(more);
    Settings::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs everything on the embedded log, connected to a simulated Okta org with attacks among its traffic
    Demo(DemoOptions),
    /// Sends System Log exports or saved hook bodies through the pipeline
    ///
    /// They go through ingest: the one at --api, else the process that runs on the data folder. When
    /// none runs there, the import starts what it needs for as long as it takes: all services, or
    /// with Kafka ingest alone. Then it waits for the detector, wherever it runs, and prints how many
    /// detections came of the events. When no detector gets on with them, it says so and ends: they
    /// are durable, and judged as soon as one runs.
    Import(ImportOptions),
    /// Prints the records of a topic
    Tail(TailOptions),
    /// Works on the topics of a Kafka cluster
    Topics {
        #[command(subcommand)]
        command: TopicsCommand,
    },
    /// Works on rules files: checks, tests, explains and formats them
    Rules(RulesOptions),
    /// Works on the policies of a running detector: lists, shows, applies, compares and rolls back
    ///
    /// They go through the API of a detector: the one at --api, else the process that runs on the
    /// data folder.
    Policies(PoliciesOptions),
    /// Works on the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Works on the integrations of a running ingest: connects Okta orgs and looks after them
    ///
    /// They go through the API of ingest: the one at --api, else the process that runs on the data
    /// folder.
    Integrations(IntegrationsOptions),
    /// Prints integrations for the configuration file
    Integration {
        #[command(subcommand)]
        command: IntegrationCommand,
    },
    /// Prints the OpenAPI document of the API
    Openapi,
    /// Prints the AsyncAPI document of the topics
    Asyncapi,
    /// Writes the generated reference documents
    #[command(hide = true)]
    Reference {
        /// Folder to write them to
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DemoOptions {
    /// Ends by itself after so long, such as 60s, with a summary
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    pub(crate) duration: Option<Duration>,
    /// Events a second
    #[arg(long, default_value_t = 10.0, value_name = "N", value_parser = rate)]
    pub(crate) rate: f64,
    /// Seed of the simulated org: the same seed, the same traffic
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ImportOptions {
    /// Files: one JSON value a line, a JSON array, or saved hook bodies; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Integration that the events belong to [default: the only one, else `import`]
    #[arg(long, value_name = "NAME")]
    pub(crate) integration: Option<String>,
    /// Address of the API of a running ingest, such as <http://ingest.internal:8088>
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(crate) api: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TailOptions {
    /// Topic to read
    #[arg(default_value = "okta.runtime-events")]
    pub(crate) topic: String,
    /// Where to begin: start, now, an RFC 3339 time, or so long ago (15m, 2h)
    #[arg(long, default_value = "now", value_name = "start|now|TIME")]
    pub(crate) from: String,
    /// Ends at the end instead of waiting for more
    #[arg(long)]
    pub(crate) until_end: bool,
    /// text for people, json for programs: one object a record
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Makes the topics that are missing and verifies the others: exit code 1 when one differs
    Create,
    /// Says what differs from what it should be, and how to repair it: exit code 1 then
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Checks the configuration and prints what is in effect, secrets masked
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationCommand {
    /// Prints the configuration of a new integration, with a fresh key and secret
    New(NewIntegration),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct NewIntegration {
    /// What people call it
    #[arg(long)]
    pub(crate) name: String,
    /// The org's domain, such as acme.okta.com
    #[arg(long)]
    pub(crate) domain: String,
    /// Okta's id of the org: `id` at <https://DOMAIN/.well-known/okta-organization>
    #[arg(long)]
    pub(crate) org_id: String,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn span(text: &str) -> Result<Duration, String> {
    text.parse::<Span>()
        .map(Span::duration)
        .map_err(|error| error.to_string())
}

/// An address, without the slash at its end.
fn address(text: &str) -> Result<String, String> {
    match text.parse::<reqwest::Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() => {
            Ok(url.as_str().trim_end_matches('/').to_owned())
        }
        _ => Err("expected an address such as http://127.0.0.1:8088".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 100_000.0 => Ok(rate),
        _ => Err("expected a number over 0, at most 100000".to_owned()),
    }
}
