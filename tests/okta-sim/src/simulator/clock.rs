//! The org's clock: simulated time, which starts in the past and never passes real time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

/// What time it is in the org. It may run faster than real time until it has caught up.
///
/// It governs what the org does: when events are published and kept, how long hooks take to warm
/// up, when a day's quota ends. What a client sees of the protocol (the `Date` header, windows of
/// rate limits, lifetimes of tokens) is in real time.
#[derive(Debug)]
pub struct Clock {
    pace: Mutex<Pace>,
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    since: Instant,
    /// The simulated time at `since`: Unix time in milliseconds.
    at_ms: i64,
    speed: f64,
}

impl Clock {
    /// Starts a clock so long ago, at so many simulated seconds a second (at least one).
    pub(crate) fn new(ago: Duration, speed: f64) -> Self {
        Self {
            pace: Mutex::new(Pace {
                since: Instant::now(),
                at_ms: wall_ms().saturating_sub(millis(ago)),
                speed: speed.max(1.0),
            }),
        }
    }

    /// Returns the time in the org: Unix time in milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.pace.lock().now_ms()
    }

    /// Lets time pass at once, up to the present.
    pub fn skip(&self, span: Duration) {
        let mut pace = self.pace.lock();
        let now_ms = pace.now_ms().saturating_add(millis(span)).min(wall_ms());
        *pace = Pace {
            since: Instant::now(),
            at_ms: now_ms,
            ..*pace
        };
    }

    /// Changes the speed: simulated seconds a second, at least one.
    pub fn set_speed(&self, speed: f64) {
        let mut pace = self.pace.lock();
        *pace = Pace {
            since: Instant::now(),
            at_ms: pace.now_ms(),
            speed: speed.max(1.0),
        };
    }

    /// Returns how long it takes until a simulated instant comes; zero when it has passed.
    pub(crate) fn until(&self, instant_ms: i64) -> Duration {
        let pace = *self.pace.lock();
        let now_ms = pace.now_ms();
        let left = u64::try_from(instant_ms.saturating_sub(now_ms)).unwrap_or(0);
        // At the present the clock is no faster than real time.
        let speed = if now_ms >= wall_ms() { 1.0 } else { pace.speed };
        Duration::from_millis(left).div_f64(speed)
    }
}

impl Pace {
    fn now_ms(&self) -> i64 {
        let passed = self.since.elapsed().as_secs_f64() * 1000.0 * self.speed;
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let passed = passed as i64;
        self.at_ms.saturating_add(passed).min(wall_ms())
    }
}

/// Returns the real time: Unix time in milliseconds.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

/// Returns a span in milliseconds.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn simulated_time_starts_in_the_past_and_never_passes_real_time() {
        let clock = Clock::new(2 * HOUR, 1.0);
        assert!(clock.now_ms() < wall_ms() - millis(HOUR));
        clock.skip(HOUR);
        assert!(clock.now_ms() < wall_ms());
        clock.skip(3 * HOUR);
        clock.set_speed(1e9);
        let before = wall_ms();
        let now = clock.now_ms();
        assert!((before..=wall_ms()).contains(&now), "{now}");
    }
}
