//! The memory of the rules that count: a function of the log, cheap to rebuild from the
//! observations it made.
//!
//! A counter's value at an event is the number of distinct uuids with `published` in (t−N, t], seen
//! so far in log order. Verdicts once given stand: a late event changes later counts, never earlier
//! ones.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::event::Event;

/// How long after it was seen an event still counts, in milliseconds: 30 days, as long as the log
/// keeps it.
const MEMORY_MS: i64 = 30 * 24 * 3_600_000;

/// How often everything is searched for what is forgotten, in milliseconds.
const SWEEP_MS: i64 = 3_600_000;

/// What can be counted for an actor.
///
/// Okta tells of a denied push in two spellings: the event type of Classic Engine, and in Identity
/// Engine a multi-factor event that says so in `debugData`. Such an Identity Engine event is a
/// failure as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// `user.authentication.auth_via_mfa` with the outcome `FAILURE`.
    MfaFailure,
    /// `user.mfa.okta_verify.deny_push`; or `user.authentication.auth_via_mfa` with
    /// `pushOnlyResponseType` `OV_RESPONSE_DENY`, or with factor `OKTA_VERIFY_PUSH`, the outcome
    /// `FAILURE` and as its reason that the user rejected the push or `INVALID_CREDENTIALS` (a push
    /// holds no credential that could be wrong, unless it asks for a number).
    MfaDenial,
    /// `user.mfa.okta_verify.deny_push` alone, which is what Falco's plugin counts.
    DenyPush,
}

impl Counter {
    pub(crate) const ALL: [Self; 3] = [Self::MfaFailure, Self::MfaDenial, Self::DenyPush];
    /// The event types that any counter counts.
    pub(crate) const MFA: &'static str = "user.authentication.auth_via_mfa";
    const DENIED_PUSH: &'static str = "user.mfa.okta_verify.deny_push";

    /// The name that observations carry.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MfaFailure => "mfa.failure",
            Self::MfaDenial => "mfa.denial",
            Self::DenyPush => "mfa.deny_push",
        }
    }

    /// The event types that the counter counts.
    pub(crate) fn event_types(self) -> &'static [&'static str] {
        match self {
            Self::MfaFailure => &[Self::MFA],
            Self::MfaDenial => &[Self::MFA, Self::DENIED_PUSH],
            Self::DenyPush => &[Self::DENIED_PUSH],
        }
    }

    /// Tells whether any counter counts some events of a type.
    pub(crate) fn is_any_of(event_type: &str) -> bool {
        let mut counters = Self::ALL.iter();
        counters.any(|counter| counter.event_types().contains(&event_type))
    }

    /// Tells whether an event is itself one of those that are counted.
    pub(crate) fn counts(self, event: &Event<'_>) -> bool {
        let debug = |key| event.text(&["debugContext", "debugData", key]);
        let failed = || event.text(&["outcome", "result"]) == Some("FAILURE");
        match (self, event.event_type()) {
            (Self::MfaFailure, Some(Self::MFA)) => failed(),
            (Self::MfaDenial | Self::DenyPush, Some(Self::DENIED_PUSH)) => true,
            (Self::MfaDenial, Some(Self::MFA)) => {
                let reason = || event.text(&["outcome", "reason"]);
                debug("pushOnlyResponseType") == Some("OV_RESPONSE_DENY")
                    || debug("factor") == Some("OKTA_VERIFY_PUSH")
                        && failed()
                        && debug("pushWithNumberChallengeResponseType")
                            != Some("OV_WITH_CHALLENGE_RESPONSE_INVALID")
                        && matches!(
                            reason(),
                            Some("User rejected Okta push verify" | "INVALID_CREDENTIALS")
                        )
            }
            _ => false,
        }
    }
}

/// One event that a counter counted: what must be kept to rebuild a [`State`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The integration whose event it is.
    pub integration: String,
    /// The counter's name.
    pub counter: String,
    /// Okta's id of the actor.
    pub actor: String,
    /// The uuid of the record.
    pub uuid: String,
    /// When it happened, in milliseconds since 1970, never more than five minutes after it was
    /// seen.
    pub published_ms: i64,
    /// When the log took it, in milliseconds since 1970.
    pub seen_ms: i64,
}

/// The counters' memory of one partition.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct State {
    /// Per counter, integration and actor.
    tallies: [BTreeMap<String, BTreeMap<String, Tally>>; Counter::ALL.len()],
    swept_ms: i64,
}

/// What one counter remembers of one actor.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Tally {
    /// uuid to when it was seen.
    uuids: HashMap<Box<str>, i64>,
    /// (published, seen), in order.
    times: Vec<(i64, i64)>,
    /// When the oldest of them was seen.
    oldest_ms: i64,
}

impl Tally {
    /// Forgets what was seen before an instant.
    fn forget(&mut self, before_ms: i64) {
        if self.oldest_ms >= before_ms {
            return;
        }
        self.uuids.retain(|_, seen| *seen >= before_ms);
        self.times.retain(|(_, seen)| *seen >= before_ms);
        self.oldest_ms = self
            .times
            .iter()
            .map(|(_, seen)| *seen)
            .min()
            .unwrap_or(i64::MAX);
    }

    fn add(&mut self, uuid: &str, time: (i64, i64)) {
        let (_, seen_ms) = time;
        let oldest_ms = if self.times.is_empty() {
            seen_ms
        } else {
            self.oldest_ms.min(seen_ms)
        };
        self.oldest_ms = oldest_ms;
        self.uuids.insert(uuid.into(), seen_ms);
        let place = self.times.partition_point(|known| *known <= time);
        self.times.insert(place, time);
    }
}

/// Before when everything is forgotten that was seen, as of an instant of the log.
fn memory_start(now_ms: i64) -> i64 {
    now_ms.saturating_sub(MEMORY_MS)
}

impl State {
    /// Takes back an observation. One of a counter that is not known, or whose uuid is, changes
    /// nothing.
    pub fn apply(&mut self, observation: &Observation) {
        let known = Counter::ALL
            .into_iter()
            .find(|counter| counter.name() == observation.counter);
        if let Some(counter) = known {
            self.record(counter, observation);
        }
    }

    /// Records an event for a counter; tells whether its uuid was new.
    pub(crate) fn record(&mut self, counter: Counter, seen: &Observation) -> bool {
        self.sweep(seen.seen_ms);
        let actors = self.tallies[counter as usize]
            .entry(seen.integration.clone())
            .or_default();
        let tally = actors.entry(seen.actor.clone()).or_default();
        tally.forget(memory_start(seen.seen_ms));
        let is_new = !tally.uuids.contains_key(seen.uuid.as_str());
        if is_new {
            tally.add(&seen.uuid, (seen.published_ms, seen.seen_ms));
        }
        is_new
    }

    /// Tells whether a counter remembers an event, as of `now_ms` of the log.
    pub(crate) fn knows(
        &self,
        counter: Counter,
        (integration, actor): (&str, &str),
        uuid: &str,
        now_ms: i64,
    ) -> bool {
        let seen = self
            .tally(counter, integration, actor)
            .and_then(|tally| tally.uuids.get(uuid));
        seen.is_some_and(|seen| *seen >= memory_start(now_ms))
    }

    /// Counts an actor's events published in (at − window, at], in milliseconds, as of `now_ms` of
    /// the log.
    pub(crate) fn count(
        &self,
        counter: Counter,
        (integration, actor): (&str, &str),
        at_ms: i64,
        window_ms: i64,
        now_ms: i64,
    ) -> u64 {
        let Some(tally) = self.tally(counter, integration, actor) else {
            return 0;
        };
        let after = at_ms.saturating_sub(window_ms);
        let from = tally
            .times
            .partition_point(|(published, _)| *published <= after);
        let to = tally
            .times
            .partition_point(|(published, _)| *published <= at_ms);
        let oldest = memory_start(now_ms);
        let window = tally.times.get(from..to).unwrap_or_default();
        if tally.oldest_ms >= oldest {
            return window.len() as u64;
        }
        window.iter().filter(|(_, seen)| *seen >= oldest).count() as u64
    }

    /// Counts the different times of an actor's events published after an instant, later ones than
    /// the present included, as of `now_ms` of the log. This is how Falco's plugin counts.
    pub(crate) fn count_times(
        &self,
        counter: Counter,
        (integration, actor): (&str, &str),
        after_ms: i64,
        now_ms: i64,
    ) -> u64 {
        let Some(tally) = self.tally(counter, integration, actor) else {
            return 0;
        };
        let oldest = memory_start(now_ms);
        let counted = tally.times.iter().filter(|(_, seen)| *seen >= oldest);
        let mut times: Vec<i64> = counted.map(|(published, _)| *published).collect();
        times.retain(|published| *published > after_ms);
        times.dedup();
        times.len() as u64
    }

    fn tally(&self, counter: Counter, integration: &str, actor: &str) -> Option<&Tally> {
        self.tallies[counter as usize].get(integration)?.get(actor)
    }

    /// Forgets what was seen too long ago. Changes no count: `count` leaves those out by itself.
    fn sweep(&mut self, now_ms: i64) {
        if now_ms.saturating_sub(self.swept_ms) < SWEEP_MS {
            return;
        }
        self.swept_ms = now_ms;
        let oldest = memory_start(now_ms);
        for integrations in &mut self.tallies {
            integrations.retain(|_, actors| {
                actors.retain(|_, tally| {
                    tally.forget(oldest);
                    !tally.times.is_empty()
                });
                !actors.is_empty()
            });
        }
    }
}
