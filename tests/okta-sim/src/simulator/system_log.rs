//! The System Log: what has happened, in the order in which it was kept.
//!
//! An event happens (it is published) and is kept a little later, or much later; only then does
//! the System Log show it. Texts lie compressed in a file without a name, so that hours of a busy
//! org need little memory; what is left of an event here is its identity and its times.

pub(crate) mod api;
pub(crate) mod filter;
pub(crate) mod query;
pub(crate) mod shape;
mod texts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
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
}

/// The log of an org.
pub(crate) struct SystemLog {
    options: LogOptions,
    dice: Dice,
    /// In the order in which they happened.
    events: Vec<Event>,
    /// Numbers of events in the order in which they were kept.
    kept: Vec<u32>,
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
            .field("events", &self.events.len())
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
    pub(crate) fn new(options: LogOptions, seed: u64) -> io::Result<Self> {
        Ok(Self {
            options,
            dice: Dice::seed_from_u64(seed),
            events: Vec::new(),
            kept: Vec::new(),
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
        let number = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        let known = LoggedEvent {
            uuid: event.uuid,
            published_ms: event.published_ms,
            persisted_ms: None,
            delivered: 0,
        };
        self.events.push(Event {
            known,
            place: self.texts.add(event.json),
            kind: self.types.number(event.event_type),
            audience: self.audiences.number(hooks),
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

    /// Keeps what is due at this instant.
    pub(crate) fn keep(&mut self, now_ms: i64) {
        while let Some(&Reverse((due_ms, number))) = self.pending.peek() {
            if due_ms > now_ms {
                return;
            }
            self.pending.pop();
            let last_ms = self.kept.last().map_or(i64::MIN, |last| {
                self.known(*last).persisted_ms.unwrap_or(i64::MIN)
            });
            self.events[number as usize].known.persisted_ms = Some(due_ms.max(last_ms));
            self.kept.push(number);
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
            let delivered = &mut self.events[number as usize].known.delivered;
            *delivered = delivered.saturating_add(1);
        }
    }

    /// Returns what is known of all events, in the order in which they happened.
    pub(crate) fn all(&self) -> Vec<LoggedEvent> {
        self.events.iter().map(|event| event.known).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns the text of an event as it happened: the shape that hooks deliver.
    pub(crate) fn text(&mut self, number: u32) -> String {
        let place = self.events[number as usize].place;
        self.texts.get(place)
    }

    fn known(&self, number: u32) -> LoggedEvent {
        self.events[number as usize].known
    }

    fn event_type(&self, number: u32) -> &str {
        self.types.text(self.events[number as usize].kind)
    }

    /// Returns the text of an event as the System Log shows it.
    fn shown(&mut self, number: u32) -> String {
        let json = self.text(number);
        let hooks = self.audiences.text(self.events[number as usize].audience);
        shape::of_log(&json, hooks)
    }
}
