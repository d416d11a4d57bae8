//! Loads the rules and swaps them whole when their files change.
//!
//! A broken file takes no policy away: its last good text stays in force, after a restart too.
//! With none, that policy alone is left out; log, metric and `/readyz?verbose` say so.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_engine::{Compiled, Policy, PolicyKind, Ruleset, SourceFile, compile};

use crate::DetectorConfig;
use crate::metrics::DetectorMetrics;
use crate::policy::files::LastGood;
use crate::policy::{files, managed};

/// The rules in force, and what it takes to load them again.
#[derive(Debug)]
pub(crate) struct Rules {
    current: Arc<ArcSwap<Ruleset>>,
    config: DetectorConfig,
    last_good: LastGood,
    /// The texts of the last load, to see whether anything has changed.
    texts: BTreeMap<PathBuf, Result<String, String>>,
    metrics: DetectorMetrics,
    latch: Latch,
}

impl Rules {
    /// Loads the rules for the first time.
    pub(crate) fn load(
        config: DetectorConfig,
        data_dir: &Path,
        metrics: DetectorMetrics,
        latch: Latch,
    ) -> io::Result<Self> {
        let current = Arc::new(ArcSwap::from_pointee(Ruleset::default()));
        let last_good = LastGood::open(data_dir)?;
        let mut rules =
            Self { current, config, last_good, texts: BTreeMap::new(), metrics, latch };
        let sources = files::read(&rules.config.policies);
        rules.apply(sources);
        Ok(rules)
    }

    /// Returns where the rules in force are found.
    pub(crate) fn current(&self) -> Arc<ArcSwap<Ruleset>> {
        Arc::clone(&self.current)
    }

    /// Loads the rules again whenever a file has changed, until the stop begins.
    pub(crate) async fn watch(mut self, shutdown: Shutdown) -> Result<(), io::Error> {
        loop {
            tokio::select! {
                () = shutdown.begun() => return Ok(()),
                () = tokio::time::sleep(self.config.reload_interval.duration()) => {}
            }
            let paths = self.config.policies.clone();
            if paths.is_empty() {
                continue;
            }
            let sources = tokio::task::spawn_blocking(move || files::read(&paths));
            let sources = sources.await.map_err(io::Error::other)?;
            if texts(&sources) != self.texts {
                self.apply(sources);
            }
        }
    }

    fn apply(&mut self, sources: Vec<(PathBuf, io::Result<SourceFile>)>) {
        self.texts = texts(&sources);
        let mut load = Load::default();
        if self.config.managed_policies {
            for source in managed() {
                load.compile(&source, PolicyKind::Managed, None);
            }
        }
        for (path, source) in sources {
            match source {
                Ok(source) => load.compile(&source, PolicyKind::Custom, Some((&path, &self.last_good))),
                Err(error) => load.unreadable(&path, &error, &self.last_good),
            }
        }
        self.adopt(load);
    }

    fn adopt(&self, load: Load) {
        let Load { policies, problems, unusable } = load;
        let ruleset = match Ruleset::new(policies) {
            Ok(ruleset) => ruleset,
            Err(error) => {
                tracing::error!(%error, "the rules in force stay");
                self.latch.note(error.to_string());
                self.metrics.loaded(0, 0, unusable, true);
                return;
            }
        };
        let count = |kind: PolicyKind| {
            let of_kind = ruleset.policies().iter().filter(|policy| policy.kind() == kind);
            of_kind.map(|policy| policy.rules().iter().filter(|rule| rule.enabled()).count()).sum()
        };
        let (managed, custom) = (count(PolicyKind::Managed), count(PolicyKind::Custom));
        self.metrics.loaded(managed, custom, unusable, !problems.is_empty());
        self.latch.note(problems.join("; "));
        self.latch.ready();
        let version = ruleset.version().to_owned();
        tracing::info!(version, managed, custom, unusable, "rules loaded");
        self.current.store(Arc::new(ruleset));
    }
}

/// One load under way.
#[derive(Debug, Default)]
struct Load {
    policies: Vec<Arc<Policy>>,
    problems: Vec<String>,
    unusable: usize,
}

impl Load {
    fn compile(
        &mut self,
        source: &SourceFile,
        kind: PolicyKind,
        file: Option<(&Path, &LastGood)>,
    ) {
        let Compiled { policy, diagnostics } = compile(source, kind);
        for diagnostic in &diagnostics {
            let rendered = diagnostic.render(&source.text, false);
            if diagnostic.is_error() {
                tracing::error!("{rendered}");
            } else {
                tracing::warn!("{rendered}");
            }
        }
        match (policy, file) {
            (Some(policy), file) => {
                if let Some((path, last_good)) = file
                    && let Err(error) = last_good.keep(path, source)
                {
                    tracing::warn!(%error, "the good text of a policy could not be kept");
                }
                self.add(policy, &source.name);
            }
            (None, Some((path, last_good))) => {
                let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
                self.fall_back(path, &format!("{errors} errors"), last_good);
            }
            (None, None) => {
                self.unusable += 1;
                self.problems.push(format!("{}: broken", source.name));
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error, last_good: &LastGood) {
        tracing::error!(path = %path.display(), %error, "a policy file can't be read");
        self.fall_back(path, &error.to_string(), last_good);
    }

    fn fall_back(&mut self, path: &Path, problem: &str, last_good: &LastGood) {
        let known = last_good.get(path);
        match known.and_then(|source| compile(&source, PolicyKind::Custom).policy) {
            Some(policy) => {
                let name = path.display().to_string();
                self.problems.push(format!("{name}: {problem}; its last good text is in force"));
                self.add(policy, &name);
            }
            None => {
                self.unusable += 1;
                self.problems.push(format!("{}: {problem}; it is left out", path.display()));
            }
        }
    }

    fn add(&mut self, policy: Policy, name: &str) {
        if self.policies.iter().any(|known| known.id() == policy.id()) {
            let id = policy.id();
            tracing::error!(file = name, id, "two policies have one id; the later is left out");
            self.unusable += 1;
            self.problems.push(format!("{name}: the id {id} is taken; it is left out"));
            return;
        }
        self.policies.push(Arc::new(policy));
    }
}

fn texts(
    sources: &[(PathBuf, io::Result<SourceFile>)],
) -> BTreeMap<PathBuf, Result<String, String>> {
    let text = |source: &io::Result<SourceFile>| match source {
        Ok(source) => Ok(source.text.clone()),
        Err(error) => Err(error.to_string()),
    };
    sources.iter().map(|(path, source)| (path.clone(), text(source))).collect()
}
