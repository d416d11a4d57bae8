//! The generated reference documents: what they say comes from the code alone.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::load;
use nightlatch_chassis::http::TlsMetrics;
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::{Config, Sources};
use nightlatch_engine::{Dialect, DifferenceOutcome, differences};

use crate::configuration::DEFAULTS;
use crate::service::Service;
use crate::terminal::complain;
use crate::{documents, runtime, services};

mod managed;

/// Writes them to a folder.
pub(crate) fn write(folder: &Path) -> ExitCode {
    let written = documents().and_then(|documents| {
        std::fs::create_dir_all(folder)?;
        for (name, text) in documents {
            std::fs::write(folder.join(name), text)?;
        }
        Ok(())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

/// Returns each document: file name and text.
fn documents() -> anyhow::Result<Vec<(&'static str, String)>> {
    let json = |document: &serde_json::Value| serde_json::to_string_pretty(document);
    Ok(vec![
        ("configuration.md", configuration()),
        ("openapi.json", json(&documents::openapi())? + "\n"),
        (
            "asyncapi.json",
            json(&nightlatch_schemas::asyncapi())? + "\n",
        ),
        ("diagnostics.md", diagnostics()?),
        ("fields.md", fields()?),
        ("strict.md", strict()?),
        ("managed-rules.md", managed::page()?),
        ("metrics.md", metrics()?),
    ])
}

fn configuration() -> String {
    let page = "# Configuration\n\nDefaults < the file named by `--config` or `NIGHTLATCH_CONFIG` < \
                variables < `--set`. `nightlatch config check` prints what is in effect.\n\n";
    page.to_owned() + &Config::reference(&DEFAULTS)
}

fn fields() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs of rules can name; `nightlatch rules fields WORD` \
         finds them. What stands in brackets and has a blank is quoted: `okta.behavior[\"New Device\"]`.\n\n\
         | field | type | in brackets | meaning | example | from | source |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    for field in nightlatch_engine::fields() {
        let (name, kind) = (field.name, field.type_name());
        let argument = field.argument.meaning();
        let (doc, example) = (cell(field.doc), cell(field.example));
        let (from, origin) = (cell(&field.place()), field.origin);
        let source = format!("[{}]({})", origin.name(), origin.link());
        writeln!(
            text,
            "| `{name}` | {kind} | {argument} | {doc} | `{example}` | {from} | {source} |"
        )?;
    }
    Ok(text)
}

/// Where strict policies differ from others; what the examples say is what both make of them.
fn strict() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Strict policies\n\nA policy whose `policy:` item says `strict: true` is read and judged \
         exactly as Falco with its okta plugin does it. Others differ where Falco's answer is an \
         accident: in these rows, and in no other. What each example comes to is what the engine \
         made of it when this page was written. Where a list or an exception makes another condition \
         of a policy in Falco, `nightlatch rules check` warns of it (W0120).\n\n\
         | what | strict | else |\n|---|---|---|\n",
    );
    for row in differences() {
        let cell = |text: &str| text.replace('|', "\\|");
        let (what, strict, default) = (cell(row.what), cell(row.strict), cell(row.default));
        writeln!(text, "| {what} | {strict} | {default} |")?;
    }
    text += "\n## Examples\n";
    for row in differences() {
        writeln!(text, "\n### {}\n", row.what)?;
        for rules in row.rules {
            writeln!(text, "```yaml\n{}\n```\n", rules.trim())?;
        }
        for event in row.events {
            writeln!(text, "```json\n{}\n```\n", event.trim())?;
        }
        let strict = outcome(&row.outcome(&Dialect::strict()));
        let default = outcome(&row.outcome(&Dialect::default()));
        writeln!(text, "Strict: {strict}. Else: {default}.")?;
    }
    Ok(text)
}

fn outcome(outcome: &DifferenceOutcome) -> String {
    match outcome {
        DifferenceOutcome::Matches => "the rule matches".to_owned(),
        DifferenceOutcome::DoesNotMatch => "the rule does not match".to_owned(),
        DifferenceOutcome::LeftOut => "the rule is left out".to_owned(),
        DifferenceOutcome::Refused(code) => format!("the file is refused ({code})"),
    }
}

fn diagnostics() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Diagnostics\n\nWhat `nightlatch rules check` tells of rules and tests. Every problem of every \
         file is told at once. A code never changes its meaning: `E` is an error, which keeps a policy \
         from being used, `W` a warning, `N` a note.\n\n| code | title |\n|---|---|\n",
    );
    for (code, title) in nightlatch_engine::codes() {
        let heading = format!("{code} {title}").to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let anchor: String = heading.chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        writeln!(text, "| [{code}](#{anchor}) | {title} |")?;
    }
    // The heading of a page becomes one of this document.
    for page in
        nightlatch_engine::codes().filter_map(|(code, _)| nightlatch_engine::code_page(code))
    {
        write!(text, "\n#{page}")?;
    }
    Ok(text)
}

/// Services declare their metrics when they are made; none of them runs here.
fn metrics() -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let data_dir = ("data_dir".to_owned(), folder.path().display().to_string());
    let config = load(&Sources {
        defaults: DEFAULTS.to_vec(),
        flags: vec![data_dir],
        ..Sources::default()
    })?;
    let metrics = Metrics::new()?;
    let readiness = Readiness::new(Shutdown::new());
    runtime::block_on(services::make(&Service::ALL, &config, &metrics, &readiness))?;
    // Of a listener with TLS, which by default there is none.
    TlsMetrics::new(&metrics)?;
    let page = "# Metrics\n\nServed at `/metrics` of the admin address.\n\n";
    Ok(page.to_owned() + &metrics.reference())
}
