//! Loads the rules and swaps them whole when their files or what is set of them change.
//!
//! A broken file takes no policy away: its last good text stays in force, after a restart too.
//! With none, that policy alone is left out; log, metric and `/readyz?verbose` say so. Where
//! nothing at all can be used, the rules before stay, and without those nothing is judged.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::admin::Latch;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::TopicError;
use nightlatch_engine::{Policy, PolicyKind};
use tokio::sync::watch;

use crate::DetectorConfig;
use crate::metrics::RuleMetrics;
use crate::policy::files::{self, Root};
use crate::policy::in_force::InForce;
use crate::policy::last_good::LastGood;
use crate::policy::load::Load;
use crate::policy::store::Store;
use crate::policy::table::Table;

/// The rules in force, and what it takes to load them again.
#[derive(Debug)]
pub(crate) struct Rules {
    in_force: watch::Sender<Option<Arc<InForce>>>,
    /// All policies as they were last loaded.
    table: watch::Sender<Arc<Table>>,
    config: DetectorConfig,
    last_good: LastGood,
    store: Store,
    /// What the files were when they were last loaded.
    loaded: Vec<Root>,
    /// What they were at the last look.
    seen: Vec<Root>,
    /// What was wrong at the last load.
    problems: Vec<String>,
    metrics: RuleMetrics,
    latch: Latch,
}

/// Why the rules can't be followed any more.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Looking at the files has failed.
    #[error("looking at policy files: {0}")]
    Files(#[from] io::Error),
    /// The settings log of policies is lost.
    #[error("the settings log of policies: {0}")]
    Settings(#[from] TopicError),
}

/// What the rules wait for.
enum Woken {
    /// The time for the next look at the files.
    Look,
    /// Something was set, or an exception has expired.
    Set,
}

impl Rules {
    /// Loads the rules for the first time.
    pub(crate) fn load(
        config: DetectorConfig,
        store: Store,
        data_dir: &Path,
        metrics: RuleMetrics,
        latch: Latch,
    ) -> io::Result<Self> {
        let seen = files::read(&config.policies);
        let mut rules = Self {
            in_force: watch::Sender::new(None),
            table: watch::Sender::new(Arc::default()),
            config,
            last_good: LastGood::open(data_dir)?,
            store,
            loaded: seen.clone(),
            seen,
            problems: Vec::new(),
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

    /// Returns where all policies are found.
    pub(crate) fn table(&self) -> watch::Receiver<Arc<Table>> {
        self.table.subscribe()
    }

    /// Loads the rules again whenever a file has changed or something was set, until the stop begins.
    pub(crate) async fn watch(mut self, shutdown: Shutdown) -> Result<(), RulesError> {
        loop {
            tokio::select! {
                () = shutdown.begun() => return Ok(()),
                noted = self.note_versions() => if let Err(error) = noted {
                    tracing::warn!(%error, "the versions in force could not be noted yet");
                },
            }
            let woken = tokio::select! {
                () = shutdown.begun() => return Ok(()),
                woken = self.woken() => woken?,
            };
            let work = tokio::task::spawn_blocking(move || {
                match woken {
                    Woken::Look => self.look(),
                    Woken::Set => self.apply(),
                }
                self
            });
            self = work.await.map_err(io::Error::other)?;
        }
    }

    async fn woken(&self) -> Result<Woken, TopicError> {
        let table = self.table.borrow().clone();
        tokio::select! {
            biased;
            _ = self.store.changed(table.revision) => Ok(Woken::Set),
            () = until(table.next_expiry) => Ok(Woken::Set),
            error = self.store.failed() => Err(error),
            () = tokio::time::sleep(self.config.reload_interval.duration()) => Ok(Woken::Look),
        }
    }

    /// What an event was judged by must be found later, whatever becomes of its file.
    async fn note_versions(&self) -> Result<(), nightlatch_chassis::settings::SettingsError> {
        let table = self.table.borrow().clone();
        self.store.note_versions(&table).await
    }

    /// Loads what has changed and is not being written any more: what two looks find alike.
    fn look(&mut self) {
        let seen = files::read(&self.config.policies);
        let has_settled = seen == self.seen;
        self.seen = seen;
        if has_settled && self.seen != self.loaded {
            self.loaded.clone_from(&self.seen);
            self.apply();
        }
    }

    /// Loads everything. The table is shown last: who waits for a change in it finds the rules in force.
    fn apply(&mut self) {
        let table = self.load_all();
        self.table.send_replace(Arc::new(table));
    }

    fn load_all(&mut self) -> Table {
        let known = self.table.borrow().clone();
        // Before they are read: what comes meanwhile is loaded next.
        let revision = self.store.revision();
        let settings = self.store.all();
        let mut load = Load::new(&self.last_good, &known, &settings, Timestamp::now());
        if self.config.managed_policies {
            load.add_managed();
        }
        for root in &self.loaded {
            load.add(root);
        }
        load.add_set();
        let Load {
            mut table,
            problems,
            unusable,
            ..
        } = load;
        table.revision = revision;
        let policies = in_order(&table);
        let is_same = {
            let judging = in_order(&known);
            judging.len() == policies.len()
                && judging
                    .iter()
                    .zip(&policies)
                    .all(|(a, b)| Arc::ptr_eq(a, b))
        };
        let stays = is_same && self.in_force.borrow().is_some() && problems == self.problems;
        if stays {
            return table;
        }
        self.problems.clone_from(&problems);
        for problem in &problems {
            tracing::error!(problem, "a policy could not be loaded as it stands");
        }
        let is_whole = problems.is_empty();
        let problems = problems.join("; ");
        if policies.is_empty() && unusable > 0 {
            self.stay(unusable, &problems);
            return table;
        }
        match InForce::new(policies) {
            Ok(fresh) => {
                self.adopt(fresh, unusable, is_whole);
                self.latch.note(problems);
                self.latch.ready();
            }
            Err(error) => self.stay(unusable, &error.to_string()),
        }
        table
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
        let managed =
            fresh.rules_of(PolicyKind::Managed) + fresh.rules_of(PolicyKind::ManagedRuleset);
        let custom = fresh.rules_of(PolicyKind::Custom);
        self.metrics.loaded(managed, custom, unusable, is_whole);
        let version = fresh.ruleset.version();
        self.metrics.in_force(version);
        tracing::info!(version, managed, custom, unusable, "rules loaded");
    }
}

/// The policies that can judge.
fn in_order(table: &Table) -> Vec<Arc<Policy>> {
    let entries = table.entries.values();
    entries.filter_map(|entry| entry.policy.clone()).collect()
}

/// Waits until a time is over.
async fn until(time: Option<Timestamp>) {
    let Some(time) = time else {
        return std::future::pending().await;
    };
    let left = Duration::try_from(time - Timestamp::now()).unwrap_or_default();
    // Its clock may be set: it is looked at now and then.
    tokio::time::sleep(left.min(Duration::from_mins(1))).await;
}
