//! What files say that policies should be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nightlatch_detector::read_tuning;
use nightlatch_engine::{Diagnostic, SourceFile, read_documents, read_tests};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rules::{RulesFile, read_texts};
use crate::terminal::{self, Terminal, complain};

/// What files say that a policy should be.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) id: String,
    pub(super) rules: Option<Rules>,
    pub(super) settings: Option<Settings>,
}

/// The rules of a custom policy.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) text: SourceFile,
    pub(super) tests: Option<SourceFile>,
}

/// What is to count instead of what the rules say.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) file: String,
    /// Of a managed ruleset.
    pub(super) base: Option<String>,
    /// As the API shows it.
    pub(super) tuning: Value,
}

/// A settings document as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    base: Option<String>,
    #[serde(default = "nothing")]
    tuning: Value,
}

fn nothing() -> Value {
    json!({})
}

/// Reads what files and folders say, by the ids of policies. What is wrong with them is shown; then
/// there is nothing.
pub(super) fn read(terminal: Terminal, paths: &[PathBuf]) -> Option<Vec<Wish>> {
    let mut reading = Reading {
        terminal,
        wishes: BTreeMap::new(),
        is_broken: false,
    };
    for text in paths.iter().flat_map(|path| read_texts(path)) {
        match text {
            Ok((path, text)) => reading.file(path, text),
            Err(error) => reading.refuse(&error),
        }
    }
    (!reading.is_broken).then(|| reading.wishes.into_values().collect())
}

/// What was read so far.
#[derive(Debug)]
struct Reading {
    terminal: Terminal,
    wishes: BTreeMap<String, Wish>,
    is_broken: bool,
}

impl Reading {
    fn file(&mut self, path: PathBuf, text: String) {
        let file = SourceFile {
            name: path.display().to_string(),
            text,
        };
        let documents = match read_documents(&file) {
            Ok(documents) => documents,
            Err(diagnostics) => return self.show(&diagnostics, &file),
        };
        if documents.is_empty() {
            self.refuse(&format!("{}: is empty", file.name));
        } else if documents.iter().any(Value::is_array) {
            let header = documents.first().map(|items| &items[0]["policy"]);
            let has_header = header.is_some_and(Value::is_object);
            self.rules(path, file.text, has_header);
        } else {
            for document in documents {
                self.settings(&path, &document);
            }
        }
    }

    fn rules(&mut self, path: PathBuf, text: String, has_header: bool) {
        let file = RulesFile::of((path, text));
        let Some(policy) = &file.compiled.policy else {
            return self.show(&file.compiled.diagnostics, &file.source);
        };
        let name = &file.source.name;
        if !has_header {
            return self.refuse(&format!(
                "{name}: begin it with `- policy: {{id: …}}`, which says what policy it is"
            ));
        }
        let tests = match file.tests().transpose() {
            Ok(tests) => tests,
            Err(error) => return self.refuse(&error),
        };
        if let Some(tests) = &tests {
            let found = read_tests(Some(policy), tests).diagnostics;
            if found.iter().any(Diagnostic::is_error) {
                return self.show(&found, tests);
            }
        }
        let id = policy.id().to_owned();
        if let Some(other) = &self.wish(&id).rules {
            let other = other.text.name.clone();
            return self.refuse(&format!("{name}: {other} is the policy {id:?}, too"));
        }
        self.wish(&id).rules = Some(Rules {
            text: file.source,
            tests,
        });
    }

    fn settings(&mut self, path: &Path, document: &Value) {
        let file = path.display().to_string();
        let wrong = |error: &dyn std::fmt::Display| format!("{file}: {error}");
        if !document.is_object() {
            let error = "is neither a rules file nor a settings document with `id` and `tuning`";
            return self.refuse(&wrong(&error));
        }
        let read = Document::deserialize(document).map_err(|error| wrong(&error));
        let read = read.and_then(|Document { id, base, tuning }| {
            let tuning = read_tuning(&tuning).map_err(|error| wrong(&format!("tuning: {error}")));
            Ok((id, base, tuning?))
        });
        let (id, base, tuning) = match read {
            Ok(read) => read,
            Err(error) => return self.refuse(&error),
        };
        if let Some(other) = &self.wish(&id).settings {
            let error = format!("{} has settings of the policy {id:?}, too", other.file);
            return self.refuse(&wrong(&error));
        }
        self.wish(&id).settings = Some(Settings { file, base, tuning });
    }

    fn wish(&mut self, id: &str) -> &mut Wish {
        self.wishes.entry(id.to_owned()).or_insert_with(|| Wish {
            id: id.to_owned(),
            rules: None,
            settings: None,
        })
    }

    fn show(&mut self, diagnostics: &[Diagnostic], file: &SourceFile) {
        for diagnostic in diagnostics {
            let text = diagnostic.render(&file.text, self.terminal.is_coloured());
            terminal::print_line(&text);
        }
        self.is_broken = true;
    }

    fn refuse(&mut self, error: &str) {
        complain(&error);
        self.is_broken = true;
    }
}
