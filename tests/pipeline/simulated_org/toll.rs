//! What a run has gone through. A run that was spared proves less than it says, and so it fails.

use std::fmt;
use std::time::Duration;

use nightlatch_okta_sim::{Endpoint, Simulator};

use super::plan::Strike;

/// An event that is kept so much later than it was published is late, in milliseconds.
const LATE_MS: i64 = 3_600_000;
/// Of the events that a pace promises so many must have happened: machines are busy.
const HAPPENED: f64 = 0.5;
/// Of those that happened so many must have been late: a tenth is what the run asks for.
const LATE: f64 = 0.05;

/// What a run has gone through.
#[derive(Debug, Default)]
pub(super) struct Toll {
    kills: usize,
    /// Deliveries that failed in each span in which none came through.
    dark: Vec<u64>,
}

/// What has happened, for people and for the judgement.
#[derive(Debug)]
struct Figures {
    events: usize,
    late: usize,
    by_hook: usize,
    refused: u64,
    erred: u64,
}

impl Toll {
    /// Notes that a process was killed, and says how many were before.
    pub(super) fn kill(&mut self) -> usize {
        self.kills += 1;
        self.kills - 1
    }

    /// Notes how many deliveries failed while none came through.
    pub(super) fn dark(&mut self, failed: u64) {
        self.dark.push(failed);
    }

    /// Says what the run has gone through. Panics when something did not go wrong that should have,
    /// and when the org had less to tell than `promised` events.
    pub(super) fn assert_as_planned(
        &self,
        plan: &[(Duration, Strike)],
        promised: f64,
        org: &Simulator,
    ) {
        let figures = Figures::of(org);
        println!("{self}; {figures}; {:?}", org.delivery_counts());
        let planned = |is: fn(&Strike) -> bool| plan.iter().filter(|(_, it)| is(it)).count();
        let kills = planned(|strike| matches!(strike, Strike::Kill { .. }));
        assert_eq!(self.kills, kills, "kills");
        let dark = planned(|strike| matches!(strike, Strike::Dark(_)));
        assert_eq!(self.dark.len(), dark, "spans in which nothing came through");
        assert!(!self.dark.contains(&0), "no delivery failed in the dark");
        figures.assert_enough(promised);
        let counts = org.delivery_counts();
        for (what, count) in [
            ("accepted", counts.accepted),
            ("lost", counts.lost),
            ("duplicated", counts.duplicated),
            ("failed", counts.failed),
            ("refused", figures.refused),
            ("erred", figures.erred),
        ] {
            assert!(count > 0, "nothing was {what}");
        }
    }
}

impl Figures {
    fn of(org: &Simulator) -> Self {
        let events = org.events();
        let delays = events
            .iter()
            .filter_map(|event| Some(event.persisted_ms? - event.published_ms));
        Self {
            events: events.len(),
            late: delays.filter(|delay| *delay >= LATE_MS).count(),
            by_hook: events.iter().filter(|event| event.delivered > 0).count(),
            refused: refused(org),
            erred: org.request_count(Endpoint::Logs, 500),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of events are small")]
    fn assert_enough(&self, promised: f64) {
        let (events, late) = (self.events as f64, self.late as f64);
        assert!(events >= HAPPENED * promised, "only {events} events");
        assert!(late >= LATE * events, "only {late} of {events} were late");
    }
}

impl fmt::Display for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, dark } = self;
        write!(f, "{kills} kills, {dark:?} deliveries failed in the dark")
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            late,
            by_hook,
            refused,
            erred,
        } = self;
        write!(
            f,
            "{by_hook} of {events} events came by hook, {late} were an hour late or more; the system log \
             answered {erred} times 500, {refused} calls were refused with 429"
        )
    }
}

/// How many calls were refused. A process that has just been started needs a token first.
pub(super) fn refused(org: &Simulator) -> u64 {
    let endpoints = [Endpoint::Logs, Endpoint::Token];
    endpoints
        .map(|endpoint| org.request_count(endpoint, 429))
        .iter()
        .sum()
}
