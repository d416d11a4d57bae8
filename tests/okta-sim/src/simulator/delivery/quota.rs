//! The day's quota of events that all hooks of an org share.

use crate::simulator::rate_limits::Notice;

const DAY_MS: i64 = 86_400_000;

/// A quota of simulated days, each of which begins with its first event.
#[derive(Debug)]
pub(super) struct Quota {
    most: u64,
    ends_ms: i64,
    used: u64,
    /// Each is told once a day.
    warned: bool,
    violated: bool,
}

impl Quota {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            ends_ms: i64::MIN,
            used: 0,
            warned: false,
            violated: false,
        }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn set_used(&mut self, events: u64, now_ms: i64) {
        self.begin(now_ms);
        self.used = events;
    }

    /// Counts an event; says whether it is within the quota, and what Okta logs about it.
    pub(super) fn take(&mut self, now_ms: i64) -> (bool, Option<Notice>) {
        self.begin(now_ms);
        if self.used >= self.most {
            let told = !std::mem::replace(&mut self.violated, true);
            return (false, told.then_some(Notice::Violation));
        }
        self.used += 1;
        // Seven tenths, as 280,000 are of 400,000.
        let is_near = self.used * 10 >= self.most * 7;
        let told = is_near && !self.warned;
        self.warned |= is_near;
        (true, told.then_some(Notice::Warning))
    }

    fn begin(&mut self, now_ms: i64) {
        if self.ends_ms <= now_ms {
            *self = Self {
                ends_ms: now_ms.saturating_add(DAY_MS),
                ..Self::new(self.most)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_warning_and_an_end() {
        let mut quota = Quota::new(10);
        let day =
            |quota: &mut Quota, at_ms| -> Vec<_> { (0..12).map(|_| quota.take(at_ms)).collect() };
        let first = day(&mut quota, 1000);
        assert_eq!(first[5], (true, None));
        assert_eq!(first[6], (true, Some(Notice::Warning)));
        assert_eq!(first[7], (true, None));
        assert_eq!(first[9], (true, None));
        assert_eq!(first[10], (false, Some(Notice::Violation)));
        assert_eq!(first[11], (false, None));
        assert_eq!(quota.used(), 10);
        assert_eq!(quota.take(1000 + DAY_MS), (true, None));
        assert_eq!(quota.used(), 1);
    }
}
