//! A window of a bucket, as Okta's headers tell of it. No clock of its own: the time is given.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap};
use tokio::time::Instant;

const LIMIT: &str = "x-rate-limit-limit";
const REMAINING: &str = "x-rate-limit-remaining";
const RESET: &str = "x-rate-limit-reset";
/// Okta's windows last for a minute; what is said of longer ones is not believed.
const MINUTE: Duration = Duration::from_mins(1);
/// Times in headers are whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// The part of a limit, a twentieth, that is left of our half: a process that has seen no answer yet makes a call before it
/// knows that the half is used up, as one does that takes a walk over, or validates.
const SPARE: u32 = 20;

/// The present window.
#[derive(Debug, Default)]
pub(super) struct Window {
    limit: u32,
    remaining: u32,
    /// Whether all calls count as ours, whoever has made them.
    is_of_walks: bool,
    /// Calls that count as ours.
    ours: u32,
    /// Until when it lasts; `None` before Okta has told.
    ends: Option<Instant>,
    /// When it ends by Okta's clock: tells windows apart.
    reset: i64,
    /// No call before.
    closed_until: Option<Instant>,
    /// Calls refused one after the other.
    refused: u32,
}

impl Window {
    /// One of a bucket that our processes use by turns.
    pub(super) fn of_walks() -> Self {
        Self {
            is_of_walks: true,
            ..Self::default()
        }
    }

    /// Counts a call in, or returns when to come again.
    pub(super) fn enter(&mut self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.closed(now) {
            return Some(until);
        }
        if self.ends.is_none_or(|ends| ends <= now) {
            self.ours = 0;
        }
        self.ours += 1;
        None
    }

    /// Until when there is no room for a call.
    pub(super) fn closed(&self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return Some(until);
        }
        // One call must be possible, or nothing could ever be learnt.
        let most = (self.limit / 2 - self.limit / SPARE).max(1);
        let is_used_up = self.ours >= most || self.remaining <= self.limit / 10;
        self.ends.filter(|ends| now < *ends && is_used_up)
    }

    /// Takes what the headers of an answer say.
    pub(super) fn learn(&mut self, headers: &HeaderMap, now: Instant) {
        let (Some(limit), Some(remaining), Some(reset)) = (
            number(headers, LIMIT),
            number(headers, REMAINING),
            number(headers, RESET),
        ) else {
            return;
        };
        if is_concurrency(headers) {
            return;
        }
        let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let is_first = self.ends.is_none();
        let is_new = reset != self.reset;
        (self.limit, self.remaining) = (count(limit), count(remaining));
        if is_new && !is_first {
            self.ours = 1;
        }
        // Before a restart it may have been this process that used it.
        if is_first || self.is_of_walks {
            let used = self.limit.saturating_sub(self.remaining);
            self.ours = self.ours.max(used);
        }
        if is_first || is_new {
            self.ends = Some(now + left(reset, headers).unwrap_or(MINUTE));
            self.reset = reset;
        }
    }

    /// A call was refused: the bucket is closed until the window ends, longer each time.
    pub(super) fn refuse(&mut self, headers: &HeaderMap, now: Instant, jitter: Duration) {
        let patience = SECOND * 2_u32.saturating_pow(self.refused.min(6));
        self.refused = self.refused.saturating_add(1);
        let rest = match self.ends {
            // There the end of the window is only a hint.
            _ if is_concurrency(headers) => patience,
            Some(ends) => ends.saturating_duration_since(now).max(patience),
            None => left(number(headers, RESET).unwrap_or_default(), headers)
                .unwrap_or(MINUTE)
                .max(patience),
        };
        self.closed_until = Some(now + rest.min(MINUTE) + jitter);
    }

    /// A call was not refused.
    pub(super) fn admit(&mut self) {
        self.refused = 0;
    }
}

/// Whether headers tell of too many calls at a time: both numbers are 0 then.
pub(in crate::okta) fn is_concurrency(headers: &HeaderMap) -> bool {
    let is_zero = |name| number(headers, name) == Some(0);
    is_zero(LIMIT) && is_zero(REMAINING)
}

/// Returns how long the window lasts still, by Okta's own clock, rounded up; `None` when its end is
/// long past, which says nothing.
fn left(reset: i64, headers: &HeaderMap) -> Option<Duration> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let date = rfc2822::parse(date).ok()?.timestamp().as_second();
    let left = u64::try_from(reset - date + 1).ok()?;
    Some(Duration::from_secs(left).clamp(SECOND, MINUTE + SECOND))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
