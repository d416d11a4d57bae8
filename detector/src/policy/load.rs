//! One load of all policies: what can be used, what falls back to its last good text, what is left
//! out.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use nightlatch_engine::{Compiled, Diagnostic, Policy, PolicyKind, Severity, SourceFile, compile};

use super::files::{PolicyFile, Root};
use super::last_good::LastGood;
use super::managed;

/// A load under way.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    last_good: &'a LastGood,
    /// What can be used; no two have the same id.
    pub(crate) policies: Vec<Arc<Policy>>,
    /// What is wrong, each with what was done about it.
    pub(crate) problems: Vec<String>,
    /// How many files, or configured paths, nothing is in force of.
    pub(crate) unusable: usize,
}

impl<'a> Load<'a> {
    pub(crate) const fn new(last_good: &'a LastGood) -> Self {
        Self {
            last_good,
            policies: Vec::new(),
            problems: Vec::new(),
            unusable: 0,
        }
    }

    /// Adds the policies that we ship.
    pub(crate) fn add_managed(&mut self) {
        for source in managed() {
            let compiled = compile(&source, PolicyKind::Managed);
            tell(&compiled.diagnostics);
            match self.usable(compiled) {
                Ok(policy) => self.policies.push(Arc::new(policy)),
                Err(problem) => self.leave_out(&problem),
            }
        }
    }

    /// Adds what stands at a configured path.
    pub(crate) fn add(&mut self, root: &Root) {
        match &root.files {
            Ok(files) => {
                for file in files {
                    self.add_file(&root.path, file);
                }
                let names: BTreeSet<&OsStr> = files
                    .iter()
                    .filter_map(|file| file.path.file_name())
                    .collect();
                if let Err(error) = self.last_good.keep_only(&root.path, &names) {
                    tracing::warn!(%error, "the good text of a removed policy stays");
                }
            }
            Err(problem) => self.add_unlisted(&root.path, problem),
        }
    }

    fn add_file(&mut self, root: &Path, file: &PolicyFile) {
        let (path, name) = (&file.path, file.path.file_name().unwrap_or_default());
        let usable = match &file.text {
            Ok(text) => {
                let compiled = compile(&source(path, text), PolicyKind::Custom);
                tell(&compiled.diagnostics);
                self.usable(compiled).map(|policy| (policy, text))
            }
            Err(problem) => Err(format!("{}: {problem}", path.display())),
        };
        match usable {
            Ok((policy, text)) => {
                if let Err(error) = self.last_good.keep(root, name, text) {
                    tracing::warn!(path = %path.display(), %error, "its good text can't be kept");
                }
                self.policies.push(Arc::new(policy));
            }
            Err(problem) => self.fall_back(root, path, &problem),
        }
    }

    /// Adds what was last known of a configured path that can't be listed.
    fn add_unlisted(&mut self, root: &Path, problem: &str) {
        let known = self.last_good.names(root);
        let problem = format!("{}: {problem}", root.display());
        if known.is_empty() {
            self.leave_out(&problem);
        }
        for name in known {
            self.fall_back(root, &root.join(name), &problem);
        }
    }

    fn fall_back(&mut self, root: &Path, path: &Path, problem: &str) {
        let text = self
            .last_good
            .get(root, path.file_name().unwrap_or_default());
        let compiled = text.map(|text| compile(&source(path, &text), PolicyKind::Custom));
        let Some(Ok(policy)) = compiled.map(|compiled| self.usable(compiled)) else {
            self.leave_out(problem);
            return;
        };
        let id = policy.id();
        self.problems.push(format!(
            "{problem}; the last good text of policy {id} is in force"
        ));
        self.policies.push(Arc::new(policy));
    }

    fn leave_out(&mut self, problem: &str) {
        self.unusable += 1;
        self.problems.push(format!("{problem}; it is left out"));
    }

    /// Returns the policy, or why it can't be used.
    fn usable(&self, compiled: Compiled) -> Result<Policy, String> {
        let Some(policy) = compiled.policy else {
            let mut errors = compiled
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.is_error());
            let first = errors.next().map(ToString::to_string).unwrap_or_default();
            let more = errors.count();
            return Err(if more == 0 {
                first
            } else {
                format!("{first} and {more} more errors")
            });
        };
        if self.policies.iter().any(|known| known.id() == policy.id()) {
            let id = policy.id();
            return Err(format!(
                "two policies have the id {id}; give one of them another id"
            ));
        }
        Ok(policy)
    }
}

fn source(path: &Path, text: &str) -> SourceFile {
    SourceFile {
        name: path.display().to_string(),
        text: text.to_owned(),
    }
}

fn tell(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => tracing::error!(%diagnostic, "a policy can't be used"),
            Severity::Warning => tracing::warn!(%diagnostic, "a policy may not mean what it says"),
            Severity::Note => tracing::debug!(%diagnostic, "what is to know of a policy"),
        }
    }
}
