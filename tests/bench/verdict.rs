//! From an event's JSON to its verdict: one core, 5,000 events, every rule of the managed policy
//! switched on; beside parsers that only read the same fields, or only check the same text.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nightlatch_engine::{Changes, Context, Event, PolicyKind, Ruleset, SourceFile, State, compile};
use nightlatch_okta_sim::SimEvent;
use serde::de::IgnoredAny;
use sonic_rs::PointerTree;

use crate::org;
use crate::sample::median;
use crate::scale::Scale;
use crate::table::{Row, thousands};
use crate::usage;

const EVENTS: usize = 5_000;
const RULES: usize = 21;

/// What the conditions of the policy read of an event, counters included.
const FIELDS: [&[&str]; 8] = [
    &["eventType"],
    &["outcome", "result"],
    &["outcome", "reason"],
    &["actor", "id"],
    &["actor", "alternateId"],
    &["client", "geographicalContext", "country"],
    &["debugContext", "debugData", "pushOnlyResponseType"],
    &["debugContext", "debugData", "factor"],
];

/// One pass over all events; returns how many things it found.
type Pass<'a> = &'a dyn Fn() -> anyhow::Result<usize>;

/// Measures the engine.
pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let events = org::events(EVENTS, 100);
    let ruleset = all_rules()?;
    let matches = same_verdicts(&ruleset, &events)?;
    let mut pointers = PointerTree::new();
    for field in FIELDS {
        pointers.add_path(field);
    }
    let verdicts = || {
        judge(&events, |event, context, state| {
            ruleset.evaluate(event, context, state)
        })
    };
    let fields = || Ok(read_fields(&events, &pointers));
    let check = || validate(&events);
    let passes: [Pass<'_>; 3] = [&verdicts, &fields, &check];
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..scale.rounds {
        for (pass, rates) in passes.iter().zip(&mut rates) {
            rates.push(events_a_second(*pass, scale.engine_round)?);
        }
    }
    let [verdicts, fields, check] = rates.map(median);
    let bytes: usize = events.iter().map(|event| event.json.len()).sum();
    let matched = format!(
        "{matches} matches by {RULES} rules; {} B an event",
        bytes / EVENTS
    );
    let beside = |rate: f64| format!("verdicts take {:.2} × its time", rate / verdicts);
    Ok(vec![
        Row::new("JSON to verdict", format!("{}/s", thousands(verdicts)))
            .beside(matched)
            .at_least(verdicts, 150_000.0, "/s"),
        Row::new(
            format!("sonic-rs get_many, the {} fields", FIELDS.len()),
            format!("{}/s", thousands(fields)),
        )
        .beside(beside(fields)),
        Row::new("serde_json, check only", format!("{}/s", thousands(check))).beside(beside(check)),
    ])
}

/// Compiles the managed policy with every rule switched on.
pub(crate) fn all_rules() -> anyhow::Result<Ruleset> {
    let (name, text) = nightlatch_detector::MANAGED[0];
    let text = text.replace("enabled: false", "enabled: true");
    let compiled = compile(
        &SourceFile {
            name: name.to_owned(),
            text,
        },
        PolicyKind::Managed,
    );
    let policy = compiled
        .policy
        .context("the managed policy does not compile")?;
    let ruleset = Ruleset::new(vec![Arc::new(policy)])?;
    ensure!(
        ruleset.rule_count() == RULES,
        "{} rules are judged",
        ruleset.rule_count()
    );
    Ok(ruleset)
}

/// Returns how many matches there are, after proving that the index loses none: only then is the
/// rate one of verdicts.
fn same_verdicts(ruleset: &Ruleset, events: &[SimEvent]) -> anyhow::Result<usize> {
    let indexed = judge(events, |event, context, state| {
        ruleset.evaluate(event, context, state)
    })?;
    let all = judge(events, |event, context, state| {
        ruleset.evaluate_all(event, context, state)
    })?;
    ensure!(
        indexed == all,
        "the index finds {indexed} matches, trying every rule {all}"
    );
    ensure!(indexed > 0, "no rule matches");
    Ok(indexed)
}

fn judge<'r>(
    events: &[SimEvent],
    evaluate: impl Fn(&Event<'_>, &Context<'_>, &mut State) -> Changes<'r>,
) -> anyhow::Result<usize> {
    let mut state = State::default();
    let mut matches = 0;
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
        matches += evaluate(&event, &context, &mut state).detections.len();
    }
    Ok(matches)
}

fn read_fields(events: &[SimEvent], pointers: &PointerTree) -> usize {
    let mut found = 0;
    for event in events {
        // Stops with an error where an event has null above a field; that is its way to say none.
        let values = sonic_rs::get_many(event.json.as_str(), pointers).unwrap_or_default();
        found += values.iter().flatten().count();
    }
    found
}

fn validate(events: &[SimEvent]) -> anyhow::Result<usize> {
    for event in events {
        serde_json::from_str::<IgnoredAny>(&event.json)?;
    }
    Ok(events.len())
}

/// Repeats a pass for at least `time` of CPU.
fn events_a_second(pass: Pass<'_>, time: Duration) -> anyhow::Result<f64> {
    let before = usage::cpu_of_thread()?;
    let mut events = 0;
    loop {
        std::hint::black_box(pass()?);
        events += EVENTS;
        let used = usage::cpu_of_thread()?.saturating_sub(before);
        if used >= time {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            return Ok(events as f64 / used.as_secs_f64());
        }
    }
}
