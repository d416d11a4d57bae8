//! What waits to be delivered: events that are gathered into batches, and batches that wait for
//! their time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use parking_lot::Mutex;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;
use uuid::Builder;

use super::quota::Quota;
use crate::dice::Dice;
use crate::simulator::clock::millis;
use crate::simulator::ledger::{DeliveryRecord, Ledger, Outcome};
use crate::simulator::options::{DeliveryOptions, Mishaps};
use crate::simulator::rate_limits::Notice;

/// Events on their way to one hook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivery {
    pub(crate) event_id: uuid::Uuid,
    pub(crate) hook_id: String,
    /// The numbers of the events in the System Log.
    pub(crate) events: Vec<u32>,
}

/// All that waits.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Rings when something new waits.
    pub(crate) bell: Notify,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    mishaps: Mishaps,
    window_ms: i64,
    batch_size: usize,
    quota: Quota,
    batches: BTreeMap<String, Batch>,
    /// By when they are sent, then in the order in which they were closed.
    waiting: BinaryHeap<Reverse<(i64, u64, Delivery)>>,
    closed: u64,
    /// Deliveries that were taken and have not landed.
    in_flight: usize,
}

/// Events that are being gathered for a hook.
#[derive(Debug)]
struct Batch {
    closes_ms: i64,
    events: Vec<u32>,
}

impl Outbox {
    pub(crate) fn new(options: &DeliveryOptions, seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                dice: Dice::seed_from_u64(seed ^ 0x5eed),
                mishaps: options.mishaps,
                window_ms: millis(options.batch_window),
                batch_size: options.batch_size.max(1),
                quota: Quota::new(options.daily_quota),
                batches: BTreeMap::new(),
                waiting: BinaryHeap::new(),
                closed: 0,
                in_flight: 0,
            }),
            bell: Notify::new(),
        }
    }

    /// Takes an event for the hooks that carry it; returns what Okta logs about the quota.
    pub(crate) fn take(
        &self,
        hooks: &[String],
        event: u32,
        published_ms: i64,
        ledger: &Ledger,
    ) -> Option<Notice> {
        let mut notice = None;
        let mut state = self.state.lock();
        for hook in hooks {
            let (is_within, told) = state.quota.take(published_ms);
            notice = notice.or(told);
            if is_within {
                state.gather(hook, event, published_ms, ledger);
            } else {
                ledger.note_over_quota();
            }
        }
        drop(state);
        self.bell.notify_one();
        notice
    }

    /// Takes the next delivery out that is to be sent at this instant.
    pub(crate) fn due(&self, now_ms: i64, ledger: &Ledger) -> Option<Delivery> {
        let mut state = self.state.lock();
        state.close_until(now_ms, ledger);
        let Reverse((due_ms, ..)) = state.waiting.peek()?;
        if *due_ms > now_ms {
            return None;
        }
        state.in_flight += 1;
        state
            .waiting
            .pop()
            .map(|Reverse((_, _, delivery))| delivery)
    }

    /// Notes that a delivery that was taken out is over.
    pub(crate) fn landed(&self) {
        self.state.lock().in_flight -= 1;
    }

    /// Returns until when nothing needs to be done; `None` if nothing waits.
    pub(crate) fn waits_until(&self) -> Option<i64> {
        let state = self.state.lock();
        let closing = state.batches.values().map(|batch| batch.closes_ms).min();
        let due = state.waiting.peek().map(|Reverse((due_ms, ..))| *due_ms);
        closing.into_iter().chain(due).min()
    }

    /// Returns whether everything has landed that was gathered up to this instant and is not held
    /// back beyond it.
    pub(crate) fn has_landed(&self, until_ms: i64) -> bool {
        let state = self.state.lock();
        let is_due = |due_ms: i64| due_ms <= until_ms;
        let is_gathering = state
            .batches
            .values()
            .any(|batch| is_due(batch.closes_ms - state.window_ms));
        let is_waiting = state
            .waiting
            .peek()
            .is_some_and(|Reverse((due_ms, ..))| is_due(*due_ms));
        !is_gathering && !is_waiting && state.in_flight == 0
    }

    /// Changes what goes wrong with deliveries that are closed from now on.
    pub(crate) fn set_mishaps(&self, mishaps: Mishaps) {
        self.state.lock().mishaps = mishaps;
    }

    /// Returns how much of the day's quota is used.
    pub(crate) fn quota_used(&self) -> u64 {
        self.state.lock().quota.used()
    }

    /// Counts so many events as delivered today, as if there were other hooks.
    pub(crate) fn use_quota(&self, events: u64, now_ms: i64) {
        self.state.lock().quota.set_used(events, now_ms);
    }
}

impl State {
    fn gather(&mut self, hook: &str, event: u32, published_ms: i64, ledger: &Ledger) {
        let is_over = self
            .batches
            .get(hook)
            .is_some_and(|batch| batch.closes_ms <= published_ms);
        if is_over {
            self.close(hook, ledger);
        }
        let closes_ms = published_ms.saturating_add(self.window_ms);
        let batch = self
            .batches
            .entry(hook.to_owned())
            .or_insert_with(|| Batch {
                closes_ms,
                events: Vec::new(),
            });
        batch.events.push(event);
        if batch.events.len() >= self.batch_size {
            batch.closes_ms = published_ms;
            self.close(hook, ledger);
        }
    }

    fn close_until(&mut self, now_ms: i64, ledger: &Ledger) {
        let over: Vec<String> = self
            .batches
            .iter()
            .filter(|(_, batch)| batch.closes_ms <= now_ms)
            .map(|(hook, _)| hook.clone())
            .collect();
        for hook in over {
            self.close(&hook, ledger);
        }
    }

    /// Closes a batch, and decides what becomes of it on the way.
    fn close(&mut self, hook: &str, ledger: &Ledger) {
        let Some(mut batch) = self.batches.remove(hook) else {
            return;
        };
        if self.happens(self.mishaps.shuffled) {
            batch.events.shuffle(&mut self.dice);
        }
        let delivery = Delivery {
            event_id: self.new_event_id(),
            hook_id: hook.to_owned(),
            events: batch.events,
        };
        if self.happens(self.mishaps.duplicated) {
            let again = Delivery {
                event_id: self.new_event_id(),
                ..delivery.clone()
            };
            ledger.note_duplicate();
            self.wait(batch.closes_ms, again);
        }
        if self.happens(self.mishaps.lost) {
            ledger.note_delivery(DeliveryRecord {
                event_id: delivery.event_id,
                hook_id: delivery.hook_id,
                events: delivery.events.len(),
                attempts: 0,
                outcome: Outcome::Lost,
            });
            return;
        }
        self.wait(batch.closes_ms, delivery);
    }

    fn wait(&mut self, closed_ms: i64, delivery: Delivery) {
        let mut due_ms = closed_ms;
        if self.happens(self.mishaps.delayed) {
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            let longest_ms = (self.mishaps.delayed_by_s * 1000.0) as i64;
            let delay_ms = self.dice.random_range(0..=longest_ms.max(0));
            due_ms = due_ms.saturating_add(delay_ms);
        }
        self.closed += 1;
        self.waiting.push(Reverse((due_ms, self.closed, delivery)));
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.dice.random_bool(share.min(1.0))
    }

    fn new_event_id(&mut self) -> uuid::Uuid {
        Builder::from_random_bytes(self.dice.random()).into_uuid()
    }
}
