//! From an event's JSON to its verdict: 5,000 events on one core.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::median::median;
use crate::passes::{self, Pass, Passes};
use crate::table::{Row, thousands};
use crate::{managed, pack, traffic};

const EVENTS: usize = 5_000;

/// How often and how long passes are measured.
pub(crate) struct Effort {
    /// What people read above the table.
    pub(crate) name: &'static str,
    /// The passes take turns so often.
    rounds: usize,
    /// How long a turn takes, at least.
    turn: Duration,
}

pub(crate) const FULL: Effort = Effort {
    name: "full",
    rounds: 9,
    turn: Duration::from_millis(200),
};

pub(crate) const SHORT: Effort = Effort {
    name: "short: it runs, the figures mean nothing",
    rounds: 1,
    turn: Duration::from_millis(20),
};

/// Measures the engine.
pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Vec<Row>> {
    let events = traffic::events(traffic::START_MS, EVENTS, 100);
    let bytes: usize = events.iter().map(|event| event.json.len()).sum();
    let few = passes::with_rules(&pack::of(24), &events)?;
    let more = passes::with_rules(&pack::of(150), &events)?;
    let many = passes::with_rules(&pack::of(1500), &events)?;
    let shipped = managed::as_shipped()?;
    let managed_rules = shipped.rule_count();
    let managed = passes::verdicts(shipped, &events);
    let (read, check) = (passes::read(&events), passes::check(&events));
    let all: Vec<&Pass<'_>> = [&few, &more, &many]
        .into_iter()
        .flat_map(|passes| [&passes.ours, &passes.rsigma, &passes.get_many])
        .chain([&managed, &read, &check])
        .collect();
    let times = take_turns(&all, effort)?;
    let [
        few_ours,
        few_rsigma,
        few_read,
        ours,
        rsigma,
        read,
        many_ours,
        many_rsigma,
        many_read,
        managed,
        event,
        check,
    ] = times.as_slice()
    else {
        anyhow::bail!("{} passes were measured", times.len());
    };
    let mut rows = vec![
        Row::new(
            format!("the managed policies as they ship, {managed_rules} rules on"),
            a_second(managed),
        )
        .beside(format!("{} B an event", bytes / EVENTS))
        .at_least(1.0 / managed.time, 150_000.0, "/s"),
    ];
    rows.extend(rows_of(24, &few, [few_ours, few_rsigma, few_read]));
    rows.extend(rows_of(150, &more, [ours, rsigma, read]));
    rows.extend(rows_of(1500, &many, [many_ours, many_rsigma, many_read]));
    let cost = many_ours.beside(ours);
    rows.extend([
        Row::new("1,500 rules beside 150", format!("{cost:.2} × the time")).at_most(cost, 1.3, "×"),
        Row::new("an event read, not judged", a_second(event)),
        Row::new("serde_json, check only", a_second(check)),
    ]);
    Ok(rows)
}

fn rows_of(rules: usize, passes: &Passes<'_>, [ours, rsigma, read]: [&Times; 3]) -> [Row; 3] {
    let (faster, slower) = (rsigma.beside(ours), ours.beside(read));
    let (matches, fields) = (passes.matches, passes.fields);
    [
        Row::new(format!("{rules} rules, JSON to verdict"), a_second(ours))
            .beside(format!("{matches} matches in {EVENTS} events")),
        Row::new(format!("{rules} rules, rsigma-eval"), a_second(rsigma))
            .beside(format!("verdicts are {faster:.1} × as fast"))
            .at_least(faster, 4.0, "×"),
        Row::new(
            format!("{rules} rules, sonic-rs get_many, {fields} fields"),
            a_second(read),
        )
        .beside(format!("verdicts take {slower:.2} × its time"))
        .at_most(slower, 1.5, "×"),
    ]
}

fn a_second(times: &Times) -> String {
    format!("{}/s", thousands(1.0 / times.time))
}

/// What a pass took for an event, in seconds.
struct Times {
    time: f64,
    turns: Vec<f64>,
}

impl Times {
    /// The middle of what this took of the other's time in the same round.
    fn beside(&self, other: &Self) -> f64 {
        median(
            self.turns
                .iter()
                .zip(&other.turns)
                .map(|(this, other)| this / other),
        )
    }
}

fn take_turns(passes: &[&Pass<'_>], effort: &Effort) -> anyhow::Result<Vec<Times>> {
    let mut turns = vec![Vec::new(); passes.len()];
    for _ in 0..effort.rounds {
        for (pass, turns) in passes.iter().zip(&mut turns) {
            turns.push(turn(pass, effort.turn)?);
        }
    }
    let times = turns.into_iter().map(|turns| Times {
        time: median(turns.iter().copied()),
        turns,
    });
    Ok(times.collect())
}

/// Repeats a pass for at least `time` of CPU; returns the seconds for an event.
fn turn(pass: &Pass<'_>, time: Duration) -> anyhow::Result<f64> {
    let before = cpu();
    let mut events = 0;
    loop {
        std::hint::black_box(pass()?);
        events += EVENTS;
        let used = cpu().saturating_sub(before);
        if used >= time {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            return Ok(used.as_secs_f64() / events as f64);
        }
    }
}

/// The CPU time of this thread so far.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(now).unwrap_or_default()
}
