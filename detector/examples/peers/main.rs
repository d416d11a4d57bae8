//! Runs the table of peers against what those peers published:
//! `cargo run -p nightlatch-detector --example peers -- detector/rules/peers.toml CASES SIGMA [--catalogue FILE]`.
//!
//! CASES holds the cases of Panther's detections, one JSON object a line, and SIGMA the rules of Sigma.
//! Each case without mocks gets the peer's verdict from our rules, or is a deviation with its reason;
//! whatever the peers have is listed, with rules that exist, or is not covered for a reason. Of
//! Sigma's rules the conditions are not run. FILE lists ideas of detections: each that needs one event
//! alone is named by a rule, and no rule names another.
//!
//! Prints `N passed, N failed` and each failure; ends with 1 when one failed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use nightlatch_detector::{MANAGED, Peer, Peers};
use nightlatch_engine::{Dialect, Policy, PolicyKind, SourceFile, compile_files};

mod cases;
mod catalogue;

/// What came of the checks.
#[derive(Debug, Default)]
pub(crate) struct Score {
    passed: usize,
    failures: Vec<String>,
}

impl Score {
    /// Notes how a check went; `failure` is asked when it did not pass.
    pub(crate) fn check(&mut self, passed: bool, failure: impl FnOnce() -> String) {
        if passed {
            self.passed += 1;
        } else {
            self.failures.push(failure());
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(score) => {
            for failure in &score.failures {
                say(&format!("  {failure}"));
            }
            let (passed, failed) = (score.passed, score.failures.len());
            say(&format!("{passed} passed, {failed} failed"));
            ExitCode::from(u8::from(failed != 0))
        }
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<Score> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (files, list) = match arguments.as_slice() {
        [table, cases, sigma] => ([*table, *cases, *sigma], None),
        [table, cases, sigma, "--catalogue", list] => ([*table, *cases, *sigma], Some(*list)),
        _ => bail!("usage: peers TABLE CASES SIGMA [--catalogue FILE]"),
    };
    let [table, cases, sigma] = files;
    let peers: Peers = read(table)?.parse().context(table.to_owned())?;
    let policies = policies(&[])?;
    let mut score = Score::default();
    named_rules_exist(&peers, &policies, &mut score);
    cases::judge(&peers, &read(cases)?, &mut score)?;
    all_sigma_is_listed(&peers, Path::new(sigma), &mut score)?;
    if let Some(list) = list {
        catalogue::judge(&read(list)?, &policies, &mut score)?;
    }
    Ok(score)
}

/// Compiles the managed policies, each with further files of its own.
pub(crate) fn policies(more: &[(&str, SourceFile)]) -> anyhow::Result<Vec<Policy>> {
    let compiled = |(name, text): (&str, &str)| {
        let mut files = vec![SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        }];
        let own = more.iter().filter(|(policy, _)| *policy == name);
        files.extend(own.map(|(_, file)| file.clone()));
        let compiled = compile_files(&files, PolicyKind::Managed, &Dialect::default());
        compiled
            .policy
            .with_context(|| format!("{name} has errors"))
    };
    MANAGED.into_iter().map(compiled).collect()
}

/// Every entry names rules, and they exist.
fn named_rules_exist(peers: &Peers, policies: &[Policy], score: &mut Score) {
    let known: BTreeSet<&str> = policies
        .iter()
        .flat_map(Policy::rules)
        .map(nightlatch_engine::Rule::name)
        .collect();
    for Peer { id, rules, .. } in peers.panther.iter().chain(&peers.sigma) {
        score.check(!rules.is_empty(), || format!("{id}: no rule is named"));
        for rule in rules {
            score.check(known.contains(rule.as_str()), || {
                format!("{id}: there is no managed rule `{rule}`")
            });
        }
    }
}

/// Every rule of Sigma in the folder is in the table once, and no other.
fn all_sigma_is_listed(peers: &Peers, folder: &Path, score: &mut Score) -> anyhow::Result<()> {
    let mut found = BTreeSet::new();
    let name = || folder.display().to_string();
    for entry in std::fs::read_dir(folder).with_context(name)? {
        let path = entry.with_context(name)?.path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            found.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    if found.is_empty() {
        bail!("{}: there is no rule", folder.display());
    }
    listed("sigma", &found, &peers.sigma, peers, score);
    Ok(())
}

/// What a peer has is in the table once, be it as not covered, and nothing else is.
pub(crate) fn listed(
    peer: &str,
    found: &BTreeSet<String>,
    entries: &[Peer],
    peers: &Peers,
    score: &mut Score,
) {
    let left_out = peers.not_covered.iter().filter(|left| left.peer == peer);
    let mut told: Vec<&str> = left_out.map(|left| left.id.as_str()).collect();
    told.extend(entries.iter().map(|entry| entry.id.as_str()));
    for id in found {
        let times = told.iter().filter(|told| *told == id).count();
        score.check(times == 1, || {
            format!("{peer}: {id} is listed {times} times")
        });
    }
    for id in told {
        score.check(found.contains(id), || format!("{peer} has no {id}"));
    }
}

fn read(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.to_owned())
}

fn say(line: &str) {
    // Nothing is left to do when nobody listens.
    drop(writeln!(std::io::stdout(), "{line}"));
}
