//! What was sent and what was answered: the truth that the product is held against.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use nightlatch_okta_sim::{SimEvent, hook_body};

/// A hook's body, and the events in it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) body: String,
    events: Vec<(String, u64)>,
}

/// What became of an event, by its uuid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Of its JSON.
    pub(crate) digest: u64,
    /// How often it was sent.
    pub(crate) sent: u32,
    /// How often it was answered 2xx.
    pub(crate) acked: u32,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    entries: BTreeMap<String, Entry>,
    answers: BTreeMap<u16, u64>,
    unanswered: u64,
}

impl Delivery {
    /// Returns what the org of `domain` delivers.
    pub(crate) fn of(domain: &str, events: &[SimEvent], now_ms: i64) -> Self {
        Self {
            body: hook_body(domain, "who0pipeline0hook", events, now_ms),
            events: events
                .iter()
                .map(|event| (event.uuid.clone(), digest(&event.json)))
                .collect(),
        }
    }
}

impl Ledger {
    /// Notes a delivery that is about to be sent.
    pub(crate) fn sent(&self, delivery: &Delivery) {
        let mut book = self.book.lock().unwrap();
        for (uuid, digest) in &delivery.events {
            let entry = book.entries.entry(uuid.clone()).or_insert(Entry {
                digest: *digest,
                sent: 0,
                acked: 0,
            });
            assert_eq!(entry.digest, *digest, "two events have the uuid {uuid}");
            entry.sent += 1;
        }
    }

    /// Notes the answer to a delivery; `None` when there was none.
    pub(crate) fn answered(&self, delivery: &Delivery, status: Option<u16>) {
        let mut book = self.book.lock().unwrap();
        match status {
            Some(status) => *book.answers.entry(status).or_default() += 1,
            None => book.unanswered += 1,
        }
        if !status.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        for (uuid, _) in &delivery.events {
            if let Some(entry) = book.entries.get_mut(uuid) {
                entry.acked += 1;
            }
        }
    }

    /// Returns what became of each event.
    pub(crate) fn entries(&self) -> BTreeMap<String, Entry> {
        self.book.lock().unwrap().entries.clone()
    }

    /// Returns how many deliveries were answered with each status.
    pub(crate) fn answers(&self) -> BTreeMap<u16, u64> {
        self.book.lock().unwrap().answers.clone()
    }

    /// Returns how many events were answered 2xx.
    pub(crate) fn acked(&self) -> usize {
        let book = self.book.lock().unwrap();
        book.entries
            .values()
            .filter(|entry| entry.acked > 0)
            .count()
    }

    /// Returns how many deliveries had no answer.
    pub(crate) fn unanswered(&self) -> u64 {
        self.book.lock().unwrap().unanswered
    }
}

/// Returns a digest of an event's JSON.
pub(crate) fn digest(json: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    json.hash(&mut hasher);
    hasher.finish()
}
