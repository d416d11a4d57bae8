//! Judges a batch: what goes out, and what is remembered once that is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nightlatch_chassis::topic::{Output, Stored};
use nightlatch_engine::{Changes, Context, Detection, Event, Observation, Ruleset, State};
use nightlatch_schemas::{EVENT, OktaEvent, decode, runtime_event_id};
use uuid::Uuid;

use crate::emit::{self, Input};
use crate::memory::{Additions, Memory};
use crate::metrics::DetectorMetrics;
use crate::policy::in_force::InForce;

/// How many outputs are worth a way of their own.
const MANY: usize = 256;

/// What became of a batch, or of one of its records.
#[derive(Debug, Default)]
pub(crate) struct Judged<'r> {
    /// Runtime events and dead letters that were not handed over yet.
    pub(crate) outputs: Vec<Output>,
    /// To be remembered only when the outputs are committed.
    pub(crate) additions: Additions,
    /// Events by type, as metrics have it, and result.
    events: BTreeMap<(&'r str, &'static str), u64>,
    /// When each event was received.
    received_ms: Vec<i64>,
    tally: Vec<Tally<'r>>,
}

/// What metrics count once the batch is committed: a batch judged twice counts once.
#[derive(Debug)]
enum Tally<'r> {
    Matched {
        rule: &'r str,
        policy: &'r str,
        severity: u8,
    },
    Repeated {
        rule: &'r str,
    },
    DeadLetter {
        reason: &'static str,
    },
}

/// How an event was judged, as metrics have it.
#[derive(Debug, Clone, Copy)]
struct Verdict<'r> {
    event_type: &'r str,
    result: &'static str,
    received_ms: Option<i64>,
}

impl Verdict<'_> {
    /// Of a record of which nothing is known.
    const ERROR: Self = Self {
        event_type: "other",
        result: "error",
        received_ms: None,
    };
}

impl<'r> Judged<'r> {
    /// Tells the metrics.
    pub(crate) fn count(&self, metrics: &DetectorMetrics, now_ms: i64) {
        for ((event_type, result), count) in &self.events {
            metrics.judged(event_type, result, *count);
        }
        for received_ms in &self.received_ms {
            metrics.latency(*received_ms, now_ms);
        }
        for tally in &self.tally {
            match tally {
                Tally::Matched {
                    rule,
                    policy,
                    severity,
                } => {
                    metrics.matched(rule, policy, *severity);
                }
                Tally::Repeated { rule } => metrics.repeated(rule),
                Tally::DeadLetter { reason } => metrics.dead_letter(reason),
            }
        }
    }

    fn add(&mut self, mut one: Self, verdict: Option<Verdict<'r>>) {
        self.outputs.append(&mut one.outputs);
        self.additions.emitted.append(&mut one.additions.emitted);
        self.additions
            .observations
            .append(&mut one.additions.observations);
        self.tally.append(&mut one.tally);
        if let Some(Verdict {
            event_type,
            result,
            received_ms,
        }) = verdict
        {
            *self.events.entry((event_type, result)).or_default() += 1;
            self.received_ms.extend(received_ms);
        }
    }

    fn refuse(&mut self, stored: &Stored, reason: &'static str, detail: &str) {
        tracing::warn!(
            offset = stored.offset,
            reason,
            detail,
            "a record is a dead letter"
        );
        self.outputs.push(emit::dead_letter(stored, detail));
        self.tally.push(Tally::DeadLetter { reason });
    }
}

/// What judging a batch needs.
#[derive(Debug)]
pub(crate) struct Judge<'r, 'm> {
    pub(crate) rules: &'r InForce,
    pub(crate) memory: &'m Memory,
    pub(crate) partition: i32,
    pub(crate) now_ms: i64,
}

impl<'r> Judge<'r, '_> {
    /// Judges `records` in order, and hands outputs over as there come to be many. `state` is changed;
    /// if the outputs are not committed it must be dropped.
    pub(crate) fn judge(
        &self,
        records: &[Stored],
        state: &mut State,
        hand_over: &mut dyn FnMut(Vec<Output>),
    ) -> rusqlite::Result<Judged<'r>> {
        let mut judged = Judged::default();
        let mut emitted = BTreeSet::new();
        for stored in records {
            let mut one = Judged::default();
            // A bug must not stop everybody's detection for one record.
            let judging = AssertUnwindSafe(|| self.judge_one(stored, state, &emitted, &mut one));
            let verdict = if let Ok(verdict) = catch_unwind(judging) {
                verdict?
            } else {
                // It is counted all the same: counters are a function of the log alone.
                let observations = std::mem::take(&mut one.additions.observations);
                one = Judged::default();
                one.additions.observations = observations;
                one.refuse(stored, "engine", "the engine failed on this event");
                Some(Verdict::ERROR)
            };
            emitted.extend(one.additions.emitted.iter().map(|(id, _)| *id));
            judged.add(one, verdict);
            if judged.outputs.len() >= MANY {
                hand_over(std::mem::take(&mut judged.outputs));
            }
        }
        Ok(judged)
    }

    /// Judges a record; no verdict on what is no event.
    fn judge_one(
        &self,
        stored: &Stored,
        state: &mut State,
        emitted: &BTreeSet<Uuid>,
        one: &mut Judged<'r>,
    ) -> rusqlite::Result<Option<Verdict<'r>>> {
        let okta = match decode::<OktaEvent>(&stored.record.value) {
            Ok(okta) if okta.kind == EVENT => okta,
            Ok(_) => return Ok(None),
            Err(error) => {
                one.refuse(stored, "undecodable", &error.to_string());
                return Ok(Some(Verdict::ERROR));
            }
        };
        let result = self.judge_event(stored, &okta, state, emitted, one)?;
        let event_type = self.rules.label(okta.event_type.as_deref());
        let received_ms = Some(okta.received);
        Ok(Some(Verdict {
            event_type,
            result,
            received_ms,
        }))
    }

    fn judge_event(
        &self,
        stored: &Stored,
        okta: &OktaEvent,
        state: &mut State,
        emitted: &BTreeSet<Uuid>,
        one: &mut Judged<'r>,
    ) -> rusqlite::Result<&'static str> {
        let event = match Event::parse(&okta.raw) {
            Ok(event) => event,
            Err(error) => {
                one.refuse(stored, "unreadable", &error.to_string());
                return Ok("error");
            }
        };
        let context = context(stored, okta);
        // First on its own, so that a rule that fails does not take it along.
        one.additions.observations = observe_event(&event, &context, state);
        let Changes { detections, .. } = self.rules.ruleset.evaluate(&event, &context, state);
        let input = Input {
            stored,
            okta,
            event: &event,
        };
        for detection in &detections {
            self.emit(detection, input, emitted, one)?;
        }
        Ok(if detections.is_empty() {
            "unmatched"
        } else {
            "matched"
        })
    }

    /// Adds a detection's runtime event, unless it was emitted before.
    fn emit(
        &self,
        detection: &Detection<'r>,
        input: Input<'_>,
        emitted: &BTreeSet<Uuid>,
        one: &mut Judged<'r>,
    ) -> rusqlite::Result<()> {
        let (rule, policy) = (detection.rule.name(), detection.policy.id());
        let id = runtime_event_id(&input.okta.integration, policy, rule, &input.okta.uuid);
        let is_known =
            emitted.contains(&id) || self.memory.has_emitted(self.partition, &id, self.now_ms)?;
        if is_known && !nightlatch_chassis::seeded_bug("emitted-forgotten") {
            one.tally.push(Tally::Repeated { rule });
            return Ok(());
        }
        let version = self.rules.ruleset.version();
        match emit::output(id, detection, input, version, self.now_ms) {
            Ok(output) => {
                one.outputs.push(output);
                one.additions.emitted.push((id, self.now_ms));
                let severity = detection.rule.severity();
                one.tally.push(Tally::Matched {
                    rule,
                    policy,
                    severity,
                });
            }
            Err(problem) => {
                one.refuse(
                    input.stored,
                    "unemittable",
                    &format!("rule {rule}: {problem}"),
                );
            }
        }
        Ok(())
    }
}

/// Counts what the counters count in `records`, without judging: to catch up with the log.
pub(crate) fn observe(records: &[Stored], state: &mut State) -> Additions {
    let mut additions = Additions::default();
    for stored in records {
        // What the engine fails on has been judged and refused; it is passed over here.
        let observed = catch_unwind(AssertUnwindSafe(|| observe_one(stored, state)));
        additions
            .observations
            .extend(observed.ok().flatten().unwrap_or_default());
    }
    additions
}

fn observe_one(stored: &Stored, state: &mut State) -> Option<Vec<Observation>> {
    let okta = decode::<OktaEvent>(&stored.record.value).ok()?;
    if okta.kind != EVENT {
        return None;
    }
    let event = Event::parse(&okta.raw).ok()?;
    Some(observe_event(&event, &context(stored, &okta), state))
}

/// Counts an event by judging it with no rules.
fn observe_event(event: &Event<'_>, context: &Context<'_>, state: &mut State) -> Vec<Observation> {
    Ruleset::default()
        .evaluate(event, context, state)
        .observations
}

fn context<'a>(stored: &Stored, okta: &'a OktaEvent) -> Context<'a> {
    Context {
        integration: &okta.integration,
        org: &okta.org,
        uuid: &okta.uuid,
        appended_ms: stored.timestamp_ms,
        published_ms: okta.published.unwrap_or(okta.received),
        offset: stored.offset,
    }
}
