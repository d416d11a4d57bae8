//! Judges a batch: what goes out, and what is remembered once that is durable.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nightlatch_chassis::topic::{Output, Stored};
use nightlatch_engine::{Changes, Context, Event, Ruleset, State};
use nightlatch_schemas::{EVENT, OktaEvent, decode, runtime_event_id};
use uuid::Uuid;

use crate::emit::{self, Input};
use crate::memory::{Additions, Memory};
use crate::metrics::DetectorMetrics;

/// A judged batch.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Runtime events and dead letters.
    pub(crate) outputs: Vec<Output>,
    /// To be remembered only when the outputs are committed.
    pub(crate) additions: Additions,
    tally: Vec<Tally>,
}

/// What metrics count once the batch is committed: a batch judged twice counts once.
#[derive(Debug)]
enum Tally {
    Judged { event_type: Option<String>, result: &'static str },
    Matched { rule: String, policy: String, severity: u8 },
    Repeated { rule: String },
    DeadLetter { reason: &'static str },
    Latency { received_ms: i64, detected_ms: i64 },
}

impl Judged {
    /// Tells the metrics.
    pub(crate) fn count(&self, metrics: &DetectorMetrics) {
        for tally in &self.tally {
            match tally {
                Tally::Judged { event_type, result } => {
                    metrics.judged(event_type.as_deref().unwrap_or("other"), result);
                }
                Tally::Matched { rule, policy, severity } => {
                    metrics.matched(rule, policy, *severity);
                }
                Tally::Repeated { rule } => metrics.repeated(rule),
                Tally::DeadLetter { reason } => metrics.dead_letter(reason),
                Tally::Latency { received_ms, detected_ms } => {
                    metrics.latency(*received_ms, *detected_ms);
                }
            }
        }
    }
}

/// What judging a batch needs.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) memory: &'a Memory,
    pub(crate) partition: i32,
    pub(crate) now_ms: i64,
}

impl Judge<'_> {
    /// Judges `records` in order. `state` is changed; if the outputs are not committed it must be
    /// dropped.
    pub(crate) fn judge(
        &self,
        records: &[Stored],
        state: &mut State,
    ) -> rusqlite::Result<Judged> {
        let mut judged = Judged::default();
        let mut emitted = BTreeSet::new();
        for stored in records {
            self.judge_one(stored, state, &mut judged, &mut emitted)?;
        }
        Ok(judged)
    }

    fn judge_one(
        &self,
        stored: &Stored,
        state: &mut State,
        judged: &mut Judged,
        emitted: &mut BTreeSet<Uuid>,
    ) -> rusqlite::Result<()> {
        let okta = match decode::<OktaEvent>(&stored.record.value) {
            Ok(okta) => okta,
            Err(error) => {
                judged.refuse(stored, "undecodable", &error.to_string());
                return Ok(());
            }
        };
        if okta.kind != EVENT {
            return Ok(());
        }
        let event = match Event::parse(&okta.raw) {
            Ok(event) => event,
            Err(error) => {
                judged.refuse(stored, "unreadable", &error.to_string());
                return Ok(());
            }
        };
        // A bug in the engine must not stop everybody's detection for one event.
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            self.ruleset.evaluate(&event, &context(stored, &okta), state)
        }));
        let Ok(Changes { detections, observations }) = evaluated else {
            judged.refuse(stored, "engine", "the engine failed on this event");
            return Ok(());
        };
        let result = if detections.is_empty() { "unmatched" } else { "matched" };
        let event_type = okta.event_type.clone().filter(|_| !detections.is_empty());
        judged.tally.push(Tally::Judged { event_type, result });
        judged.additions.observations.extend(observations);
        let input = Input { stored, okta: &okta, event: &event };
        for detection in detections {
            let rule = detection.rule.name();
            let policy = detection.policy.id();
            let id = runtime_event_id(&okta.integration, policy, rule, &okta.uuid);
            if emitted.contains(&id) || self.memory.has_emitted(self.partition, &id, self.now_ms)? {
                judged.tally.push(Tally::Repeated { rule: rule.to_owned() });
                continue;
            }
            match emit::output(id, &detection, input, self.ruleset.version(), self.now_ms) {
                Ok(output) if emit::fits(&output) => {
                    judged.outputs.push(output);
                    judged.additions.emitted.push((id, self.now_ms));
                    emitted.insert(id);
                    judged.matched(&detection, &okta, self.now_ms);
                }
                Ok(_) => judged.refuse(stored, "too_large", &format!("{rule}: over 1 MiB")),
                Err(error) => judged.refuse(stored, "unencodable", &format!("{rule}: {error}")),
            }
        }
        Ok(())
    }
}

impl Judged {
    fn refuse(&mut self, stored: &Stored, reason: &'static str, detail: &str) {
        tracing::warn!(offset = stored.offset, reason, detail, "a record is a dead letter");
        self.outputs.push(emit::dead_letter(stored, detail));
        self.tally.push(Tally::DeadLetter { reason });
        self.tally.push(Tally::Judged { event_type: None, result: "error" });
    }

    fn matched(
        &mut self,
        detection: &nightlatch_engine::Detection<'_>,
        okta: &OktaEvent,
        detected_ms: i64,
    ) {
        self.tally.push(Tally::Matched {
            rule: detection.rule.name().to_owned(),
            policy: detection.policy.id().to_owned(),
            severity: detection.rule.severity(),
        });
        self.tally.push(Tally::Latency { received_ms: okta.received, detected_ms });
    }
}

/// Counts what the counters count in `records`, without judging: to catch up with the log.
pub(crate) fn observe(records: &[Stored], state: &mut State) -> Additions {
    let nothing = Ruleset::default();
    let mut additions = Additions::default();
    for stored in records {
        let Ok(okta) = decode::<OktaEvent>(&stored.record.value) else { continue };
        if okta.kind != EVENT {
            continue;
        }
        let Ok(event) = Event::parse(&okta.raw) else { continue };
        let context = context(stored, &okta);
        let seen = catch_unwind(AssertUnwindSafe(|| nothing.evaluate(&event, &context, state)));
        additions.observations.extend(seen.map(|changes| changes.observations).unwrap_or_default());
    }
    additions
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
