//! Events of the System Log that the event hook should have brought, too: how it is told that the hook
//! has fallen silent, in an org where something happens all the time as well as in a quiet one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So long after Okta has published an event it must have come by the hook: a delivery takes up to 3 s,
/// and so does the second try. With the time until the log is read the silence is told of within a
/// minute.
pub(crate) const SILENCE: SignedDuration = SignedDuration::from_secs(40);
/// How far apart the times are that are kept.
const APART: SignedDuration = SignedDuration::from_secs(5);
/// How far back they go from the newest: some of them must be older than the silence.
const BACK: SignedDuration = SignedDuration::from_mins(2);

/// When such events were published: the oldest first, and thinned out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Expected(Vec<Timestamp>);

impl Expected {
    /// Takes in when one was published.
    pub(crate) fn see(&mut self, published: Timestamp) {
        self.0.push(published);
        self.thin();
    }

    /// Takes in what stood on a page.
    pub(crate) fn extend(&mut self, of_page: Self) {
        self.0.extend(of_page.0);
        self.thin();
    }

    /// When the first event was published that should have come by now, and after which nothing came.
    pub(crate) fn missed(
        &self,
        last_delivery: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut times = self.0.iter().copied();
        let first = times.find(|at| last_delivery.is_none_or(|last| last < *at))?;
        (now.duration_since(first) > SILENCE).then_some(first)
    }

    /// Keeps the newest, and of those before it what lies apart.
    fn thin(&mut self) {
        self.0.sort_unstable();
        let Some(newest) = self.0.last().copied() else {
            return;
        };
        let mut last_kept: Option<Timestamp> = None;
        self.0.retain(|at| {
            let is_near = newest.duration_since(*at) <= BACK;
            let is_apart = last_kept.is_none_or(|last| at.duration_since(last) >= APART);
            let is_new = *at == newest && last_kept != Some(newest);
            let is_kept = is_new || (is_near && is_apart);
            if is_kept {
                last_kept = Some(*at);
            }
            is_kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn expected(seconds: impl IntoIterator<Item = i64>) -> Expected {
        let mut expected = Expected::default();
        seconds.into_iter().for_each(|at| expected.see(second(at)));
        expected
    }

    #[test]
    fn a_lone_event_is_missed_when_the_hook_had_time_to_bring_it() {
        let expected = expected([0]);
        assert_eq!(expected.missed(None, second(40)), None);
        assert_eq!(expected.missed(None, second(41)), Some(second(0)));
        assert_eq!(
            expected.missed(Some(second(-600)), second(41)),
            Some(second(0))
        );
        assert_eq!(expected.missed(Some(second(1)), second(600)), None);
    }

    #[test]
    fn a_silent_hook_is_noticed_though_the_org_never_rests() {
        let mut expected = Expected::default();
        let last_delivery = Some(second(100));
        for now in 0..1000 {
            expected.see(second(now));
            let is_missed = expected.missed(last_delivery, second(now)).is_some();
            assert_eq!(is_missed, now > 145, "{now} s");
            assert!(expected.0.len() < 30);
        }
    }

    #[test]
    fn what_is_written_late_is_not_waited_for() {
        let mut expected = expected(0..100);
        expected.see(second(-86_400));
        assert_eq!(expected.missed(Some(second(100)), second(100)), None);
        assert!(!expected.0.contains(&second(-86_400)));
    }
}
