//! The stream of events: daily life, with attacks mixed in at their own pace.

use std::collections::BTreeMap;

use rand::SeedableRng;

use crate::attack::{self, Scenario};
use crate::dice::Dice;
use crate::event_kind;
use crate::life::{Life, Moment};
use crate::org::Org;

/// One event of the org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimEvent {
    /// The event's own id.
    pub uuid: String,
    /// Okta's type of the event, such as `user.session.start`.
    pub event_type: &'static str,
    /// When Okta published it: Unix time in milliseconds.
    pub published_ms: i64,
    /// The `LogEvent` as JSON on one line, in the shape that event hooks send.
    pub json: String,
    /// The attack it belongs to; daily life has none.
    pub scenario: Option<Scenario>,
}

impl SimEvent {
    /// Returns whether an event hook would carry it: what is not eligible stands in the System
    /// Log alone. Daily life is all eligible; some attacks have steps that are not.
    pub fn hook_eligible(&self) -> bool {
        event_kind::hook_eligible(self.event_type)
    }
}

/// What happens in an org, event by event. The same org, seed and calls give the same events.
#[derive(Debug)]
pub struct Traffic {
    org: Org,
    dice: Dice,
    life: Life,
    /// Events of attacks that are still to come, by when they are due and in which order.
    due: BTreeMap<(i64, u64), SimEvent>,
    planned: u64,
    /// How many times faster than people attackers act.
    hurry: u32,
}

impl Traffic {
    /// Opens the org's day, with about half of its people signed in already.
    pub fn new(org: Org, seed: u64) -> Self {
        let mut dice = Dice::seed_from_u64(seed);
        let life = Life::new(&org, &mut dice);
        Self {
            org,
            dice,
            life,
            due: BTreeMap::new(),
            planned: 0,
            hurry: 1,
        }
    }

    /// Makes attackers act so many times faster than people do, for those who watch.
    #[must_use]
    pub fn hurried(mut self, times: u32) -> Self {
        self.hurry = times.max(1);
        self
    }

    /// Returns the next event at this instant (Unix time in milliseconds).
    ///
    /// An attack's event that is due comes first, published when it was due; otherwise life goes
    /// on. How often this is called is how busy the org is.
    pub fn next(&mut self, now_ms: i64) -> SimEvent {
        if let Some(entry) = self.due.first_entry()
            && entry.key().0 <= now_ms
        {
            return entry.remove();
        }
        self.life.next(&mut Moment {
            org: &self.org,
            dice: &mut self.dice,
            now_ms,
        })
    }

    /// Returns when the next event of an attack is due: Unix time in milliseconds.
    pub(crate) fn due_at(&self) -> Option<i64> {
        let ((due_ms, _), _) = self.due.first_key_value()?;
        Some(*due_ms)
    }

    /// Starts an attack now; [`Traffic::next`] yields its events in their order as they fall due.
    pub fn attack(&mut self, scenario: Scenario, now_ms: i64) {
        for event in attack::script(scenario, &self.org, &mut self.dice, now_ms, self.hurry) {
            self.due.insert((event.published_ms, self.planned), event);
            self.planned += 1;
        }
    }
}
