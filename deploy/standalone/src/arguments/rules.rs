//! The command line of `nightlatch rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Format;

#[derive(Debug, Args)]
pub(crate) struct RulesOptions {
    /// When what is printed is coloured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// When a terminal shows it
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Says what is wrong with rules files and with the tests beside them
    ///
    /// Exit code 0: no errors (warnings may have been shown); 1: errors, or a file that cannot be
    /// read; 2: the command line is wrong.
    Check(CheckOptions),
    /// Runs the tests beside rules files: those of NAME.yaml are in NAME.test.yaml
    ///
    /// Exit code 0: all passed; 1: a test failed, a file is broken, or there was no test for a FILE
    /// or FOLDER; 2: the command line is wrong.
    Test(TestOptions),
    /// Shows why a rule matches an event, or does not
    ///
    /// Every part of the condition with its verdict, every comparison with the value that it saw.
    /// Several events are explained one after the other, so that counters count. Exit code 0
    /// whatever the verdict; 1: no such rule, or no such event; 2: the command line is wrong.
    Explain(ExplainOptions),
    /// Prints the page of the code of a message, such as E0103
    ExplainCode {
        /// The code [default: lists all of them]
        code: Option<String>,
    },
    /// Lists the fields that rules can name
    Fields(FieldsOptions),
    /// Lays rules files out in the one canonical way; comments and meaning stay
    ///
    /// A file that cannot be laid out safely is left alone. Exit code 0: done, or with --check
    /// nothing to do; 1: with --check something to do, or a file was left alone; 2: the command line
    /// is wrong.
    Fmt(FmtOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// Rules files, or folders of them (*.yaml, *.yml)
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub(crate) files: Vec<PathBuf>,
    /// Counts warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// text for people, json for programs: one object a diagnostic
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct TestOptions {
    /// Rules files, or folders of them (*.yaml, *.yml)
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub(crate) files: Vec<PathBuf>,
    /// text for people, junit for CI
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub(crate) format: TestFormat,
    /// Writes the JUnit report to a file, and text for people to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Text,
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// Name of the rule
    pub(crate) rule: String,
    /// Events: one JSON object, an array, one a line, or a saved hook body; - is standard input
    #[arg(value_name = "EVENT.json")]
    pub(crate) event: PathBuf,
    /// Rules files or folders [default: the policies that the configuration has in force]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) rules: Vec<PathBuf>,
    /// Domain of the org, for the field okta.org
    #[arg(long, default_value = "example.okta.com", value_name = "DOMAIN")]
    pub(crate) org: String,
    /// text for people, json for programs: one object an event
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct FieldsOptions {
    /// Only fields that have this in their name or meaning
    pub(crate) word: Option<String>,
    /// text for people, json for programs: one object a field
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct FmtOptions {
    /// Rules files, or folders of them; - lays out standard input and writes it to standard output
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub(crate) files: Vec<PathBuf>,
    /// Writes nothing: says which files are not laid out
    #[arg(long)]
    pub(crate) check: bool,
}
