//! A day of the calendar in UTC: what events are filed under.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::{ToSpan, Unit};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Where days are counted from.
const EPOCH: Date = date(1970, 1, 1);

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(i64);

impl Day {
    /// Returns the day of a time in milliseconds since 1970.
    pub(crate) const fn of(ms: i64) -> Self {
        Self(ms.div_euclid(DAY_MS))
    }

    /// Returns its first millisecond.
    pub(crate) const fn start(self) -> i64 {
        self.0.saturating_mul(DAY_MS)
    }

    /// Returns the first millisecond after it.
    pub(crate) const fn end(self) -> i64 {
        self.start().saturating_add(DAY_MS)
    }
}

impl fmt::Display for Day {
    /// As `2026-06-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match EPOCH.checked_add(self.0.clamp(-4_000_000, 2_900_000).days()) {
            Ok(date) => date.fmt(f),
            Err(_) => self.0.fmt(f),
        }
    }
}

impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = EPOCH.until((Unit::Day, text.parse::<Date>()?))?;
        Ok(Self(i64::from(span.get_days())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let day = Day::of(1_780_315_200_000);
        assert_eq!(day.to_string(), "2026-06-01");
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(day.end() - 1), day);
        assert_eq!(Day::of(day.end()).to_string(), "2026-06-02");
        assert_eq!(Day::of(-1).to_string(), "1969-12-31");
    }

    proptest! {
        #[test]
        fn days_come_back_the_same(ms in -60_000_000_000_000_i64..250_000_000_000_000) {
            let day = Day::of(ms);
            prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,20}") {
            drop(text.parse::<Day>());
        }
    }
}
