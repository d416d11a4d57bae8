//! The System Log: what has happened, in the order in which it was kept.
//!
//! An event happens (it is published) and is kept a little later, or much later; only then does
//! the System Log show it. Texts lie compressed in files without a name, so that hours of a busy
//! org need little memory; what is left of an event here is its identity and its times. The oldest are
//! forgotten when there are more than the log remembers.

pub(crate) mod api;
pub(crate) mod filter;
pub(crate) mod query;
pub(crate) mod shape;
mod texts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;

use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::clock::millis;
use super::options::LogOptions;
use crate::dice::Dice;
use texts::{Place, Texts};

/// An event as it happens.
#[derive(Debug)]
pub(crate) struct Happening<'a> {
    pub(crate) uuid: Uuid,
    pub(crate) event_type: &'a str,
    pub(crate) published_ms: i64,
    pub(crate) json: &'a str,
}

/// What is known of an event, without its text. Times are Unix times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The event's own id.
    pub uuid: Uuid,
    /// When it was published.
    pub published_ms: i64,
    /// When the System Log began to show it; `None` while it has yet to.
    pub persisted_ms: Option<i64>,
    /// How many deliveries of it were answered with 2xx.
    pub delivered: u16,
}

struct Event {
    known: LoggedEvent,
    place: Place,
    /// Its type, as an index into `types`.
    kind: u16,
    /// Which hooks were configured for it, as an index into `audiences`.
    audience: u16,
    /// Whether the log does not show it any more.
    is_forgotten: bool,
}

/// The log of an org.
pub(crate) struct SystemLog {
    options: LogOptions,
    dice: Dice,
    /// How many kept events are remembered.
    most: usize,
    /// In the order in which they happened.
    events: VecDeque<Event>,
    /// The number of the first of those.
    first: u32,
    /// Numbers of events in the order in which they were kept.
    kept: VecDeque<u32>,
    /// How many were kept before those.
    kept_before: usize,
    /// Those that have happened and are not kept yet, by when they will be.
    pending: BinaryHeap<Reverse<(i64, u32)>>,
    texts: Texts,
    types: Interned,
    audiences: Interned,
    /// Cursors of another era are not taken any more.
    era: u32,
}

impl std::fmt::Debug for SystemLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemLog")
            .field("events", &self.len())
            .finish_non_exhaustive()
    }
}

/// Texts that recur, each once.
#[derive(Default)]
struct Interned {
    texts: Vec<String>,
    numbers: BTreeMap<String, u16>,
}

impl Interned {
    fn number(&mut self, text: &str) -> u16 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // More than 65,536 kinds of event or sets of hooks no test makes; the last then stands
        // for the rest.
        let number = u16::try_from(self.texts.len()).unwrap_or(u16::MAX);
        if usize::from(number) == self.texts.len() {
            self.texts.push(text.to_owned());
            self.numbers.insert(text.to_owned(), number);
        }
        number
    }

    fn text(&self, number: u16) -> &str {
        self.texts
            .get(usize::from(number))
            .map_or("", String::as_str)
    }
}

impl SystemLog {
    /// A log that remembers so many events.
    pub(crate) fn new(options: LogOptions, most: usize, seed: u64) -> io::Result<Self> {
        Ok(Self {
            options,
            dice: Dice::seed_from_u64(seed),
            most,
            events: VecDeque::new(),
            first: 0,
            kept: VecDeque::new(),
            kept_before: 0,
            pending: BinaryHeap::new(),
            texts: Texts::new()?,
            types: Interned::default(),
            audiences: Interned::default(),
            era: 0,
        })
    }

    /// Takes an event that happens, with the ids of the hooks that are configured for it, and
    /// returns its number.
    pub(crate) fn take(&mut self, event: &Happening<'_>, hooks: &str) -> u32 {
        let number = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let known = LoggedEvent {
            uuid: event.uuid,
            published_ms: event.published_ms,
            persisted_ms: None,
            delivered: 0,
        };
        self.events.push_back(Event {
            known,
            place: self.texts.add(event.json),
            kind: self.types.number(event.event_type),
            audience: self.audiences.number(hooks),
            is_forgotten: false,
        });
        let kept_ms = event.published_ms.saturating_add(self.delay_ms());
        self.pending.push(Reverse((kept_ms, number)));
        number
    }

    fn delay_ms(&mut self) -> i64 {
        let is_late = self
            .dice
            .random_bool(self.options.late_share.clamp(0.0, 1.0));
        let longest = if is_late {
            self.options.late_by
        } else {
            self.options.usual_delay
        };
        self.dice.random_range(0..=millis(longest).max(0))
    }

    /// Keeps what is due at this instant, and forgets what is too much.
    pub(crate) fn keep(&mut self, now_ms: i64) {
        while let Some(&Reverse((due_ms, number))) = self.pending.peek() {
            if due_ms > now_ms {
                break;
            }
            self.pending.pop();
            let last_ms = self.kept.back().and_then(|last| self.persisted_ms(*last));
            if let Some(event) = self.event_mut(number) {
                event.known.persisted_ms = Some(due_ms.max(last_ms.unwrap_or(i64::MIN)));
                self.kept.push_back(number);
            }
        }
        self.forget();
    }

    /// Forgets what was kept first. What happened after something that has yet to be kept stays in
    /// memory until then.
    fn forget(&mut self) {
        while self.kept.len() > self.most
            && let Some(number) = self.kept.pop_front()
        {
            self.kept_before += 1;
            if let Some(event) = self.event_mut(number) {
                event.is_forgotten = true;
            }
        }
        while self.events.front().is_some_and(|event| event.is_forgotten) {
            self.events.pop_front();
            self.first += 1;
        }
        if let Some(event) = self.events.front() {
            self.texts.forget_before(event.place);
        }
    }

    /// Sets how events are kept that happen from now on.
    pub(crate) fn set_options(&mut self, options: LogOptions) {
        self.options = options;
    }

    /// Makes every cursor that was given out invalid.
    pub(crate) fn forget_cursors(&mut self) {
        self.era += 1;
    }

    /// Notes that a delivery of these events was accepted.
    pub(crate) fn mark_delivered(&mut self, numbers: &[u32]) {
        for &number in numbers {
            if let Some(event) = self.event_mut(number) {
                event.known.delivered = event.known.delivered.saturating_add(1);
            }
        }
    }

    /// Returns what is known of all events that are remembered, in the order in which they happened.
    pub(crate) fn all(&self) -> Vec<LoggedEvent> {
        let events = self.events.iter().filter(|event| !event.is_forgotten);
        events.map(|event| event.known).collect()
    }

    /// Returns how many events have ever happened.
    pub(crate) fn len(&self) -> usize {
        self.first as usize + self.events.len()
    }

    /// Returns the text of an event as it happened, the shape that hooks deliver; none when it was
    /// forgotten.
    pub(crate) fn text(&mut self, number: u32) -> Option<String> {
        let place = self.event(number)?.place;
        self.texts.get(place)
    }

    fn event(&self, number: u32) -> Option<&Event> {
        self.events.get(number.checked_sub(self.first)? as usize)
    }

    fn event_mut(&mut self, number: u32) -> Option<&mut Event> {
        self.events
            .get_mut(number.checked_sub(self.first)? as usize)
    }

    fn persisted_ms(&self, number: u32) -> Option<i64> {
        self.event(number)?.known.persisted_ms
    }

    fn event_type(&self, number: u32) -> &str {
        let kind = self.event(number).map(|event| event.kind);
        kind.map_or("", |kind| self.types.text(kind))
    }

    /// Returns the text of an event as the System Log shows it.
    fn shown(&mut self, number: u32) -> Option<String> {
        let json = self.text(number)?;
        let hooks = self.audiences.text(self.event(number)?.audience);
        Some(shape::of_log(&json, hooks))
    }
}
