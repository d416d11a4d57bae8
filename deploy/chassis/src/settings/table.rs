//! The table that a settings log folds into, the same for every reader.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use super::keyring::Keyring;
use super::record::{Doubt, Entry, Version};
use crate::metrics::CounterVec;
use crate::topic::fold::Fold;
use crate::topic::{Place, Stored};

/// How many refused records are kept to be shown.
const MAX_SHOWN: usize = 50;

/// An object as one version has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its version.
    pub version: Version,
    /// Its value, with fields that this program may not know; null when it is deleted.
    pub value: Value,
    /// Whether this version is its deletion.
    pub deleted: bool,
    /// Who wrote it.
    pub who: String,
    /// When, by the writer's clock.
    pub when: Timestamp,
    /// Why.
    pub why: String,
}

/// A record that was not believed, to be shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub place: Place,
    /// The object it is about, as far as it is text.
    pub object: String,
    /// Why it is ignored.
    pub reason: String,
}

/// What a record did to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    /// It expected another version than the object had: somebody else was faster.
    Stale,
    Doubted(Doubt),
}

/// The table itself: a function of the records, in order, and the keys.
#[derive(Debug)]
pub(super) struct Table {
    topic: &'static str,
    keys: Keyring,
    objects: BTreeMap<String, Chain>,
    /// The object of each last change, by the number of that change.
    last_changes: BTreeMap<u64, String>,
    /// Records that were accepted; it never shrinks.
    accepted: u64,
}

/// An object with all versions that it had.
#[derive(Debug)]
struct Chain {
    object: Object,
    versions: Vec<Version>,
    /// The number of its last change.
    changed: u64,
}

impl Table {
    pub(super) const fn new(topic: &'static str, keys: Keyring) -> Self {
        Self {
            topic,
            keys,
            objects: BTreeMap::new(),
            last_changes: BTreeMap::new(),
            accepted: 0,
        }
    }

    pub(super) fn take(&mut self, stored: &Stored) -> Verdict {
        let (id, version, entry) = match Entry::verify(self.topic, &stored.record, &self.keys) {
            Ok(verified) => verified,
            Err(doubt) => return Verdict::Doubted(doubt),
        };
        if entry.expects != self.object(&id).map(|object| object.version) {
            return Verdict::Stale;
        }
        let Entry {
            deleted,
            value,
            who,
            when,
            why,
            ..
        } = entry;
        let object = Object {
            version,
            value,
            deleted,
            who,
            when,
            why,
        };
        self.accepted += 1;
        let changed = self.accepted;
        self.last_changes.insert(changed, id.clone());
        match self.objects.get_mut(&id) {
            Some(chain) => {
                self.last_changes.remove(&chain.changed);
                chain.object = object;
                chain.versions.push(version);
                chain.changed = changed;
            }
            None => drop(self.objects.insert(
                id,
                Chain {
                    object,
                    versions: vec![version],
                    changed,
                },
            )),
        }
        Verdict::Accepted
    }

    /// Returns the objects that were changed after change number `seen`, in the order of their last
    /// changes, each with the number of that.
    pub(super) fn changed_after(&self, seen: u64) -> impl Iterator<Item = (u64, &String, &Object)> {
        let changes = self.last_changes.range(seen.saturating_add(1)..);
        changes.filter_map(|(number, id)| Some((*number, id, self.object(id)?)))
    }

    /// Returns an object, also a deleted one.
    pub(super) fn object(&self, id: &str) -> Option<&Object> {
        self.objects.get(id).map(|chain| &chain.object)
    }

    /// Returns what a record has to expect for the change of an object that was `seen` with a
    /// version; nothing when it would not count.
    #[expect(clippy::option_option, reason = "the inner one is the record's own")]
    pub(super) fn expects(
        &self,
        id: &str,
        seen: Option<Version>,
        deletes: bool,
    ) -> Option<Option<Version>> {
        match (seen, self.object(id)) {
            (None, None) if !deletes => Some(None),
            (None, Some(current)) if current.deleted && !deletes => Some(Some(current.version)),
            (Some(seen), Some(current)) if seen == current.version => Some(Some(seen)),
            _ => None,
        }
    }

    /// Whether the object has or had this version.
    pub(super) fn has_had(&self, id: &str, version: Version) -> bool {
        self.objects
            .get(id)
            .is_some_and(|chain| chain.versions.contains(&version))
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = (&String, &Object)> {
        self.objects.iter().map(|(id, chain)| (id, &chain.object))
    }

    pub(super) const fn accepted(&self) -> u64 {
        self.accepted
    }
}

/// The table with what is counted and shown of it.
#[derive(Debug)]
pub(super) struct LiveTable {
    pub(super) table: Table,
    pub(super) refused: VecDeque<Refused>,
    pub(super) refusals: u64,
    ignored: CounterVec,
}

impl LiveTable {
    pub(super) const fn new(table: Table, ignored: CounterVec) -> Self {
        Self {
            table,
            refused: VecDeque::new(),
            refusals: 0,
            ignored,
        }
    }

    fn refuse(&mut self, stored: &Stored, doubt: &Doubt) {
        let place = Place {
            partition: stored.partition,
            offset: stored.offset,
        };
        let object = String::from_utf8_lossy(&stored.record.key).into_owned();
        let (topic, reason) = (self.table.topic, doubt.to_string());
        if self.refusals < MAX_SHOWN as u64 {
            tracing::warn!(
                topic,
                offset = place.offset,
                object,
                reason,
                "a settings record is ignored"
            );
        }
        self.refusals += 1;
        if self.refused.len() == MAX_SHOWN {
            self.refused.pop_front();
        }
        self.refused.push_back(Refused {
            place,
            object,
            reason,
        });
    }
}

impl Fold for LiveTable {
    fn apply(&mut self, stored: Stored) {
        let reason = match self.table.take(&stored) {
            Verdict::Accepted => return,
            Verdict::Stale => "stale",
            Verdict::Doubted(doubt) => {
                self.refuse(&stored, &doubt);
                doubt.name()
            }
        };
        self.ignored
            .with_label_values(&[self.table.topic, reason])
            .inc();
    }
}
