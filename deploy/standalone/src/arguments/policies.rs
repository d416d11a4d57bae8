//! The command line of `nightlatch policies`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Colour, Format, address};

#[derive(Debug, Args)]
pub(crate) struct PoliciesOptions {
    /// Address of the API of a running detector [default: that of the process on the data folder]
    #[arg(long, global = true, value_name = "URL", value_parser = address)]
    pub(crate) api: Option<String>,
    /// When what is printed is coloured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    #[command(subcommand)]
    pub(crate) command: PoliciesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PoliciesCommand {
    /// Lists the policies, those of files too, with what is wrong with them
    List(ListOptions),
    /// Shows a policy, or one rule of it
    Show(ShowOptions),
    /// Makes policies what files say; a file that was applied before changes nothing
    ///
    /// A rules file that begins with `- policy: {id: …}` is a custom policy; its tests are those of
    /// NAME.test.yaml beside it. A settings document (YAML or JSON) has `id`, for a managed ruleset
    /// `base`, and `tuning`: all that counts instead of what the rules say, so that what it leaves
    /// out is forgotten. `policies show ID --settings` prints one to begin with. Both may be there
    /// for one custom policy.
    ///
    /// Nothing is written before every file was read and can be used. Exit code 0: all is as the
    /// files say; 1: something was refused, which is shown; 2: the command line is wrong.
    Apply(ApplyOptions),
    /// Tells what differs: between two revisions of a policy, or between files and what is in force
    ///
    /// Exit code 0: nothing differs; 1: something does, or could not be compared, which is shown; 2:
    /// the command line is wrong.
    Diff(DiffOptions),
    /// Lists what was set of a policy, the newest first; also of one that is deleted
    History(HistoryOptions),
    /// Sets a policy as it was
    Rollback(RollbackOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    /// text for people, json for programs: one object a policy
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ShowOptions {
    /// Id of the policy
    pub(crate) id: String,
    /// Shows this rule whole: the condition in effect, what it needs, its tests
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,
    /// Prints the policy's rules as they are written, and nothing else
    #[arg(long, conflicts_with_all = ["rule", "settings", "format"])]
    pub(crate) text: bool,
    /// Prints what is set of it as a settings document for `policies apply`, and nothing else
    #[arg(long, conflicts_with_all = ["rule", "format"])]
    pub(crate) settings: bool,
    /// text for people, json for programs: what the API says
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyOptions {
    /// Rules file or settings document, or a folder of them (*.yaml, *.yml); as often as you like
    #[arg(
        short = 'f',
        long = "file",
        required = true,
        value_name = "FILE|FOLDER"
    )]
    pub(crate) files: Vec<PathBuf>,
    /// Writes nothing: says what would be made and changed
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// Id of the policy
    #[arg(required_unless_present = "files", conflicts_with = "files")]
    pub(crate) id: Option<String>,
    /// Revision to begin with [default: the one before --to]
    #[arg(long, value_name = "REVISION", conflicts_with = "files")]
    pub(crate) from: Option<String>,
    /// Revision to end with [default: the current one]
    #[arg(long, value_name = "REVISION", conflicts_with = "files")]
    pub(crate) to: Option<String>,
    /// Rules file or settings document, or a folder of them: what `apply` would change
    #[arg(short = 'f', long = "file", value_name = "FILE|FOLDER")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryOptions {
    /// Id of the policy
    pub(crate) id: String,
    /// text for people, json for programs: one object a revision
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackOptions {
    /// Id of the policy
    pub(crate) id: String,
    /// Revision whose settings count again; `policies history` lists them
    #[arg(long, value_name = "REVISION")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) author: AuthorOptions,
}

/// Who changes something, and why.
#[derive(Debug, Args)]
pub(crate) struct AuthorOptions {
    /// Who changes it, in ASCII [default: $USER and the name of this machine, else `cli`]
    #[arg(long, value_name = "NAME", value_parser = author)]
    pub(crate) author: Option<String>,
    /// Why; kept with the revision
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// A name that can stand in a header.
fn author(text: &str) -> Result<String, String> {
    let is_name = !text.trim().is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("expected letters, digits and signs of ASCII".to_owned())
    }
}
