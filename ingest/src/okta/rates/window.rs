//! A window of a bucket, as Okta's headers tell of it. No clock of its own: the time is given.
//!
//! What `X-Rate-Limit-Reset` says may be long past, stay the same for ever, or be reached by Okta's `Date` before
//! its limiter thinks so. A limit holds all the same: where no end of a window is told, none of our own minutes
//! has more calls in it than a window may.

use std::collections::VecDeque;
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
/// No window ends later than so: such an end is another unit, or none at all.
const LONGEST: Duration = Duration::from_mins(2);
/// An end that is so many seconds later is that of another window. Okta's nodes may differ by some seconds about
/// the same one.
const APART: i64 = 45;

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
    /// When Okta told of it first; at Okta it may have begun before.
    told: Option<Instant>,
    /// Until when it lasts; `None` before Okta has told.
    ends: Option<Instant>,
    /// When it ends by Okta's clock: tells windows apart.
    reset: i64,
    /// Whether its end is our guess, so that Okta's own window may end at any time.
    is_guess: bool,
    /// When our calls of the last minute were made, the latest at the end.
    calls: VecDeque<Instant>,
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
        // Whether another window has begun is for the answer to tell.
        self.ours = match self.ends {
            Some(_) => self.ours.saturating_add(1),
            None => 1,
        };
        let is_old = |call: &Instant| *call + MINUTE <= now;
        while self.calls.front().is_some_and(is_old) {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        None
    }

    /// Until when there is no room for a call.
    pub(super) fn closed(&self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return Some(until);
        }
        let is_used_up = self.ours >= self.most() || self.remaining <= self.limit / 10;
        let window = self.ends.filter(|ends| now < *ends && is_used_up);
        window.max(self.crowded(now))
    }

    /// The calls of a window that may be ours. One must be possible, or nothing could ever be learnt.
    fn most(&self) -> u32 {
        (self.limit / 2 - self.limit / SPARE).max(1)
    }

    /// Until when the last minute holds as many calls as a window may, where that is all that is known.
    fn crowded(&self, now: Instant) -> Option<Instant> {
        let most = usize::try_from(self.most()).unwrap_or(usize::MAX);
        let first = self.calls.iter().nth_back(most - 1);
        let until = *first.filter(|_| self.is_guess)? + MINUTE;
        (now < until).then_some(until)
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
        let is_first = self.told.is_none();
        (self.limit, self.remaining) = (count(limit), count(remaining));
        self.turn(reset, headers, now);
        // Before a restart it may have been this process that used it.
        if is_first || self.is_of_walks {
            let used = self.limit.saturating_sub(self.remaining);
            self.ours = self.ours.max(used);
        }
    }

    /// Begins another window where an answer tells of one, or the present one must be over.
    fn turn(&mut self, reset: i64, headers: &HeaderMap, now: Instant) {
        let left = left(reset, headers);
        let is_later = reset.saturating_sub(self.reset) >= APART && left.is_some();
        let is_told = self.told.is_none() || is_later;
        let is_over = self.ends.is_none_or(|ends| ends <= now);
        // Okta's own has begun no later than ours, and lasts for a minute.
        let is_old = self.told.is_none_or(|told| told + MINUTE <= now);
        if is_told || (is_over && is_old) {
            let left = left.filter(|_| is_told);
            self.ours = 1;
            self.told = Some(now);
            self.ends = Some(now + left.unwrap_or(MINUTE));
            self.reset = reset;
            self.is_guess = left.is_none();
        } else if is_over {
            // It should be over, and Okta tells of no other: this call counts in the same one.
            self.ends = self.told.map(|told| told + MINUTE);
            self.is_guess = true;
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

/// Returns how many calls a bucket has left.
pub(in crate::okta) fn remaining(headers: &HeaderMap) -> Option<u32> {
    let left = number(headers, REMAINING).filter(|_| !is_concurrency(headers))?;
    Some(u32::try_from(left.max(0)).unwrap_or(u32::MAX))
}

/// Returns how long the window lasts still, by Okta's own clock, rounded up; `None` when its end is
/// long past, or far ahead, which says nothing.
fn left(reset: i64, headers: &HeaderMap) -> Option<Duration> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let date = rfc2822::parse(date).ok()?.timestamp().as_second();
    let left = u64::try_from(reset.checked_sub(date)?.checked_add(1)?).ok()?;
    let left = Duration::from_secs(left);
    (left <= LONGEST).then(|| left.clamp(SECOND, MINUTE + SECOND))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
