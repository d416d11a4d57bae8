//! The last deliveries to the event hook of each tenure of an integration and what they were answered, from all
//! replicas: each notes its own in `nightlatch.cursors`, a few seconds after.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Cursors;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::tenure::Tenure;

/// Deliveries of a tenure that are remembered.
pub(crate) const MOST: usize = 100;
/// What stands for the status of a delivery whose caller hung up before it was answered, as many servers
/// have it.
pub(crate) const HUNG_UP: u16 = 499;
/// How often what came is noted.
const NOTE: Duration = Duration::from_secs(5);
/// What keys begin with: then the tenure and the replica.
const DELIVERIES: &str = "deliveries";

/// A delivery, and what it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    /// In milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) status: u16,
    /// Its events; none is known of one that was refused.
    pub(crate) events: Option<usize>,
    /// How long the answer took.
    pub(crate) milliseconds: u64,
}

/// What came to this replica in a tenure.
#[derive(Debug, Default)]
struct Own {
    /// The oldest first.
    last: VecDeque<Received>,
    is_noted: bool,
}

/// The last deliveries of each tenure.
#[derive(Debug)]
pub(crate) struct Deliveries {
    cursors: Cursors,
    replica: String,
    own: Mutex<BTreeMap<String, Own>>,
}

impl Deliveries {
    /// Goes on with what this replica has noted.
    pub(crate) fn new(cursors: Cursors, replica: &str) -> Self {
        let mut own = BTreeMap::new();
        for (key, value) in cursors.under(format!("{DELIVERIES}/").as_bytes()) {
            let Some((tenure, of)) = read_key(&key) else {
                continue;
            };
            if of == replica {
                let last = serde_json::from_slice(&value).unwrap_or_default();
                let is_noted = true;
                own.insert(tenure.to_owned(), Own { last, is_noted });
            }
        }
        Self {
            cursors,
            replica: replica.to_owned(),
            own: Mutex::new(own),
        }
    }

    /// A delivery came and was answered.
    pub(crate) fn came(&self, tenure: &Tenure, received: Received) {
        let tenure = tenure.as_str();
        let mut all = self.own.lock();
        if !all.contains_key(tenure) {
            all.insert(tenure.to_owned(), Own::default());
        }
        if let Some(own) = all.get_mut(tenure) {
            own.last.push_back(received);
            let surplus = own.last.len().saturating_sub(MOST);
            own.last.drain(..surplus);
            own.is_noted = false;
        }
    }

    /// The last deliveries of a tenure, the newest first, as far as is known here.
    pub(crate) fn of(&self, tenure: &Tenure) -> Vec<Received> {
        let prefix = format!("{DELIVERIES}/{tenure}/");
        let of_others = self.cursors.under(prefix.as_bytes()).into_iter();
        let of_others = of_others
            .filter(|(key, _)| read_key(key).is_none_or(|(_, replica)| replica != self.replica));
        let mut all: Vec<Received> = of_others
            .flat_map(|(_, value)| {
                let noted: Vec<Received> = serde_json::from_slice(&value).unwrap_or_default();
                noted.into_iter().rev()
            })
            .collect();
        if let Some(own) = self.own.lock().get(tenure.as_str()) {
            all.extend(own.last.iter().rev());
        }
        // Stable: of the same millisecond the last one stays in front.
        all.sort_by_key(|received| std::cmp::Reverse(received.at));
        all.truncate(MOST);
        all
    }

    /// Notes what came until the stop begins.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.begun() => return self.note().await,
                () = tokio::time::sleep(NOTE) => self.note().await,
            }
        }
    }

    async fn note(&self) {
        let news: Vec<(String, Vec<u8>)> = {
            let mut own = self.own.lock();
            let news = own.iter_mut().filter(|(_, own)| !own.is_noted);
            news.map(|(tenure, own)| {
                own.is_noted = true;
                let value = serde_json::to_vec(&own.last).unwrap_or_default();
                (tenure.clone(), value)
            })
            .collect()
        };
        for (tenure, value) in news {
            let key = self.key(&tenure);
            if let Err(error) = self.cursors.put(&key, value).await {
                tracing::warn!(tenure, %error, "deliveries could not be noted, it is tried again");
                if let Some(own) = self.own.lock().get_mut(&tenure) {
                    own.is_noted = false;
                }
            }
        }
    }

    /// Forgets a tenure that is over.
    pub(crate) async fn end(&self, tenure: &Tenure) {
        self.own.lock().remove(tenure.as_str());
        let prefix = format!("{DELIVERIES}/{tenure}/");
        for key in self.cursors.under(prefix.as_bytes()).into_keys() {
            if let Err(error) = self.cursors.delete(&key).await {
                tracing::warn!(%tenure, %error, "deliveries could not be forgotten");
            }
        }
    }

    fn key(&self, tenure: &str) -> Vec<u8> {
        format!("{DELIVERIES}/{tenure}/{}", self.replica).into_bytes()
    }
}

/// The tenure and the replica of a key.
fn read_key(key: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(key).ok()?;
    let rest = text.strip_prefix(DELIVERIES)?.strip_prefix('/')?;
    rest.split_once('/')
}
