//! The generated reference documents.

use std::path::Path;
use std::process::ExitCode;

use nightlatch_chassis::Config;

use crate::services::DEFAULTS;
use crate::terminal::complain;

/// Writes them to a folder.
pub(crate) fn write(folder: &Path) -> ExitCode {
    match documents().and_then(|documents| {
        std::fs::create_dir_all(folder)?;
        for (name, text) in documents {
            std::fs::write(folder.join(name), text)?;
        }
        Ok(())
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

/// Returns each document: file name and text.
fn documents() -> anyhow::Result<Vec<(&'static str, String)>> {
    let json = |document: &serde_json::Value| serde_json::to_string_pretty(document);
    Ok(vec![
        ("configuration.md", Config::reference(&DEFAULTS)),
        ("openapi.json", json(&nightlatch_sink::openapi())? + "\n"),
        ("asyncapi.json", json(&nightlatch_schemas::asyncapi())? + "\n"),
        ("fields.md", fields()),
        ("metrics.md", metrics()?),
    ])
}

fn fields() -> String {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs of rules can name.\n\n\
         | field | type | argument | meaning | example |\n|---|---|---|---|---|\n",
    );
    for field in nightlatch_engine::fields() {
        text.push_str(&format!("{field:?}\n"));
    }
    text
}

fn metrics() -> anyhow::Result<String> {
    Ok(String::new())
}
