//! One load of all policies: what can be used, what falls back to its last good text, what is left
//! out.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nightlatch_chassis::settings::Version;
use nightlatch_engine::{
    Compiled, Diagnostic, Dialect, Policy, PolicyKind, Severity, SourceFile, compile_files,
};

use super::files::{PolicyFile, Root};
use super::last_good::LastGood;
use super::managed;
use super::settings::{Kind, PolicySettings};
use super::store::AllSettings;
use super::table::{Entry, Origin, Table};
use super::tuned::{Known, Tuned};

/// What is set of a policy.
#[derive(Debug, Default)]
struct Set {
    revision: Option<Version>,
    settings: Option<PolicySettings>,
    /// Why it has no effect, or less than it should.
    problem: Option<String>,
}

/// A load under way.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    last_good: &'a LastGood,
    /// What was loaded before: what has not changed is not compiled again.
    known: &'a Table,
    settings: &'a AllSettings,
    now: Timestamp,
    /// All that is known; no two have the same id.
    pub(crate) table: Table,
    /// What is wrong, each with what was done about it.
    pub(crate) problems: Vec<String>,
    /// How many files, settings or configured paths nothing is in force of.
    pub(crate) unusable: usize,
}

impl<'a> Load<'a> {
    pub(crate) fn new(
        last_good: &'a LastGood,
        known: &'a Table,
        settings: &'a AllSettings,
        now: Timestamp,
    ) -> Self {
        Self {
            last_good,
            known,
            settings,
            now,
            table: Table::default(),
            problems: Vec::new(),
            unusable: 0,
        }
    }

    /// Adds the policies that we ship, as they are tuned.
    pub(crate) fn add_managed(&mut self) {
        for text in managed() {
            let base = match self.compiled(&text, PolicyKind::Managed) {
                Ok(base) => base,
                Err(problem) => {
                    self.leave_out(&problem);
                    continue;
                }
            };
            let id = base.id().to_owned();
            let set = match self.settings.get(&id) {
                None => Set::default(),
                Some((version, Ok(settings))) if settings.kind == Kind::Managed => Set {
                    revision: Some(*version),
                    settings: Some(settings.clone()),
                    problem: None,
                },
                Some((version, Ok(_))) => Set {
                    revision: Some(*version),
                    settings: None,
                    problem: Some(format!(
                        "policy {id}: a policy of this id was made before we shipped one; it is left out"
                    )),
                },
                Some((version, Err(problem))) => Set {
                    revision: Some(*version),
                    settings: None,
                    problem: Some(format!("policy {id}: {problem}; it has no effect")),
                },
            };
            self.insert(id, (Origin::BuiltIn, Kind::Managed), &base, set);
        }
    }

    /// Adds the policies that people have made by the API.
    pub(crate) fn add_set(&mut self) {
        for (id, (version, settings)) in self.settings {
            // What is set of a managed policy was looked at with it.
            let is_tuning = |entry: &Entry| entry.origin == Origin::BuiltIn;
            if self.table.get(id).is_some_and(is_tuning) {
                continue;
            }
            let kind = settings.as_ref().map_or(Kind::Custom, |set| set.kind);
            let base = match settings {
                Ok(settings) => self.base_of(id, settings),
                Err(problem) => Err(problem.clone()),
            };
            let set = Set {
                revision: Some(*version),
                settings: settings.as_ref().ok().cloned(),
                problem: None,
            };
            match base {
                Ok(base) => self.insert(id.clone(), (Origin::Api, kind), &base, set),
                Err(problem) => {
                    let problem = format!("policy {id}: {problem}");
                    self.leave_out(&problem);
                    self.insert_unusable(id, kind, set, problem);
                }
            }
        }
    }

    /// Keeps what can't be used in sight, so that it can be mended or deleted.
    fn insert_unusable(&mut self, id: &str, kind: Kind, set: Set, problem: String) {
        // The policy of a file stands in its place.
        if self.table.entries.contains_key(id) {
            return;
        }
        let entry = Entry {
            id: id.to_owned(),
            origin: Origin::Api,
            kind,
            revision: set.revision,
            settings: set.settings,
            base: None,
            policy: None,
            problems: vec![problem],
        };
        self.table.entries.insert(id.to_owned(), entry);
    }

    /// What a policy of the API is made from, before it is tuned.
    fn base_of(&self, id: &str, settings: &PolicySettings) -> Result<Arc<Policy>, String> {
        if self.table.entries.contains_key(id) {
            return Err("a policy that we ship, or one in a file, has the same id".to_owned());
        }
        let Some(base) = &settings.base else {
            let text = SourceFile {
                name: format!("{id}.yaml"),
                text: settings.text.clone().unwrap_or_default(),
            };
            return self.compiled(&text, PolicyKind::Custom);
        };
        let base = self
            .table
            .get(base)
            .filter(|base| base.kind == Kind::Managed);
        let base = base.and_then(|base| base.base.clone());
        base.ok_or_else(|| "there is no managed policy that it could get its rules from".to_owned())
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
            Ok(text) => self.of_file(path, text).map(|policy| (policy, text)),
            Err(problem) => Err(format!("{}: {problem}", path.display())),
        };
        match usable {
            Ok((policy, text)) => {
                if let Err(error) = self.last_good.keep(root, name, text) {
                    tracing::warn!(path = %path.display(), %error, "its good text can't be kept");
                }
                self.insert_file(path, &policy, None);
            }
            Err(problem) => self.fall_back(root, path, &problem),
        }
    }

    fn of_file(&self, path: &Path, text: &str) -> Result<Arc<Policy>, String> {
        let text = SourceFile {
            name: path.display().to_string(),
            text: text.to_owned(),
        };
        let policy = self.compiled(&text, PolicyKind::Custom)?;
        if self.table.entries.contains_key(policy.id()) {
            let id = policy.id();
            return Err(format!(
                "two policies have the id {id}; give one of them another id"
            ));
        }
        Ok(policy)
    }

    fn insert_file(&mut self, path: &Path, policy: &Arc<Policy>, problem: Option<String>) {
        let origin = Origin::File(path.to_owned());
        let id = policy.id().to_owned();
        let set = Set {
            problem,
            ..Set::default()
        };
        self.insert(id, (origin, Kind::Custom), policy, set);
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
        let policy = text.and_then(|text| self.of_file(path, &text).ok());
        let Some(policy) = policy else {
            self.leave_out(problem);
            return;
        };
        let id = policy.id();
        let problem = format!("{problem}; the last good text of policy {id} is in force");
        self.insert_file(path, &policy, Some(problem));
    }

    fn leave_out(&mut self, problem: &str) {
        self.unusable += 1;
        self.problems.push(format!("{problem}; it is left out"));
    }

    fn insert(&mut self, id: String, (origin, kind): (Origin, Kind), base: &Arc<Policy>, set: Set) {
        let tuning = set.settings.as_ref().map(|settings| &settings.tuning);
        let known = Known(self.known.get(&id));
        let tuned = Tuned::of(&id, kind, base, tuning, known, self.now);
        self.table.next_expiry = [self.table.next_expiry, tuned.next_expiry]
            .into_iter()
            .flatten()
            .min();
        if tuned.policy.is_none() {
            self.unusable += 1;
        }
        let problems: Vec<String> = set.problem.into_iter().chain(tuned.problems).collect();
        self.problems.extend(problems.iter().cloned());
        let entry = Entry {
            origin,
            kind,
            revision: set.revision,
            settings: set.settings,
            base: Some(Arc::clone(base)),
            policy: tuned.policy,
            problems,
            id: id.clone(),
        };
        self.table.entries.insert(id, entry);
    }

    /// Compiles a text, or finds that it was compiled before.
    fn compiled(&self, text: &SourceFile, kind: PolicyKind) -> Result<Arc<Policy>, String> {
        let known = self.known.entries.values();
        let mut known = known.filter_map(|entry| entry.base.as_ref());
        let files = std::slice::from_ref(text);
        if let Some(same) = known.find(|base| base.files() == files && base.kind() == kind) {
            return Ok(Arc::clone(same));
        }
        let compiled = compile_files(files, kind, &Dialect::default());
        tell(&compiled.diagnostics);
        usable(compiled).map(Arc::new)
    }
}

/// Returns the policy, or why it can't be used.
pub(crate) fn usable(compiled: Compiled) -> Result<Policy, String> {
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
    Ok(policy)
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
