//! Loads the rules and swaps them whole when their files change.
//!
//! A broken file takes no policy away: its last good text stays in force, after a restart too.
//! With none, that policy alone is left out; log, metric and `/readyz?verbose` say so. Where
//! nothing at all can be used, the rules before stay, and without those nothing is judged.

use std::io;
use std::path::Path;
use std::sync::Arc;

use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_engine::PolicyKind;
use tokio::sync::watch;

use crate::DetectorConfig;
use crate::metrics::RuleMetrics;
use crate::policy::files::{self, Root};
use crate::policy::in_force::InForce;
use crate::policy::last_good::LastGood;
use crate::policy::load::Load;

/// The rules in force, and what it takes to load them again.
#[derive(Debug)]
pub(crate) struct Rules {
    in_force: watch::Sender<Option<Arc<InForce>>>,
    config: DetectorConfig,
    last_good: LastGood,
    /// What the files were when they were last loaded.
    loaded: Vec<Root>,
    /// What they were at the last look.
    seen: Vec<Root>,
    metrics: RuleMetrics,
    latch: Latch,
}

impl Rules {
    /// Loads the rules for the first time.
    pub(crate) fn load(
        config: DetectorConfig,
        data_dir: &Path,
        metrics: RuleMetrics,
        latch: Latch,
    ) -> io::Result<Self> {
        let seen = files::read(&config.policies);
        let mut rules = Self {
            in_force: watch::Sender::new(None),
            config,
            last_good: LastGood::open(data_dir)?,
            loaded: seen.clone(),
            seen,
            metrics,
            latch,
        };
        rules.apply();
        Ok(rules)
    }

    /// Returns where the rules in force are found; none until there are some.
    pub(crate) fn in_force(&self) -> watch::Receiver<Option<Arc<InForce>>> {
        self.in_force.subscribe()
    }

    /// Loads the rules again whenever a file has changed, until the stop begins.
    pub(crate) async fn watch(mut self, shutdown: Shutdown) -> Result<(), io::Error> {
        let interval = self.config.reload_interval.duration();
        loop {
            tokio::select! {
                () = shutdown.begun() => return Ok(()),
                () = tokio::time::sleep(interval) => {}
            }
            let look = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            self = look.await.map_err(io::Error::other)?;
        }
    }

    /// Loads what has changed and is not being written any more: what two looks find alike.
    fn look(&mut self) {
        let seen = files::read(&self.config.policies);
        let has_settled = seen == self.seen;
        self.seen = seen;
        if has_settled && self.seen != self.loaded {
            self.apply();
        }
    }

    fn apply(&mut self) {
        self.loaded.clone_from(&self.seen);
        let mut load = Load::new(&self.last_good);
        if self.config.managed_policies {
            load.add_managed();
        }
        for root in &self.loaded {
            load.add(root);
        }
        let Load {
            policies,
            problems,
            unusable,
            ..
        } = load;
        for problem in &problems {
            tracing::error!(problem, "a policy could not be loaded as it stands");
        }
        let is_whole = problems.is_empty();
        let problems = problems.join("; ");
        if policies.is_empty() && unusable > 0 {
            self.stay(unusable, &problems);
            return;
        }
        match InForce::new(policies) {
            Ok(fresh) => {
                self.adopt(fresh, unusable, is_whole);
                self.latch.note(problems);
                self.latch.ready();
            }
            Err(error) => self.stay(unusable, &error.to_string()),
        }
    }

    /// Keeps what is in force, if there is something.
    fn stay(&self, unusable: usize, problems: &str) {
        self.metrics.not_loaded(unusable);
        let stays = self.in_force.borrow().is_some();
        if stays {
            self.latch
                .note(format!("{problems}; the rules before stay in force"));
        } else {
            self.latch.not_ready(format!(
                "no policy can be used, nothing is judged: {problems}"
            ));
        }
    }

    fn adopt(&self, fresh: InForce, unusable: usize, is_whole: bool) {
        let fresh = Arc::new(fresh);
        self.in_force.send_replace(Some(Arc::clone(&fresh)));
        let managed = fresh.rules_of(PolicyKind::Managed);
        let custom = fresh.rules_of(PolicyKind::Custom);
        self.metrics.loaded(managed, custom, unusable, is_whole);
        let version = fresh.ruleset.version();
        tracing::info!(version, managed, custom, unusable, "rules loaded");
    }
}
