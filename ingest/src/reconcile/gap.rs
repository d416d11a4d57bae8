//! Times in which nothing was read of a System Log: because we did not run, were paused, or it was out of
//! reach. What Okta had of them is read when the walk goes on.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Gaps that are remembered, the last ones.
const MAX_GAPS: usize = 20;
/// What is shorter is no gap: a start of the program takes as long.
const SHORTEST: Duration = Duration::from_mins(1);

/// For how long nothing may be read by a walk that rests for so long between two looks.
pub(super) fn longest_silence(rest: Duration) -> Duration {
    SHORTEST.max(rest * 2)
}

/// A time in which nothing was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gap {
    /// When something was read last before it, be it that there was nothing new.
    pub(crate) from: Timestamp,
    /// When something was read again.
    pub(crate) to: Timestamp,
    /// When all that Okta had written until then had been read.
    #[serde(default)]
    pub(crate) filled: Option<Timestamp>,
    /// How many events were read until then.
    #[serde(default)]
    pub(crate) events: u64,
}

/// The gaps of a walk, the oldest first.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Gaps(Vec<Gap>);

impl Gaps {
    /// Notes a gap when nothing was read for longer than the walk ever rests. One that is being filled
    /// only grows. However much there is to read, reading it is no gap.
    pub(super) fn find(&mut self, last_read: Option<Timestamp>, now: Timestamp, rest: Duration) {
        let Some(from) = last_read else { return };
        let silence = Duration::try_from(now.duration_since(from)).unwrap_or_default();
        if silence < longest_silence(rest) {
            return;
        }
        match self.0.last_mut() {
            Some(gap) if gap.filled.is_none() => gap.to = gap.to.max(now),
            _ => self.0.push(Gap {
                from,
                to: now,
                filled: None,
                events: 0,
            }),
        }
        let surplus = self.0.len().saturating_sub(MAX_GAPS);
        self.0.drain(..surplus);
    }

    /// Counts what was read of the gap that is being filled; `complete_to` is known at its end.
    pub(super) fn fill(&mut self, events: u64, complete_to: Option<Timestamp>) {
        if let Some(gap) = self.0.last_mut().filter(|gap| gap.filled.is_none()) {
            gap.events += events;
            gap.filled = complete_to.map(|to| to.max(gap.to));
        }
    }

    /// The gaps, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Gap> {
        self.0.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(10);

    fn at(text: &str) -> Timestamp {
        format!("2026-01-01T{text}Z").parse().unwrap()
    }

    #[test]
    fn a_pause_that_is_longer_than_the_walk_rests_is_a_gap_and_filled_at_the_end_of_the_log() {
        let mut gaps = Gaps::default();
        gaps.find(Some(at("10:00:00")), at("10:00:30"), REST);
        assert_eq!(gaps, Gaps::default());

        gaps.find(Some(at("10:00:00")), at("10:03:00"), REST);
        gaps.fill(1000, None);
        gaps.find(Some(at("10:03:00")), at("10:03:05"), REST);
        gaps.fill(14, Some(at("10:03:05")));
        gaps.fill(3, Some(at("10:03:20")));

        let found: Vec<&Gap> = gaps.newest_first().collect();
        let expected = Gap {
            from: at("10:00:00"),
            to: at("10:03:00"),
            filled: Some(at("10:03:05")),
            events: 1014,
        };
        assert_eq!(found, [&expected]);
    }

    #[test]
    fn many_pages_are_no_gap_and_another_stop_makes_one_longer() {
        let mut gaps = Gaps::default();
        // The end is not reached for an hour, and a page is read every half minute.
        for minute in 0..59 {
            let (before, now) = (format!("10:{minute:02}:00"), format!("10:{minute:02}:30"));
            gaps.find(Some(at(&before)), at(&now), REST);
            gaps.fill(1000, None);
        }
        assert_eq!(gaps, Gaps::default());

        gaps.find(Some(at("11:00:00")), at("11:10:00"), REST);
        gaps.fill(1000, None);
        gaps.find(Some(at("11:10:00")), at("11:10:05"), REST);
        gaps.find(Some(at("11:10:05")), at("11:30:00"), REST);
        gaps.fill(10, Some(at("11:31:00")));
        let found: Vec<&Gap> = gaps.newest_first().collect();
        let expected = Gap {
            from: at("11:00:00"),
            to: at("11:30:00"),
            filled: Some(at("11:31:00")),
            events: 1010,
        };
        assert_eq!(found, [&expected]);
    }

    #[test]
    fn the_first_walk_has_no_gap_and_a_walk_that_rests_long_has_none_either() {
        let mut gaps = Gaps::default();
        gaps.find(None, at("10:03:00"), REST);
        gaps.find(Some(at("10:00:00")), at("10:05:00"), Duration::from_mins(4));
        assert_eq!(gaps, Gaps::default());
    }

    #[test]
    fn the_last_gaps_are_remembered_the_newest_first() {
        let mut gaps = Gaps::default();
        for hour in 0..24 {
            let (from, to) = (
                at(&format!("{hour:02}:00:00")),
                at(&format!("{hour:02}:10:00")),
            );
            gaps.find(Some(from), to, REST);
            gaps.fill(1, Some(to));
        }
        let hours: Vec<Timestamp> = gaps.newest_first().map(|gap| gap.from).collect();
        assert_eq!(hours.len(), MAX_GAPS);
        assert_eq!(hours[0], at("23:00:00"));
    }
}
