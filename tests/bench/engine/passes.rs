//! What is measured: one pass over all events each.

use std::collections::BTreeSet;

use anyhow::ensure;
use nightlatch_engine::{Changes, Context, Event, Ruleset, State};
use nightlatch_okta_sim::SimEvent;
use rsigma_eval::{Engine, JsonEvent};
use serde_json::Value;
use serde_json::value::RawValue;
use sonic_rs::PointerTree;

use crate::managed;
use crate::rule::{self, Rule};

/// One pass over all events; returns how many things it found.
pub(crate) type Pass<'a> = Box<dyn Fn() -> anyhow::Result<usize> + 'a>;

/// The passes that are measured with some rules.
pub(crate) struct Passes<'a> {
    pub(crate) ours: Pass<'a>,
    pub(crate) rsigma: Pass<'a>,
    pub(crate) get_many: Pass<'a>,
    /// How many rules match, over all events.
    pub(crate) matches: usize,
    /// How many fields `get_many` reads.
    pub(crate) fields: usize,
}

/// Prepares the passes with these rules, after proving that all ways to judge find the same: only
/// then are they comparable.
pub(crate) fn with_rules<'a>(rules: &[Rule], events: &'a [SimEvent]) -> anyhow::Result<Passes<'a>> {
    let ruleset = Ruleset::new(vec![managed::policy(rule::falco(rules))?])?;
    ensure!(
        ruleset.rule_count() == rules.len(),
        "{} rules are judged",
        ruleset.rule_count()
    );
    let mut engine = Engine::new();
    engine.add_collection(&rsigma_parser::parse_sigma_yaml(&rule::sigma(rules))?)?;
    ensure!(
        engine.rule_count() == rules.len(),
        "rsigma has {} rules",
        engine.rule_count()
    );
    let paths: BTreeSet<&str> = rules.iter().flat_map(Rule::paths).collect();
    let mut pointers = PointerTree::new();
    for path in &paths {
        pointers.add_path(path.split('.'));
    }
    let matches = same_matches(&ruleset, &engine, events)?;
    Ok(Passes {
        ours: verdicts(ruleset, events),
        rsigma: Box::new(move || {
            let mut matches = 0;
            for event in events {
                matches += judged_by_rsigma(&engine, event)?;
            }
            Ok(matches)
        }),
        get_many: read_fields(pointers, events),
        matches,
        fields: paths.len(),
    })
}

/// Judges all events by a ruleset.
pub(crate) fn verdicts(ruleset: Ruleset, events: &[SimEvent]) -> Pass<'_> {
    Box::new(move || {
        let judged = judge(events, |event, context, state| {
            ruleset.evaluate(event, context, state)
        });
        Ok(judged?.iter().sum())
    })
}

/// Returns how many rules match, after proving that our index and rsigma agree with a full scan on
/// each event.
fn same_matches(ruleset: &Ruleset, engine: &Engine, events: &[SimEvent]) -> anyhow::Result<usize> {
    let indexed = judge(events, |event, context, state| {
        ruleset.evaluate(event, context, state)
    })?;
    let all = judge(events, |event, context, state| {
        ruleset.evaluate_all(event, context, state)
    })?;
    for (number, event) in events.iter().enumerate() {
        let (indexed, all) = (indexed[number], all[number]);
        let rsigma = judged_by_rsigma(engine, event)?;
        ensure!(
            indexed == all && all == rsigma,
            "the index finds {indexed}, trying every rule {all}, rsigma {rsigma}: {}",
            event.json
        );
    }
    let matches = all.iter().sum();
    ensure!(matches > 0, "no rule matches");
    Ok(matches)
}

/// Returns how many rules match each event.
fn judge<'r>(
    events: &[SimEvent],
    evaluate: impl Fn(&Event<'_>, &Context<'_>, &mut State) -> Changes<'r>,
) -> anyhow::Result<Vec<usize>> {
    let mut state = State::default();
    let mut matches = Vec::with_capacity(events.len());
    for (offset, sim) in (0..).zip(events) {
        let event = Event::parse(&sim.json)?;
        let context = Context {
            integration: "2a0fbb9c-9d5c-5d3c-8f8f-0f7c0a3f3b6e",
            org: "acme.okta.com",
            uuid: &sim.uuid,
            appended_ms: sim.published_ms,
            published_ms: sim.published_ms,
            offset,
        };
        matches.push(evaluate(&event, &context, &mut state).detections.len());
    }
    Ok(matches)
}

fn judged_by_rsigma(engine: &Engine, event: &SimEvent) -> anyhow::Result<usize> {
    let value: Value = serde_json::from_str(&event.json)?;
    Ok(engine.evaluate(&JsonEvent::borrow(&value)).len())
}

/// Reads fields of all events, and judges nothing.
pub(crate) fn read_fields(pointers: PointerTree, events: &[SimEvent]) -> Pass<'_> {
    Box::new(move || {
        let mut found = 0;
        for event in events {
            // Stops with an error where an event has null above a field; that is its way to say none.
            let values = sonic_rs::get_many(event.json.as_str(), &pointers).unwrap_or_default();
            found += values.iter().flatten().count();
        }
        Ok(found)
    })
}

/// Reads all events as ours, and judges nothing.
pub(crate) fn read(events: &[SimEvent]) -> Pass<'_> {
    Box::new(move || {
        for event in events {
            std::hint::black_box(Event::parse(&event.json)?);
        }
        Ok(events.len())
    })
}

/// Checks that all events are JSON.
pub(crate) fn check(events: &[SimEvent]) -> Pass<'_> {
    Box::new(move || {
        for event in events {
            serde_json::from_str::<&RawValue>(&event.json)?;
        }
        Ok(events.len())
    })
}
