//! `nightlatch rules`: rules files are read, compiled, and then whatever the command wants of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nightlatch_detector::{PolicyFile, Root, read_policies};
use nightlatch_engine::{Compiled, PolicyKind, SourceFile, compile};

use crate::arguments::{RulesCommand, RulesOptions, Settings};
use crate::terminal::Terminal;

mod check;
mod code;
mod explain;
mod fields;
mod fmt;
mod junit;
mod test;
mod tree;

/// Runs a command on rules.
pub(crate) fn run(settings: &Settings, options: &RulesOptions) -> ExitCode {
    let terminal = Terminal::coloured(options.color);
    match &options.command {
        RulesCommand::Check(options) => check::run(terminal, options),
        RulesCommand::Test(options) => test::run(terminal, options),
        RulesCommand::Explain(options) => explain::run(settings, terminal, options),
        RulesCommand::ExplainCode { code } => code::run(code.as_deref()),
        RulesCommand::Fields(options) => fields::run(terminal, options),
        RulesCommand::Fmt(options) => fmt::run(terminal, options),
    }
}

/// A rules file and what it compiles to.
pub(crate) struct RulesFile {
    pub(crate) source: SourceFile,
    pub(crate) compiled: Compiled,
    /// The file of its tests, if there is one.
    tests: Option<PathBuf>,
}

/// Reads the rules files that a path names and compiles them. For what cannot be read, there is the
/// reason.
fn read(path: &Path) -> Vec<Result<RulesFile, String>> {
    let texts = read_texts(path).into_iter();
    texts.map(|text| text.map(RulesFile::of)).collect()
}

/// Reads the rules files that a path names.
pub(crate) fn read_texts(path: &Path) -> Vec<Result<(PathBuf, String), String>> {
    let Some(Root { path, files }) = read_policies(&[tested_by(path)]).pop() else {
        return Vec::new();
    };
    let failed = |path: &Path, error: String| Err(format!("{}: {error}", path.display()));
    match files {
        Err(error) => vec![failed(&path, error)],
        Ok(files) if files.is_empty() => {
            vec![failed(
                &path,
                "the folder has no *.yaml or *.yml".to_owned(),
            )]
        }
        Ok(files) => {
            let file = |file: PolicyFile| match file.text {
                Ok(text) => Ok((file.path, text)),
                Err(error) => failed(&file.path, error),
            };
            files.into_iter().map(file).collect()
        }
    }
}

/// The file that a file of tests is about; any other path as it is.
fn tested_by(path: &Path) -> PathBuf {
    let (Some(stem), Some(ending)) = (path.file_stem(), path.extension()) else {
        return path.to_owned();
    };
    match Path::new(stem).extension() {
        Some(test) if test == OsStr::new("test") => {
            path.with_file_name(stem).with_extension(ending)
        }
        _ => path.to_owned(),
    }
}

impl RulesFile {
    pub(crate) fn of((path, text): (PathBuf, String)) -> Self {
        let source = SourceFile {
            name: path.display().to_string(),
            text,
        };
        let beside = ["test.yaml", "test.yml"].map(|ending| path.with_extension(ending));
        Self {
            compiled: compile(&source, PolicyKind::Custom),
            source,
            tests: beside.into_iter().find(|path| path.exists()),
        }
    }

    /// Reads the file of its tests.
    pub(crate) fn tests(&self) -> Option<Result<SourceFile, String>> {
        let path = self.tests.as_ref()?;
        let root = read_policies(std::slice::from_ref(path)).pop()?;
        let text = root.files.and_then(|files| match files.into_iter().next() {
            Some(file) => file.text,
            None => Err("is gone".to_owned()),
        });
        let name = path.display().to_string();
        Some(match text {
            Ok(text) => Ok(SourceFile { name, text }),
            Err(error) => Err(format!("{name}: {error}")),
        })
    }
}

/// How many there are of something: `1 rule`, `2 rules`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
