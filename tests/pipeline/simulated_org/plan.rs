//! What goes wrong when: all of it follows from the seed.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// In the shortest run, and for each further so many seconds of a longer one.
const KILLS: u32 = 4;
const ROUND_S: u32 = 20;
/// From here on a run has time to wait for the end of a minute of Okta's rate limits.
const LONG_RUN_S: u32 = 180;
/// So much of a round no delivery comes through: hours in the org.
const DARK: f64 = 0.12;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strike {
    /// `kill -9` of a process, and a new start after a while.
    Kill { down: Duration },
    /// For so long no delivery gets through to us.
    Dark(Duration),
    /// The System Log, and once the token endpoint, answer with 500.
    Errors,
    /// Okta has too many requests at a time: 429 for everybody.
    Crowd,
    /// The org's bucket of the System Log is used up by others: 429 until the minute is over.
    UsedUp,
    /// A page of the System Log breaks off, and another one never comes.
    CutShort,
}

/// Plans a run of so many seconds: each strike, and how long after the one before.
pub(super) fn plan(seed: u64, seconds: u32) -> Vec<(Duration, Strike)> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let rounds = seconds.div_ceil(ROUND_S).max(1);
    let round = f64::from(seconds) / f64::from(rounds);
    let mut all = Vec::new();
    for number in 0..rounds {
        let mut strikes = vec![
            Strike::Dark(Duration::from_secs_f64(round * DARK)),
            Strike::Errors,
            Strike::Crowd,
            Strike::CutShort,
        ];
        if seconds >= LONG_RUN_S && number == rounds / 2 {
            strikes.push(Strike::UsedUp);
        }
        strikes.extend((0..KILLS).map(|_| Strike::Kill {
            down: Duration::from_millis(dice.random_range(0..1000)),
        }));
        strikes.shuffle(&mut dice);
        let each = round / f64::from(u32::try_from(strikes.len()).unwrap());
        let strikes = strikes.into_iter();
        all.extend(strikes.map(|strike| {
            // Not in time with anything that we do.
            let pause = each * dice.random_range(0.5..1.0);
            (Duration::from_secs_f64(pause), strike)
        }));
    }
    all
}

#[test]
fn a_plan_follows_from_its_seed_and_has_every_kind_of_strike() {
    let short = plan(7, 20);
    assert_eq!(short, plan(7, 20));
    assert_ne!(short, plan(8, 20));
    let is_kill = |(_, strike): &&(Duration, Strike)| matches!(strike, Strike::Kill { .. });
    assert_eq!(short.iter().filter(is_kill).count(), 4);
    assert_eq!(plan(7, 200).iter().filter(is_kill).count(), 40);
    let is_used_up = |(_, strike): &(Duration, Strike)| *strike == Strike::UsedUp;
    assert!(!short.iter().any(is_used_up));
    assert!(plan(7, 200).iter().any(is_used_up));
}
