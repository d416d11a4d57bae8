//! The pace of a walk: how often it looks at the log, and how much it asks for at a time.

use std::time::Duration;

use crate::okta::{LogRequest, MAX_PAGE};

/// Waited after the first failure; each further one in a row doubles it, up to the last.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Looks at a quiet log come as seldom as the interval says, at a busy one so many times as often.
const BUSY: u32 = 5;

/// More events are asked for again after so many pages.
const GROWS_AFTER: u32 = 8;

/// The pace of a walk.
#[derive(Debug)]
pub(super) struct Pace {
    /// How seldom a quiet log is looked at.
    interval: Duration,
    rest: Duration,
    pause: Duration,
    /// How many events are asked for.
    limit: u16,
    /// Pages read since fewer events were asked for.
    good: u32,
    /// Whether the place was refused just now.
    is_doubted: bool,
    /// Places lost one after the other, with no page along a link in between.
    losses: u32,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            rest: interval / BUSY,
            pause: PAUSE,
            limit: MAX_PAGE,
            good: 0,
            is_doubted: false,
            losses: 0,
        }
    }

    /// How many events to ask for.
    pub(super) const fn limit(&self) -> u16 {
        self.limit
    }

    /// How long to wait at the end of the log, when so many events stood on its last page.
    pub(super) fn rest(&mut self, events: usize) -> Duration {
        self.rest = if events > 0 {
            self.interval / BUSY
        } else {
            (self.rest * 3 / 2).min(self.interval)
        };
        self.rest
    }

    /// How long to wait after a failure.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }

    /// A page was read and is durable.
    pub(super) fn read(&mut self, request: &LogRequest) {
        self.is_doubted = false;
        self.good = self.good.saturating_add(1);
        if self.good >= GROWS_AFTER {
            self.good = 0;
            self.limit = self.limit.saturating_mul(2).min(MAX_PAGE);
        }
        if matches!(request, LogRequest::Next(_)) {
            self.losses = 0;
        }
        // Where every link is refused, the pages by time in between are no progress.
        if self.losses < 2 {
            self.pause = PAUSE;
        }
    }

    /// A page was more than can be taken; says whether fewer events can be asked for.
    pub(super) fn ask_for_fewer(&mut self) -> bool {
        let fewer = (self.limit / 2).max(1);
        let is_fewer = fewer < self.limit;
        self.limit = fewer;
        self.good = 0;
        is_fewer
    }

    /// The place was refused; says whether for the first time: what stands in between may have answered, and a
    /// place that is given up may cost weeks of pages.
    pub(super) fn doubts_place(&mut self) -> bool {
        !std::mem::replace(&mut self.is_doubted, true)
    }

    /// The place was lost; says whether to begin from a time at once, and not after a pause.
    pub(super) fn lose_place(&mut self) -> bool {
        self.is_doubted = false;
        self.losses = self.losses.saturating_add(1);
        self.losses == 1
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn by_time() -> LogRequest {
        LogRequest::Since {
            since: Timestamp::UNIX_EPOCH,
            filter: None,
            limit: MAX_PAGE,
        }
    }

    fn millis(spans: &[Duration]) -> Vec<u128> {
        spans.iter().map(Duration::as_millis).collect()
    }

    #[test]
    fn a_quiet_log_is_looked_at_less_and_less_often_and_a_busy_one_often() {
        let mut pace = Pace::new(INTERVAL);
        let quiet: Vec<Duration> = (0..6).map(|_| pace.rest(0)).collect();
        assert_eq!(millis(&quiet), [3000, 4500, 6750, 10_000, 10_000, 10_000]);
        let busy: Vec<Duration> = (1..4).map(|events| pace.rest(events)).collect();
        assert_eq!(millis(&busy), [2000, 2000, 2000]);
        assert_eq!(pace.rest(0), Duration::from_secs(3));
    }

    #[test]
    fn pauses_after_failures_double_up_to_a_minute_until_a_page_is_read() {
        let mut pace = Pace::new(INTERVAL);
        let pauses: Vec<Duration> = (0..8).map(|_| pace.pause()).collect();
        assert_eq!(
            millis(&pauses),
            [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
        );
        pace.read(&by_time());
        assert_eq!(pace.pause(), PAUSE);
    }

    #[test]
    fn pages_that_are_too_large_are_halved_down_to_one_event_and_grow_again() {
        let mut pace = Pace::new(INTERVAL);
        let mut limits = vec![pace.limit()];
        while pace.ask_for_fewer() {
            limits.push(pace.limit());
        }
        assert_eq!(limits, [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]);
        assert_eq!(pace.limit(), 1);
        for _ in 0..10 * GROWS_AFTER {
            pace.read(&by_time());
        }
        assert_eq!(pace.limit(), MAX_PAGE);
    }

    #[test]
    fn a_place_is_given_up_when_it_is_refused_twice() {
        let mut pace = Pace::new(INTERVAL);
        assert!(pace.doubts_place());
        pace.read(&by_time());
        assert!(pace.doubts_place(), "a page came in between");
        assert!(!pace.doubts_place());
        pace.lose_place();
        assert!(pace.doubts_place(), "it is another place");
    }

    #[test]
    fn a_walk_that_loses_each_place_that_it_finds_slows_down() {
        let mut pace = Pace::new(INTERVAL);
        assert!(pace.lose_place(), "it begins anew at once");
        let mut pauses = Vec::new();
        for _ in 0..4 {
            pace.read(&by_time());
            assert!(!pace.lose_place());
            pauses.push(pace.pause());
        }
        assert_eq!(millis(&pauses), [1000, 2000, 4000, 8000]);
    }
}
