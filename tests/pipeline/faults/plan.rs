//! Which faults come when: all of it follows from the seed.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::fleet::Service;

/// From here on a run has pauses of up to half a minute; a shorter one has one long pause.
const LONG_RUN: usize = 50;
/// Longer than a group's session and a transaction last: what goes on afterwards is a zombie.
const ZOMBIE: Range<u64> = 12_000..14_000;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `kill -9`, and a new start after a while.
    KillReplica,
    KillBroker,
    /// SIGSTOP, and SIGCONT after a while.
    PauseReplica,
    PauseBroker,
    /// One more replica, which is asked to end after a while.
    Visitor,
    /// One more replica, which is killed after a while and never comes back.
    DoomedVisitor,
}

/// Kinds as often as they come among twenty faults.
const SHARES: [(Kind, usize); 6] = [
    (Kind::KillReplica, 7),
    (Kind::KillBroker, 3),
    (Kind::PauseReplica, 4),
    (Kind::PauseBroker, 2),
    (Kind::Visitor, 3),
    (Kind::DoomedVisitor, 1),
];

/// Whom it befalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Replica(String),
    Broker(u32),
    New(Service),
}

/// A fault within its episode.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    pub(crate) begins: Duration,
    pub(crate) ends: Duration,
}

/// Faults that overlap, perhaps; after them all is healed.
#[derive(Debug, Clone)]
pub(crate) struct Episode {
    /// Waited before.
    pub(crate) calm: Duration,
    pub(crate) faults: Vec<Fault>,
}

impl Kind {
    const fn is_of_broker(self) -> bool {
        matches!(self, Self::KillBroker | Self::PauseBroker)
    }

    pub(crate) const fn is_kill(self) -> bool {
        matches!(self, Self::KillReplica | Self::KillBroker)
    }
}

impl Episode {
    /// Whether a broker was away.
    pub(crate) fn has_broker(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind.is_of_broker())
    }
}

impl fmt::Display for Episode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().enumerate() {
            let Fault {
                kind,
                target,
                begins,
                ends,
            } = fault;
            let comma = if number == 0 { "" } else { ", " };
            let (from, to) = (begins.as_secs_f32(), ends.as_secs_f32());
            write!(f, "{comma}{kind:?} {target:?} {from:.1}-{to:.1} s")?;
        }
        Ok(())
    }
}

/// Plans so many faults for these replicas and brokers. Never are two brokers away at once.
pub(crate) fn plan(seed: u64, count: usize, replicas: &[String], brokers: u32) -> Vec<Episode> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut kinds = kinds(&mut dice, count);
    let mut episodes = Vec::new();
    if count < LONG_RUN && count > 0 {
        kinds.pop();
        episodes.push(zombie(&mut dice));
    }
    while !kinds.is_empty() {
        let size = [1, 1, 1, 2, 2, 3].choose(&mut dice).copied().unwrap_or(1);
        let mut faults: Vec<Fault> = Vec::new();
        for _ in 0..size {
            let Some(kind) = kinds.pop() else { break };
            let is_taken = |target: &Target| faults.iter().any(|fault| fault.target == *target);
            let has_broker = faults.iter().any(|fault| fault.kind.is_of_broker());
            let target = target(&mut dice, kind, replicas, brokers);
            if kind.is_of_broker() && has_broker || is_taken(&target) {
                kinds.push(kind);
                break;
            }
            let begins = if faults.is_empty() {
                0
            } else {
                dice.random_range(0..2500)
            };
            let lasts = lasts(&mut dice, kind, count >= LONG_RUN);
            faults.push(Fault {
                kind,
                target,
                begins: Duration::from_millis(begins),
                ends: Duration::from_millis(begins + lasts),
            });
        }
        let calm = Duration::from_millis(dice.random_range(0..1000));
        episodes.push(Episode { calm, faults });
    }
    episodes.shuffle(&mut dice);
    episodes
}

fn kinds(dice: &mut ChaCha8Rng, count: usize) -> Vec<Kind> {
    let mut kinds = Vec::new();
    while kinds.len() < count {
        let mut round: Vec<Kind> = SHARES
            .into_iter()
            .flat_map(|(kind, share)| std::iter::repeat_n(kind, share))
            .collect();
        round.shuffle(dice);
        kinds.extend(round);
    }
    kinds.truncate(count);
    kinds
}

fn zombie(dice: &mut ChaCha8Rng) -> Episode {
    let number = dice.random_range(1..=2);
    Episode {
        calm: Duration::ZERO,
        faults: vec![Fault {
            kind: Kind::PauseReplica,
            target: Target::Replica(format!("{}-{number}", Service::Detector.word())),
            begins: Duration::ZERO,
            ends: Duration::from_millis(dice.random_range(ZOMBIE)),
        }],
    }
}

fn target(dice: &mut ChaCha8Rng, kind: Kind, replicas: &[String], brokers: u32) -> Target {
    match kind {
        Kind::KillReplica | Kind::PauseReplica => {
            Target::Replica(replicas.choose(dice).unwrap().clone())
        }
        Kind::KillBroker | Kind::PauseBroker => Target::Broker(dice.random_range(1..=brokers)),
        Kind::Visitor | Kind::DoomedVisitor => {
            // Detectors most: they share partitions.
            let services = [
                Service::Detector,
                Service::Detector,
                Service::Ingest,
                Service::Sink,
            ];
            Target::New(*services.choose(dice).unwrap())
        }
    }
}

/// Returns for how many milliseconds.
fn lasts(dice: &mut ChaCha8Rng, kind: Kind, is_long_run: bool) -> u64 {
    match kind {
        Kind::KillReplica | Kind::KillBroker => dice.random_range(0..5000),
        Kind::PauseReplica | Kind::PauseBroker if is_long_run => dice.random_range(1000..30_000),
        Kind::PauseReplica | Kind::PauseBroker if dice.random_bool(0.75) => {
            dice.random_range(1000..4000)
        }
        Kind::PauseReplica | Kind::PauseBroker => dice.random_range(4000..8000),
        Kind::Visitor | Kind::DoomedVisitor => dice.random_range(2000..8000),
    }
}
