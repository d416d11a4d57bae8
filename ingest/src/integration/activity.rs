//! What has come in: per tenure of an integration and event type when the last one came and how many in each hour.
//!
//! Each replica counts what it took itself, and writes that to `nightlatch.cursors` once a minute: a
//! record an hour, and one for the times before. Who asks gets the sum of all replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Cursors, TopicError};
use nightlatch_schemas::Origin;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::tenure::Tenure;

/// How often what was counted is written.
const WRITE: Duration = Duration::from_mins(1);
const HOUR_MS: i64 = 3_600_000;
/// Hours that are kept: those that began within the last day, and the one now.
const HOURS: i64 = 25;
/// Hours that are counted and shown: the one now is the last.
const HOURS_COUNTED: i64 = 24;
const HOURS_SHOWN: usize = 24;
/// What keys begin with: then the tenure, the replica, and the hour or [`BEFORE`].
const ACTIVITY: &str = "activity";
/// The record of when each type was last seen, whatever the hour.
const BEFORE: &str = "before";
/// Okta has 1,274 event types; what is kept must stay bounded whatever a sender sends.
const MAX_TYPES: usize = 1500;
const MAX_TYPE_BYTES: usize = 128;
/// What all others are counted as.
const OTHER: &str = "other";
/// What events without a type are counted as.
const NONE: &str = "none";

/// What has come in.
#[derive(Debug)]
pub(crate) struct Activity {
    cursors: Cursors,
    replica: String,
    counted: Mutex<Counted>,
}

/// What this replica took.
#[derive(Debug, Default)]
struct Counted {
    /// By tenure and hour (hours since 1970).
    hours: BTreeMap<(String, i64), Hour>,
    /// By tenure and type: when the last one came, in milliseconds since 1970.
    seen: BTreeMap<String, BTreeMap<String, i64>>,
    /// Hours that have to be written.
    unwritten: BTreeSet<(String, i64)>,
}

/// What came in an hour, by type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Hour(BTreeMap<String, Tally>);

/// How an event came from Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Hook,
    SystemLog,
}

impl Way {
    /// None: Okta did not send it.
    pub(crate) const fn of(origin: Origin) -> Option<Self> {
        match origin {
            Origin::Hook => Some(Self::Hook),
            Origin::Poll => Some(Self::SystemLog),
            _ => None,
        }
    }
}

/// How many came in an hour, and when the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    count: u64,
    last: i64,
    /// How many of them came by the hook.
    #[serde(default)]
    hooked: u64,
}

impl Tally {
    /// When the last one came is all that is known.
    const fn seen(last: i64) -> Self {
        Self {
            count: 0,
            last,
            hooked: 0,
        }
    }
}

/// What is known of an event type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TypeActivity {
    /// When the last one came, in milliseconds since 1970.
    pub(crate) last_seen: i64,
    /// How many came in the last 24 hours, to the hour.
    pub(crate) count: u64,
    /// How many of them came by the hook.
    pub(crate) hooked: u64,
}

impl Activity {
    /// Goes on with what this replica has written.
    pub(crate) fn new(cursors: Cursors, replica: &str) -> Self {
        let activity = Self {
            cursors,
            replica: replica.to_owned(),
            counted: Mutex::default(),
        };
        activity.resume();
        activity
    }

    fn resume(&self) {
        let mut counted = self.counted.lock();
        for (key, value) in self.cursors.all() {
            let Some(Key {
                tenure,
                replica,
                hour,
            }) = Key::read(&key)
            else {
                continue;
            };
            if replica != self.replica {
                continue;
            }
            if let Some(hour) = hour {
                let read = serde_json::from_slice(&value).unwrap_or_default();
                counted.hours.insert((tenure, hour), read);
            } else {
                let read = serde_json::from_slice(&value).unwrap_or_default();
                counted.seen.insert(tenure, read);
            }
        }
    }

    /// Counts an event that came at a time (milliseconds since 1970).
    pub(crate) fn count(&self, tenure: &Tenure, event_type: Option<&str>, way: Way, received: i64) {
        let hour = (tenure.as_str().to_owned(), received.div_euclid(HOUR_MS));
        let mut counted = self.counted.lock();
        let types = &mut counted.hours.entry(hour.clone()).or_default().0;
        let mut name = event_type.unwrap_or(NONE);
        let is_known = types.contains_key(name);
        if !is_known && (types.len() >= MAX_TYPES || !is_type(name)) {
            name = OTHER;
        }
        let tally = match types.get_mut(name) {
            Some(tally) => tally,
            None => types.entry(name.to_owned()).or_default(),
        };
        tally.count += 1;
        tally.hooked += u64::from(way == Way::Hook);
        tally.last = tally.last.max(received);
        if !counted.unwritten.contains(&hour) {
            counted.unwritten.insert(hour);
        }
    }

    /// When the last event of an integration came.
    pub(crate) fn last_event(&self, tenure: &Tenure) -> Option<Timestamp> {
        let types = self.of(tenure);
        let last = types.values().map(|activity| activity.last_seen).max()?;
        Timestamp::from_millisecond(last).ok()
    }

    /// How many events of an integration came in each of the last 24 hours, the one now at the end.
    pub(crate) fn by_hour(&self, tenure: &Tenure) -> Vec<u64> {
        let now = Timestamp::now().as_millisecond().div_euclid(HOUR_MS);
        let mut hours = vec![0; HOURS_SHOWN];
        let mut add = |hour: i64, Hour(tallies): &Hour| {
            let back = usize::try_from(now - hour).ok();
            let place = back.and_then(|back| HOURS_SHOWN.checked_sub(back + 1));
            if let Some(count) = place.and_then(|place| hours.get_mut(place)) {
                *count += tallies.values().map(|tally| tally.count).sum::<u64>();
            }
        };
        let prefix = format!("{ACTIVITY}/{tenure}/");
        for (key, value) in self.cursors.under(prefix.as_bytes()) {
            let of_others = Key::read(&key).filter(|key| key.replica != self.replica);
            if let Some(hour) = of_others.and_then(|key| key.hour) {
                add(hour, &serde_json::from_slice(&value).unwrap_or_default());
            }
        }
        for ((of, hour), tallies) in &self.counted.lock().hours {
            if of == tenure.as_str() {
                add(*hour, tallies);
            }
        }
        hours
    }

    /// What is known of each event type of an integration that has come.
    pub(crate) fn of(&self, tenure: &Tenure) -> BTreeMap<String, TypeActivity> {
        let now = Timestamp::now().as_millisecond().div_euclid(HOUR_MS);
        let mut types: BTreeMap<String, TypeActivity> = BTreeMap::new();
        let mut add = |hour: Option<i64>, name: &str, tally: Tally| {
            let of_type = types.entry(name.to_owned()).or_default();
            of_type.last_seen = of_type.last_seen.max(tally.last);
            if hour.is_some_and(|hour| hour > now - HOURS_COUNTED) {
                of_type.count += tally.count;
                of_type.hooked += tally.hooked;
            }
        };
        for (key, value) in self.cursors.all() {
            let Some(key) = Key::read(&key) else { continue };
            if key.tenure != tenure.as_str() || key.replica == self.replica {
                continue;
            }
            if key.hour.is_some() {
                let Hour(tallies) = serde_json::from_slice(&value).unwrap_or_default();
                for (name, tally) in tallies {
                    add(key.hour, &name, tally);
                }
            } else {
                let seen: BTreeMap<String, i64> =
                    serde_json::from_slice(&value).unwrap_or_default();
                for (name, last) in seen {
                    add(None, &name, Tally::seen(last));
                }
            }
        }
        let counted = self.counted.lock();
        for ((of, hour), Hour(tallies)) in &counted.hours {
            if of == tenure.as_str() {
                for (name, tally) in tallies {
                    add(Some(*hour), name, *tally);
                }
            }
        }
        for (name, last) in counted.seen.get(tenure.as_str()).into_iter().flatten() {
            add(None, name, Tally::seen(*last));
        }
        types
    }

    /// Writes what was counted once a minute, and when the stop begins.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        loop {
            let is_end = tokio::select! {
                () = shutdown.begun() => true,
                () = tokio::time::sleep(WRITE) => false,
            };
            if let Err(error) = self.write().await {
                tracing::warn!(%error, "what came in could not be noted, it is tried again");
            }
            if is_end {
                return;
            }
        }
    }

    /// Writes what was counted since the last time, and forgets what is too old.
    pub(crate) async fn write(&self) -> Result<(), TopicError> {
        let unwritten = std::mem::take(&mut self.counted.lock().unwritten);
        for (at, hour) in unwritten.iter().enumerate() {
            let value = self.counted.lock().hours.get(hour).map(encoded);
            let key = self.key(&hour.0, Some(hour.1));
            if let Some(value) = value
                && let Err(error) = self.cursors.put(&key, value).await
            {
                let left = unwritten.iter().skip(at).cloned();
                self.counted.lock().unwritten.extend(left);
                return Err(error);
            }
        }
        self.forget().await
    }

    /// Keeps of hours that are over only when each type was seen.
    async fn forget(&self) -> Result<(), TopicError> {
        let now = Timestamp::now().as_millisecond().div_euclid(HOUR_MS);
        let old: Vec<(String, i64)> = {
            let counted = self.counted.lock();
            let keys = counted.hours.keys();
            keys.filter(|(_, hour)| *hour <= now - HOURS)
                .cloned()
                .collect()
        };
        for hour in old {
            let seen = {
                let mut counted = self.counted.lock();
                let Hour(tallies) = counted.hours.remove(&hour).unwrap_or_default();
                let seen = counted.seen.entry(hour.0.clone()).or_default();
                for (name, tally) in tallies {
                    let last = seen.entry(name).or_default();
                    *last = tally.last.max(*last);
                }
                encoded(seen)
            };
            self.cursors.put(&self.key(&hour.0, None), seen).await?;
            let key = self.key(&hour.0, Some(hour.1));
            self.cursors.delete(&key).await?;
        }
        Ok(())
    }

    /// Forgets what came in a tenure that is over. Other replicas may count it on; nobody asks for it.
    pub(crate) async fn end(&self, tenure: &Tenure) {
        {
            let mut counted = self.counted.lock();
            counted.hours.retain(|(of, _), _| of != tenure.as_str());
            counted.unwritten.retain(|(of, _)| of != tenure.as_str());
            counted.seen.remove(tenure.as_str());
        }
        let prefix = format!("{ACTIVITY}/{tenure}/");
        for key in self.cursors.under(prefix.as_bytes()).into_keys() {
            if let Err(error) = self.cursors.delete(&key).await {
                tracing::warn!(%tenure, %error, "what came in could not be forgotten");
            }
        }
    }

    fn key(&self, tenure: &str, hour: Option<i64>) -> Vec<u8> {
        let hour = hour.map_or_else(|| BEFORE.to_owned(), |hour| hour.to_string());
        format!("{ACTIVITY}/{tenure}/{}/{hour}", self.replica).into_bytes()
    }
}

/// A key of `nightlatch.cursors` that is ours.
struct Key {
    tenure: String,
    replica: String,
    /// None: before all hours that are kept.
    hour: Option<i64>,
}

impl Key {
    fn read(key: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(key).ok()?;
        let rest = text.strip_prefix(ACTIVITY)?.strip_prefix('/')?;
        let (tenure, rest) = rest.split_once('/')?;
        let (replica, hour) = rest.rsplit_once('/')?;
        let hour = match hour {
            BEFORE => None,
            hour => Some(hour.parse().ok()?),
        };
        Some(Self {
            tenure: tenure.to_owned(),
            replica: replica.to_owned(),
            hour,
        })
    }
}

/// Whether a text may be the name of an event type.
fn is_type(name: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= MAX_TYPE_BYTES && name.bytes().all(of_name)
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
