//! A stretch of the System Log that is made up for: all of it in the first walk, later what Okta wrote while
//! the walk was stopped, or was slower than the org.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So long the walk may gain nothing on the org before that is told of: pages come in bursts.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// A stretch that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CatchUp {
    /// Where it begins: the walk went on from there.
    pub(crate) from: Timestamp,
    /// When the walk went on.
    pub(crate) begun: Timestamp,
    /// When the last event was published that was read since.
    pub(crate) read_to: Timestamp,
}

impl CatchUp {
    /// At the beginning of a stretch.
    pub(crate) const fn begin(from: Timestamp, begun: Timestamp) -> Self {
        Self {
            from,
            begun,
            read_to: from,
        }
    }

    /// Takes in when the last event of a page was published.
    pub(crate) fn read(&mut self, published: Option<Timestamp>) {
        self.read_to = published.map_or(self.read_to, |published| self.read_to.max(published));
    }

    /// How much of the stretch is read, 0 to 1, by the times at which events were published. It ends now.
    pub(crate) fn progress(&self, now: Timestamp) -> f64 {
        let whole = now.duration_since(self.from).as_secs_f64();
        let done = self.read_to.duration_since(self.from).as_secs_f64();
        if whole <= 0.0 {
            0.0
        } else {
            (done / whole).clamp(0.0, 1.0)
        }
    }

    /// Whether the walk is faster than the org: else it never comes to the end.
    pub(crate) fn is_gaining(&self, now: Timestamp) -> bool {
        let taken = now.duration_since(self.begun);
        taken < PATIENCE || self.read_to.duration_since(self.from) > taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn progress_leads_from_where_the_walk_went_on_to_now() {
        let mut catch_up = CatchUp::begin(minute(0), minute(100));
        assert!(catch_up.progress(minute(100)).abs() < f64::EPSILON);
        catch_up.read(Some(minute(25)));
        // Written late, which is no step back.
        catch_up.read(Some(minute(-600)));
        catch_up.read(None);
        assert!((catch_up.progress(minute(100)) - 0.25).abs() < 0.001);
        catch_up.read(Some(minute(101)));
        assert!(catch_up.progress(minute(101)) > 0.999);
        assert!(catch_up.progress(minute(0)).abs() < f64::EPSILON);
    }

    #[test]
    fn whoever_reads_less_than_is_written_does_not_gain() {
        let mut catch_up = CatchUp::begin(minute(0), minute(60));
        assert!(catch_up.is_gaining(minute(64)), "it is too early to tell");
        assert!(!catch_up.is_gaining(minute(66)));
        catch_up.read(Some(minute(5)));
        assert!(!catch_up.is_gaining(minute(66)), "5 minutes in 6");
        catch_up.read(Some(minute(30)));
        assert!(catch_up.is_gaining(minute(66)));
    }
}
