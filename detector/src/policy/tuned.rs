//! A policy as it is tuned at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use nightlatch_engine::{Compiled, Dialect, Policy, SourceFile, compile_files};

use super::load::usable;
use super::overlay::Overlay;
use super::settings::{Kind, Tuning};
use super::table::Entry;

/// What was in force of a policy before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a>(pub(crate) Option<&'a Entry>);

/// What came of it.
#[derive(Debug)]
pub(crate) struct Tuned {
    /// None where not even its name and severity can be put in.
    pub(crate) policy: Option<Arc<Policy>>,
    /// What is set and has no effect, each with why.
    pub(crate) problems: Vec<String>,
    /// When the next exception expires.
    pub(crate) next_expiry: Option<Timestamp>,
}

impl Tuned {
    /// Tunes a policy. What its text refuses, which happens when the text is not the one any more that
    /// it was set for, has no effect; the rest has.
    pub(crate) fn of(
        id: &str,
        kind: Kind,
        base: &Arc<Policy>,
        tuning: Option<&Tuning>,
        known: Known<'_>,
        now: Timestamp,
    ) -> Self {
        let default = Tuning::default();
        let tuning = tuning.unwrap_or(&default);
        let own_id = (id != base.id()).then_some(id);
        let overlay = Overlay::of(tuning, own_id, base, now);
        let mut problems = overlay.dangling;
        let policy = match overlay.file {
            None => Ok(Arc::clone(base)),
            Some(file) => known.or_compile(base, file, kind),
        };
        let policy = match policy {
            Ok(policy) => Some(policy),
            Err(problem) => {
                problems.push(problem);
                let can_be = |tuning: &Tuning| match Overlay::of(tuning, own_id, base, now).file {
                    None => Some(Arc::clone(base)),
                    Some(file) => known.or_compile(base, file, kind).ok(),
                };
                let (most, left_out) = reduce(tuning, &can_be);
                problems.extend(left_out);
                can_be(&most)
            }
        };
        let expiries = tuning.exceptions.iter().filter_map(|found| found.expires);
        Self {
            policy,
            problems: problems
                .into_iter()
                .map(|problem| format!("policy {id}: {problem}"))
                .collect(),
            next_expiry: expiries.filter(|expires| *expires > now).min(),
        }
    }
}

/// The most of a tuning that a policy takes, and what of it has no effect.
fn reduce(
    tuning: &Tuning,
    can_be: &dyn Fn(&Tuning) -> Option<Arc<Policy>>,
) -> (Tuning, Vec<String>) {
    let mut most = Tuning {
        exceptions: Vec::new(),
        lists: BTreeMap::new(),
        ..tuning.clone()
    };
    let mut left_out = Vec::new();
    for (name, items) in &tuning.lists {
        most.lists.insert(name.clone(), items.clone());
        if can_be(&most).is_none() {
            most.lists.remove(name);
            left_out.push(format!("what is set of the list {name:?} has no effect"));
        }
    }
    for exception in &tuning.exceptions {
        most.exceptions.push(exception.clone());
        if can_be(&most).is_none() {
            most.exceptions.pop();
            left_out.push(format!("the exception {:?} has no effect", exception.name));
        }
    }
    (most, left_out)
}

impl Known<'_> {
    fn or_compile(
        self,
        base: &Policy,
        overlay: SourceFile,
        kind: Kind,
    ) -> Result<Arc<Policy>, String> {
        let files = tuned_files(base, overlay);
        let known = self.0.and_then(|entry| entry.policy.as_ref());
        let kind = kind.policy_kind();
        match known.filter(|known| known.files() == files && known.kind() == kind) {
            Some(known) => Ok(Arc::clone(known)),
            None => usable(compile_files(&files, kind, &Dialect::default())).map(Arc::new),
        }
    }
}

/// Compiles a policy with its tuning.
pub(crate) fn compile_tuned(base: &Policy, overlay: SourceFile, kind: Kind) -> Compiled {
    let files = tuned_files(base, overlay);
    compile_files(&files, kind.policy_kind(), &Dialect::default())
}

fn tuned_files(base: &Policy, overlay: SourceFile) -> Vec<SourceFile> {
    base.files().iter().cloned().chain([overlay]).collect()
}
