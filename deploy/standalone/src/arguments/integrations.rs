//! The command line of `nightlatch integrations`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{AuthorOptions, Colour, Format, address, span};

#[derive(Debug, Args)]
pub(crate) struct IntegrationsOptions {
    /// Address of the API of a running ingest [default: that of the process on the data folder]
    #[arg(long, global = true, value_name = "URL", value_parser = address)]
    pub(crate) api: Option<String>,
    /// When what is printed is coloured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    #[command(subcommand)]
    pub(crate) command: IntegrationsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationsCommand {
    /// Lists the integrations, those of the configuration file too, with how they are
    List(IntegrationListOptions),
    /// Shows an integration
    Show(IntegrationShowOptions),
    /// Says what to do at Okta to connect an org
    Start {
        /// The org's name, domain, or the address of any page of it
        org: String,
    },
    /// Connects an org: validate it then
    Create(CreateOptions),
    /// Goes through the checklist of a connection: creates the event hook and has Okta verify it
    ///
    /// Exit code 0: no step failed; 1: one did, and what to do is shown.
    Validate(ValidateOptions),
    /// Sends a test through the whole chain: by the hook's public address to the feed
    ///
    /// Shows how many milliseconds after the posting each stage was reached. Exit code 0: the feed has
    /// it; 1: it got stuck, and what to look at is shown.
    Test(SendTestOptions),
    /// Says that all of an integration is set up
    Complete(NamedOptions),
    /// Stops taking the events of an integration; what happens meanwhile is read from the System Log later
    Pause(NamedOptions),
    /// Takes the events of an integration again
    Resume(NamedOptions),
    /// Changes a secret with nothing lost: the new one is tried before the old one goes
    Rotate(RotateOptions),
    /// Deletes an integration and its event hook at Okta; its runtime events are kept
    Delete(NamedOptions),
    /// Makes integrations what files say; a file that was applied before changes nothing
    ///
    /// A document (YAML or JSON) has `domain`, `credentials` (`mode`, `client_id`, `key_id`, and for
    /// the secret `secret_file` or `secret_env`), and may have `name`, `org_id`, `event_types`, `start`
    /// and `paused`. A secret is sent when an org is connected, and when mode, client id or key id
    /// differ; one that alone has changed is set by `rotate`.
    Apply(IntegrationApplyOptions),
}

#[derive(Debug, Args)]
pub(crate) struct IntegrationListOptions {
    /// text for people, json for programs: one object an integration
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct IntegrationShowOptions {
    /// Id, name or domain of the integration
    pub(crate) integration: String,
    /// Shows what is known of each event type: subscribed, last seen, count in 24 hours
    #[arg(long)]
    pub(crate) event_types: bool,
    /// Shows the last deliveries to its event hook, and what they were answered
    #[arg(long, conflicts_with = "event_types")]
    pub(crate) deliveries: bool,
    /// text for people, json for programs: what the API says
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct NamedOptions {
    /// Id, name or domain of the integration
    pub(crate) integration: String,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}

/// What Okta knows us by.
#[derive(Debug, Args)]
pub(crate) struct CredentialOptions {
    /// What the secret is
    #[arg(long, value_enum, default_value_t = CredentialMode::ClientSecret)]
    pub(crate) mode: CredentialMode,
    /// Client id at Okta, such as 0oa…; not of an API token
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Which of the app's keys the private key is; needed when it has several
    #[arg(long, value_name = "ID")]
    pub(crate) key_id: Option<String>,
    /// Where the secret is: a file, env:NAME, or - for standard input [default: it is asked for]
    #[arg(long, value_name = "FILE|env:NAME|-")]
    pub(crate) secret: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialMode {
    /// Client secret of an API service integration
    ClientSecret,
    /// Private key (PEM or JWK) of an API services app
    PrivateKey,
    /// The same, where the app requires DPoP
    PrivateKeyDpop,
    /// API token of an administrator (SSWS)
    ApiToken,
}

#[derive(Debug, Args)]
pub(crate) struct CreateOptions {
    /// The org's domain, or the address of any page of it
    pub(crate) domain: String,
    /// What people call it [default: the first part of the domain]
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) credentials: CredentialOptions,
    /// default, recommended, or event types with commas between them
    #[arg(long, default_value = "default", value_name = "SET|TYPES")]
    pub(crate) event_types: String,
    /// From when on the System Log is read: an RFC 3339 time, up to 90 days back [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateOptions {
    /// Id, name or domain of the integration
    pub(crate) integration: String,
    /// How long the first event is waited for, at most 10m
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = span)]
    pub(crate) wait: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct SendTestOptions {
    /// Id, name or domain of the integration
    pub(crate) integration: String,
    /// Address of the API of a running sink, where it is not that of ingest
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(crate) feed_api: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateOptions {
    /// Id, name or domain of the integration
    pub(crate) integration: String,
    /// Gives the event hook a fresh secret instead of setting credentials
    #[arg(long, conflicts_with_all = ["client_id", "key_id", "secret"])]
    pub(crate) hook_secret: bool,
    #[command(flatten)]
    pub(crate) credentials: CredentialOptions,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}

#[derive(Debug, Args)]
pub(crate) struct IntegrationApplyOptions {
    /// File with a document, or several with --- between them; as often as you like
    #[arg(short = 'f', long = "file", required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Writes nothing: says what would be made and changed
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}
