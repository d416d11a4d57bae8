//! The stage of an attack: its clock, its cast, and the events so far.

use std::ops::Range;

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::Scenario;
use crate::dice::{Dice, pick};
use crate::draft::Draft;
use crate::org::equipment::{Browser, COMPUTERS, PHONES};
use crate::org::place::LAIRS;
use crate::org::{Org, Origin};
use crate::session::Session;
use crate::traffic::SimEvent;

#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) org: &'a Org,
    pub(super) dice: &'a mut Dice,
    pub(super) events: Vec<SimEvent>,
    scenario: Scenario,
    at_ms: i64,
    hurry: u32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        scenario: Scenario,
        org: &'a Org,
        dice: &'a mut Dice,
        at_ms: i64,
        hurry: u32,
    ) -> Self {
        Self {
            org,
            dice,
            events: Vec::new(),
            scenario,
            at_ms,
            hurry,
        }
    }

    /// Lets seconds pass.
    pub(super) fn wait(&mut self, seconds: Range<i64>) {
        let pause = self
            .dice
            .random_range(seconds.start * 1000..seconds.end * 1000);
        self.at_ms = self.at_ms.saturating_add(pause / i64::from(self.hurry));
    }

    pub(super) fn play(&mut self, draft: Draft<'_>) {
        self.events
            .push(draft.stamp(self.dice, self.at_ms, Some(self.scenario)));
    }

    /// Casts an administrator.
    pub(super) fn admin(&mut self) -> usize {
        *pick(self.dice, &self.org.admins)
    }

    /// Casts people who are no administrators, all different.
    pub(super) fn people(&mut self, count: usize) -> Vec<usize> {
        let others: Vec<usize> = (0..self.org.users.len())
            .filter(|user| !self.org.admins.contains(user))
            .collect();
        others.sample(self.dice, count).copied().collect()
    }

    /// Casts one person who is no administrator.
    pub(super) fn victim(&mut self) -> usize {
        self.people(1).first().copied().unwrap_or_default()
    }

    /// A place to attack from.
    pub(super) fn lair(&mut self) -> Origin {
        let browser = pick(self.dice, &COMPUTERS);
        self.lair_with(browser)
    }

    pub(super) fn lair_with(&mut self, browser: &'static Browser) -> Origin {
        let city = pick(self.dice, &LAIRS);
        Origin::stranger(self.dice, city, browser)
    }

    pub(super) fn burner_phone(&mut self) -> Origin {
        let browser = pick(self.dice, &PHONES);
        self.lair_with(browser)
    }

    pub(super) fn session(&mut self, user: usize, origin: &Origin) -> Session {
        Session::new(self.dice, user, origin.clone())
    }

    /// The user's own session at the desk.
    pub(super) fn at_desk(&mut self, user: usize) -> Session {
        let office = self.org.users[user].computer.in_office();
        self.session(user, &office)
    }
}
