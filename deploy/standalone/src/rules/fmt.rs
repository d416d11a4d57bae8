//! `nightlatch rules fmt`: writes rules files in the one layout.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use nightlatch_engine::{FormatError, SourceFile, format};

use super::{counted, read_texts};
use crate::arguments::FmtOptions;
use crate::terminal::{self, Terminal, complain};

/// Lays out rules files, or says which are not laid out.
pub(super) fn run(terminal: Terminal, options: &FmtOptions) -> ExitCode {
    let mut exit = ExitCode::SUCCESS;
    for path in &options.files {
        let files = if path.as_os_str() == "-" {
            vec![standard_input().map(|text| ("-".into(), text))]
        } else {
            read_texts(path)
        };
        for file in files {
            let done = file
                .map_err(anyhow::Error::msg)
                .and_then(|(path, text)| one(terminal, options.check, &path, text));
            match done {
                Ok(true) => {}
                Ok(false) => exit = ExitCode::FAILURE,
                Err(error) => exit = complain(&error),
            }
        }
    }
    exit
}

fn standard_input() -> Result<String, String> {
    let mut text = String::new();
    match io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("standard input: {error}")),
    }
}

/// Lays out one file; false when something is left to do.
fn one(terminal: Terminal, check: bool, path: &Path, text: String) -> anyhow::Result<bool> {
    let is_stream = path.as_os_str() == "-";
    let source = SourceFile {
        name: path.display().to_string(),
        text,
    };
    let formatted = match format(&source) {
        Ok(formatted) => formatted,
        Err(FormatError::Broken(diagnostics)) => {
            let errors = diagnostics.iter().filter(|found| found.is_error());
            let count = counted(errors.clone().count(), "error");
            for error in errors {
                // What is written to standard output is the file.
                let rendered = error.render(&source.text, terminal.is_coloured() && !is_stream);
                writeln!(io::stderr().lock(), "{rendered}")?;
            }
            anyhow::bail!("{}: left alone, it has {count}", source.name);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{}: left alone", source.name));
        }
    };
    let is_laid_out = formatted == source.text;
    if is_stream && !check {
        terminal::print(&formatted);
        return Ok(true);
    }
    if is_laid_out {
        return Ok(true);
    }
    if check {
        terminal::print_line(&format!("{}: not laid out", source.name));
        return Ok(false);
    }
    replace(path, &formatted).with_context(|| source.name.clone())?;
    terminal::print_line(&format!("{}: laid out", source.name));
    Ok(true)
}

/// Replaces a file at once, so that whoever reads it finds the old text or the new one.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path)?;
    let folder = path.parent().context("it is in no folder")?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    fresh
        .as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    fresh.as_file().sync_all()?;
    fresh.persist(&path)?;
    Ok(())
}
