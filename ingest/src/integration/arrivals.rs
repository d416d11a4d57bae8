//! When deliveries came by the event hook of each tenure of an integration, and what they reached to, from all
//! replicas: each notes its own in `nightlatch.cursors`, a few seconds after.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Cursors, TopicError};
use parking_lot::Mutex;

use super::tenure::Tenure;

/// How often it is noted: within a minute people are told when nothing comes any more.
const NOTE: Duration = Duration::from_secs(5);
/// What keys begin with: then the tenure and the replica.
const ARRIVALS: &str = "arrival";
/// The same, of what deliveries reached to: under keys of its own, so that older versions go on reading the others.
const REACHED: &str = "arrival-published";
/// So far ahead of ours Okta's clock may be, in milliseconds: a time that is further ahead is not believed, or nothing
/// would be missed until then.
const AHEAD_MS: i64 = 300_000;

/// What came to this replica in a tenure. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Own {
    /// When the last delivery came, by our clock.
    received: i64,
    /// When the newest of its events was published, by Okta's.
    reached: Option<i64>,
    is_noted: bool,
}

/// The last delivery of each tenure.
#[derive(Debug)]
pub(crate) struct Arrivals {
    cursors: Cursors,
    replica: String,
    own: Mutex<BTreeMap<Tenure, Own>>,
}

impl Arrivals {
    pub(crate) fn new(cursors: Cursors, replica: &str) -> Self {
        Self {
            cursors,
            replica: replica.to_owned(),
            own: Mutex::default(),
        }
    }

    /// A delivery came and is durable, whose newest event was published then (milliseconds since 1970).
    pub(crate) fn came(&self, tenure: &Tenure, received: i64, published: Option<i64>) {
        let reached = published.map(|at| at.min(received.saturating_add(AHEAD_MS)));
        let mut own = self.own.lock();
        let Some(last) = own.get_mut(tenure) else {
            let first = Own {
                received,
                reached,
                is_noted: false,
            };
            own.insert(tenure.clone(), first);
            return;
        };
        let came = Own {
            received: last.received.max(received),
            reached: last.reached.max(reached),
            is_noted: last.is_noted,
        };
        if came != *last {
            *last = Own {
                is_noted: false,
                ..came
            };
        }
    }

    /// When the last one came, as far as is known here.
    pub(crate) fn last(&self, tenure: &Tenure) -> Option<Timestamp> {
        let own = self.own.lock().get(tenure).map(|own| own.received);
        self.newest(ARRIVALS, tenure, own)
    }

    /// When the newest event was published that came, by Okta's clock, as far as is known here.
    pub(crate) fn reached(&self, tenure: &Tenure) -> Option<Timestamp> {
        let own = self.own.lock().get(tenure).and_then(|own| own.reached);
        self.newest(REACHED, tenure, own)
    }

    /// The newest time under such keys, and of our own.
    fn newest(&self, keys: &str, tenure: &Tenure, own: Option<i64>) -> Option<Timestamp> {
        let prefix = format!("{keys}/{tenure}/");
        let noted = self.cursors.under(prefix.as_bytes()).into_iter();
        let noted = noted.filter_map(|(_, value)| std::str::from_utf8(&value).ok()?.parse().ok());
        let newest = noted.chain(own).max()?;
        Timestamp::from_millisecond(newest).ok()
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
        let own = self.own.lock().clone();
        let news = own.into_iter().filter(|(_, own)| !own.is_noted);
        for (tenure, news) in news {
            if let Err(error) = self.put(&tenure, news).await {
                tracing::warn!(%tenure, %error, "when a delivery came could not be noted");
                return;
            }
            if let Some(own) = self.own.lock().get_mut(&tenure)
                && *own == news
            {
                own.is_noted = true;
            }
        }
    }

    async fn put(&self, tenure: &Tenure, own: Own) -> Result<(), TopicError> {
        let times = [(ARRIVALS, Some(own.received)), (REACHED, own.reached)];
        for (keys, time) in times {
            if let Some(time) = time {
                let key = format!("{keys}/{tenure}/{}", self.replica);
                self.cursors
                    .put(key.as_bytes(), time.to_string().into())
                    .await?;
            }
        }
        Ok(())
    }

    /// Forgets a tenure that is over.
    pub(crate) async fn end(&self, tenure: &Tenure) {
        self.own.lock().remove(tenure);
        for keys in [ARRIVALS, REACHED] {
            let prefix = format!("{keys}/{tenure}/");
            for key in self.cursors.under(prefix.as_bytes()).into_keys() {
                if let Err(error) = self.cursors.delete(&key).await {
                    tracing::warn!(%tenure, %error, "when deliveries came could not be forgotten");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nightlatch_chassis::metrics::Metrics;
    use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
    use nightlatch_schemas::topics::CURSORS;

    use super::*;

    /// In milliseconds since 1970.
    const RECEIVED: i64 = 1_800_000_000_000;

    fn log(folder: &std::path::Path) -> Log {
        let topic = TopicSpec {
            name: CURSORS,
            partitions: 1,
            retention: None,
            compacted: true,
        };
        let options = LocalOptions {
            topics: vec![topic],
            ..LocalOptions::default()
        };
        let metrics = TopicMetrics::new(&Metrics::new().unwrap()).unwrap();
        Log::local(folder, options, metrics).unwrap()
    }

    fn told(arrivals: &Arrivals, tenure: &Tenure) -> [Option<i64>; 2] {
        let told = [arrivals.last(tenure), arrivals.reached(tenure)];
        told.map(|at| at.map(Timestamp::as_millisecond))
    }

    #[tokio::test]
    async fn what_came_is_told_by_both_clocks_on_every_replica_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let one = Arrivals::new(log.cursors(CURSORS).await.unwrap(), "one");
        let tenure = Tenure::of("1", None);
        assert_eq!(told(&one, &tenure), [None, None]);

        // Okta's clock is ahead of ours; what is delivered late changes nothing.
        one.came(&tenure, RECEIVED, Some(RECEIVED + 5_000));
        one.came(&tenure, RECEIVED, Some(RECEIVED - 60_000));
        one.came(&tenure, RECEIVED, None);
        let known = [Some(RECEIVED), Some(RECEIVED + 5_000)];
        assert_eq!(told(&one, &tenure), known);

        one.note().await;
        let cursors = log.cursors(CURSORS).await.unwrap();
        cursors.catch_up().await.unwrap();
        let another = Arrivals::new(cursors, "another");
        assert_eq!(told(&another, &tenure), known);

        one.end(&tenure).await;
        assert_eq!(told(&one, &tenure), [None, None]);
    }

    #[tokio::test]
    async fn a_time_that_is_far_ahead_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let cursors = log(folder.path()).cursors(CURSORS).await.unwrap();
        let arrivals = Arrivals::new(cursors, "one");
        let tenure = Tenure::of("1", None);
        arrivals.came(&tenure, RECEIVED, Some(i64::MAX));
        let told = told(&arrivals, &tenure);
        assert_eq!(told, [Some(RECEIVED), Some(RECEIVED + AHEAD_MS)]);
    }
}
