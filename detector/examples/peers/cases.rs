//! The cases of Panther's detections.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use nightlatch_detector::{MANAGED, Peer, Peers};
use nightlatch_engine::{Context, Event, Policy, SourceFile, State, explain};
use serde::Deserialize;
use serde_json::Value;

use crate::{Score, listed, policies};

/// When an event happened that does not say it: 2026-01-05T12:00:00Z, in milliseconds.
const NOON_MS: i64 = 1_767_614_400_000;

#[derive(Debug, Deserialize)]
struct Case {
    rule_id: String,
    #[serde(rename = "case_name")]
    name: String,
    expected: bool,
    /// What the peer's code is made to believe; with them a verdict is not of the event alone.
    mocks: Option<Value>,
    event: Value,
}

/// Holds our verdicts against the peer's.
pub(crate) fn judge(peers: &Peers, text: &str, score: &mut Score) -> anyhow::Result<()> {
    let cases = text.lines().map(serde_json::from_str::<Case>);
    let mut by_id: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in cases {
        let case = case.context("a case")?;
        by_id.entry(case.rule_id.clone()).or_default().push(case);
    }
    if by_id.is_empty() {
        bail!("there is no case");
    }
    let found: BTreeSet<String> = by_id.keys().cloned().collect();
    listed("panther", &found, &peers.panther, peers, score);
    for peer in &peers.panther {
        let filled = filled(peer)?;
        let cases = by_id.get(&peer.id).into_iter().flatten();
        for (number, case) in (1..).zip(cases) {
            if case.mocks.is_none() {
                one(peer, &filled, number, case, score)?;
            }
        }
        let last = by_id.get(&peer.id).map_or(0, Vec::len);
        for deviation in &peer.deviations {
            score.check((1..=last).contains(&deviation.case), || {
                format!("{}: there is no case {}", peer.id, deviation.case)
            });
        }
    }
    Ok(())
}

/// The managed policies with the lists that an entry fills.
fn filled(peer: &Peer) -> anyhow::Result<Vec<Policy>> {
    let shipped = policies(&[])?;
    let mut more = Vec::new();
    for (name, items) in &peer.lists {
        let policies = MANAGED.iter().zip(&shipped);
        let having = policies.filter(|(_, policy)| policy.lists().iter().any(|l| &l.name == name));
        let item = serde_json::json!({
            "list": name, "items": items, "override": {"items": "replace"},
        });
        let before = more.len();
        more.extend(having.map(|((file, _), _)| {
            let source = SourceFile {
                name: format!("lists of {}", peer.id),
                text: format!("- {item}\n"),
            };
            (*file, source)
        }));
        if more.len() == before {
            bail!("{}: no managed policy has a list `{name}`", peer.id);
        }
    }
    policies(&more)
}

fn one(
    peer: &Peer,
    policies: &[Policy],
    number: usize,
    case: &Case,
    score: &mut Score,
) -> anyhow::Result<()> {
    let what = format!("{}: case {number} ({})", peer.id, case.name);
    let json = case.event.to_string();
    let event = Event::parse(&json).with_context(|| what.clone())?;
    let at_ms = event.published_ms().unwrap_or(NOON_MS);
    let context = Context {
        integration: "peers",
        org: "example.okta.com",
        uuid: "peers-1",
        appended_ms: at_ms,
        published_ms: at_ms,
        offset: 0,
    };
    let rules = policies.iter().flat_map(Policy::rules);
    let mut matching = rules
        .filter(|rule| peer.rules.iter().any(|name| name == rule.name()))
        .filter(|rule| explain(rule, &event, &context, &mut State::default()).matches);
    let verdict = matching.next().is_some();
    let mut deviations = peer.deviations.iter();
    let deviates = deviations.any(|deviation| deviation.case == number);
    score.check((verdict == case.expected) != deviates, || {
        let verdict = if verdict { "matches" } else { "does not match" };
        if deviates {
            format!("{what}: listed as a deviation, and agrees: {verdict}")
        } else {
            format!("{what}: {verdict}, and the peer says otherwise")
        }
    });
    Ok(())
}
