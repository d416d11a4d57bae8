//! When deliveries came by the event hook of each tenure of an integration, from all replicas: each notes its own in
//! `nightlatch.cursors`, a few seconds after.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Cursors;
use parking_lot::Mutex;

use super::tenure::Tenure;

/// How often it is noted: within a minute people are told when nothing comes any more.
const NOTE: Duration = Duration::from_secs(5);
/// What keys begin with: then the tenure and the replica.
const ARRIVALS: &str = "arrival";

/// The last delivery of each tenure.
#[derive(Debug)]
pub(crate) struct Arrivals {
    cursors: Cursors,
    replica: String,
    /// In milliseconds since 1970, with whether that is noted.
    own: Mutex<BTreeMap<Tenure, (i64, bool)>>,
}

impl Arrivals {
    pub(crate) fn new(cursors: Cursors, replica: &str) -> Self {
        Self {
            cursors,
            replica: replica.to_owned(),
            own: Mutex::default(),
        }
    }

    /// A delivery came (milliseconds since 1970) and is durable.
    pub(crate) fn came(&self, tenure: &Tenure, received: i64) {
        let mut own = self.own.lock();
        match own.get_mut(tenure) {
            Some((last, is_noted)) if *last < received => {
                (*last, *is_noted) = (received, false);
            }
            Some(_) => {}
            None => {
                own.insert(tenure.clone(), (received, false));
            }
        }
    }

    /// When the last one came, as far as is known here.
    pub(crate) fn last(&self, tenure: &Tenure) -> Option<Timestamp> {
        let own = self.own.lock().get(tenure).map(|(last, _)| *last);
        let prefix = format!("{ARRIVALS}/{tenure}/");
        let noted = self.cursors.under(prefix.as_bytes()).into_iter();
        let noted = noted.filter_map(|(_, value)| std::str::from_utf8(&value).ok()?.parse().ok());
        let last = noted.chain(own).max()?;
        Timestamp::from_millisecond(last).ok()
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
        let news = own.into_iter().filter(|(_, (_, is_noted))| !is_noted);
        for (tenure, (last, _)) in news {
            let key = format!("{ARRIVALS}/{tenure}/{}", self.replica);
            if let Err(error) = self
                .cursors
                .put(key.as_bytes(), last.to_string().into())
                .await
            {
                tracing::warn!(%tenure, %error, "when a delivery came could not be noted");
                return;
            }
            if let Some(noted) = self.own.lock().get_mut(&tenure)
                && noted.0 == last
            {
                noted.1 = true;
            }
        }
    }

    /// Forgets a tenure that is over.
    pub(crate) async fn end(&self, tenure: &Tenure) {
        self.own.lock().remove(tenure);
        let prefix = format!("{ARRIVALS}/{tenure}/");
        for key in self.cursors.under(prefix.as_bytes()).into_keys() {
            if let Err(error) = self.cursors.delete(&key).await {
                tracing::warn!(%tenure, %error, "when deliveries came could not be forgotten");
            }
        }
    }
}
