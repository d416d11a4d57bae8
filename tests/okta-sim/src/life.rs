//! Daily life: what happens next when nothing is wrong.
//!
//! Each event is drawn by weight, then given to somebody who can do it, so that the mix holds at
//! any pace while sessions stay whole: a challenge, then a start, then apps, then the end.

mod administration;
mod machinery;
mod self_service;
mod sessions;

use std::collections::{BTreeMap, VecDeque};

use rand::RngExt;

use crate::dice::Dice;
use crate::draft::Draft;
use crate::novelty::Novelty;
use crate::org::Org;
use crate::session::Session;
use crate::traffic::SimEvent;

/// The state of the day.
#[derive(Debug)]
pub(crate) struct Life {
    /// Sign-ins that have passed a challenge and will start.
    waiting: VecDeque<(Session, Novelty)>,
    live: Vec<Session>,
    /// When each user last failed to prove who they are; honest people do not keep failing.
    last_failure: BTreeMap<usize, i64>,
}

/// The instant at which something happens, and what it may draw on.
#[derive(Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) org: &'a Org,
    pub(crate) dice: &'a mut Dice,
    pub(crate) now_ms: i64,
}

impl Moment<'_> {
    fn stamp(&mut self, draft: Draft<'_>) -> SimEvent {
        draft.stamp(self.dice, self.now_ms, None)
    }
}

/// Something that can happen.
type Happening = fn(&mut Life, &mut Moment<'_>) -> SimEvent;

/// What happens, and how often in a thousand events.
const WEIGHTS: [(u32, Happening); 37] = [
    (300, sessions::open_app),
    (180, sessions::start),
    (160, sessions::challenge),
    (62, sessions::end),
    (14, sessions::via_partner),
    (8, sessions::context_change),
    (12, self_service::change_password),
    (10, self_service::change_profile),
    (3, self_service::unlock),
    (12, self_service::activate_factor),
    (6, self_service::update_factor),
    (8, self_service::enroll_device),
    (8, self_service::join_device),
    (10, self_service::send_code),
    (1, administration::lock_out),
    (2, administration::unlock_by_admin),
    (3, administration::reset_password),
    (1, administration::deactivate_factor),
    (3, administration::clear_sessions),
    (32, administration::add_to_group),
    (14, administration::remove_from_group),
    (34, administration::assign_app),
    (14, administration::unassign_app),
    (12, administration::update_app_user),
    (8, administration::create_user),
    (8, administration::activate_user),
    (3, administration::reactivate_user),
    (5, administration::deactivate_user),
    (1, administration::suspend_user),
    (2, administration::unsuspend_user),
    (4, administration::update_app),
    (2, administration::create_app),
    (5, administration::change_policy),
    (22, machinery::push_profile),
    (20, machinery::sync_user),
    (7, machinery::import_complete),
    (4, machinery::rate_warning),
];

impl Life {
    /// Begins in the middle of the day: the administrators and half of the others are signed in.
    pub(crate) fn new(org: &Org, dice: &mut Dice) -> Self {
        let mut life = Self {
            waiting: VecDeque::new(),
            live: Vec::new(),
            last_failure: BTreeMap::new(),
        };
        for user in 0..org.users.len() {
            if org.admins.contains(&user) || dice.random_bool(0.5) {
                let origin = org.users[user].computer.clone();
                life.live.push(Session::new(dice, user, origin));
            }
        }
        life
    }

    /// Makes the next event.
    pub(crate) fn next(&mut self, moment: &mut Moment<'_>) -> SimEvent {
        let total: u32 = WEIGHTS.iter().map(|(weight, _)| weight).sum();
        let mut drawn = moment.dice.random_range(0..total);
        for (weight, happening) in WEIGHTS {
            if drawn < weight {
                return happening(self, moment);
            }
            drawn -= weight;
        }
        sessions::open_app(self, moment)
    }

    /// Picks a live session that fits, as an index.
    fn live_session(&self, dice: &mut Dice, fits: impl Fn(&Session) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.live.len())
            .filter(|&index| fits(&self.live[index]))
            .collect();
        let chosen = dice.random_range(0..fitting.len().max(1));
        fitting.get(chosen).copied()
    }

    /// Lets the user fail now, at most once in ten minutes.
    fn may_fail(&mut self, user: usize, now_ms: i64) -> bool {
        const PATIENCE_MS: i64 = 600_000;
        let patient = self
            .last_failure
            .get(&user)
            .is_none_or(|&last| now_ms.saturating_sub(last) > PATIENCE_MS);
        if patient {
            self.last_failure.insert(user, now_ms);
        }
        patient
    }
}
