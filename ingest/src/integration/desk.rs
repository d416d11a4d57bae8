//! Where integrations are worked on: what is set is changed here, by people and by ourselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::{Author, entity_tag};
use nightlatch_chassis::settings::{SettingsError, Version, Written};
use nightlatch_chassis::topic::{Membership, TopicError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::activity::Activity;
use super::arrivals::Arrivals;
use super::connection::Connections;
use super::deliveries::Deliveries;
use super::directory::{Directory, Entry, Origin, Table};
use super::settings::{HookSecret, IntegrationSettings};
use super::trouble::Trouble;
use super::watch::Observations;
use crate::reconcile::standing::Standings;

/// How long the settings log may take to take a change.
const WRITE: Duration = Duration::from_secs(10);
/// How often a change of ours is made anew when somebody else was faster.
const TRIES: usize = 5;
/// Who writes what no person does.
const OURSELVES: &str = "nightlatch";

/// What integrations are worked on with.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) directory: Arc<Directory>,
    pub(crate) connections: Connections,
    pub(crate) activity: Arc<Activity>,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) observations: Observations,
    /// Where the walks along the System Logs stand.
    pub(crate) standings: Standings,
    /// Which integrations this replica looks after.
    pub(crate) membership: Membership,
    /// Where Okta reaches the hook listener, without a slash at its end; empty: not known.
    pub(crate) public_url: String,
    /// How seldom a quiet System Log is looked at.
    pub(crate) log_poll: Duration,
    pub(crate) turns: Turns,
}

/// Whose turn it is to change the hook of an integration at Okta: two at a time would make two hooks.
#[derive(Debug, Default)]
pub(crate) struct Turns(parking_lot::Mutex<BTreeMap<String, Arc<Mutex<()>>>>);

impl Turns {
    /// Waits for one's turn, which lasts until what this returns is dropped.
    pub(crate) async fn take(&self, id: &str) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(self.0.lock().entry(id.to_owned()).or_default());
        turn.lock_owned().await
    }
}

/// An integration that can be changed, as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) version: Version,
    pub(crate) settings: IntegrationSettings,
}

impl Desk {
    /// Whether this replica looks after an integration, as of now: reads its System Log, watches its
    /// hook.
    pub(crate) fn owns(&self, id: &str) -> bool {
        self.membership.holds(id.as_bytes())
    }

    /// The integrations as of now.
    pub(crate) async fn table(&self) -> Result<Arc<Table>, Problem> {
        self.directory.proved().await.ok_or_else(|| {
            let detail = "the settings log of integrations does not answer; try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })
    }

    /// An integration as of now.
    pub(crate) async fn entry(&self, id: &str) -> Result<Entry, Problem> {
        let table = self.table().await?;
        table.entries.get(id).cloned().ok_or_else(|| unknown(id))
    }

    /// An integration that may be changed, as of now.
    pub(crate) async fn current(&self, id: &str) -> Result<Current, Problem> {
        let entry = self.entry(id).await?;
        let Origin::Settings(set) = entry.origin else {
            return Err(owned_by_file(&entry.name));
        };
        match set.settings {
            Ok(settings) => Ok(Current {
                version: set.version,
                settings,
            }),
            Err(problem) => Err(Problem::new(StatusCode::CONFLICT, problem)),
        }
    }

    /// The same, if it is what the writer has seen.
    pub(crate) async fn seen(&self, id: &str, seen: Option<Version>) -> Result<Current, Problem> {
        let current = self.current(id).await?;
        if Some(current.version) == seen {
            Ok(current)
        } else {
            Err(changed_since(Some(current.version)))
        }
    }

    /// Sets an integration, or forgets it, if it is still what the writer has seen.
    pub(crate) async fn write(
        &self,
        id: &str,
        seen: Option<Version>,
        settings: Option<&IntegrationSettings>,
        author: Author,
    ) -> Result<Written, Problem> {
        let writing = self.directory.store().write(id, seen, settings, author);
        match tokio::time::timeout(WRITE, writing).await {
            Ok(Ok(written)) => Ok(written),
            Ok(Err(error)) => Err(unreachable(&error)),
            Err(_) => {
                let detail = "the settings log of integrations does not answer; look whether the \
                              change counts before you try again";
                Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
            }
        }
    }

    /// Changes an integration, whatever else of it is changed meanwhile; nothing is written when the
    /// change changes nothing.
    pub(crate) async fn amend(
        &self,
        id: &str,
        author: Author,
        change: impl Fn(&mut IntegrationSettings),
    ) -> Result<Current, Problem> {
        let mut latest = None;
        for _ in 0..TRIES {
            let Current {
                version,
                settings: before,
            } = self.current(id).await?;
            let mut settings = before.clone();
            change(&mut settings);
            if settings == before {
                return Ok(Current { version, settings });
            }
            let written = self.write(id, Some(version), Some(&settings), author.clone());
            match written.await? {
                Written::Won { version } => return Ok(Current { version, settings }),
                Written::Lost { current } => latest = current.map(|object| object.version),
            }
        }
        Err(changed_since(latest))
    }

    /// Notes which hook at Okta is ours, unless another one was noted since `seen` was, and returns the
    /// id of the one that is: what the log has first counts, for all replicas.
    pub(crate) async fn note_hook(
        &self,
        id: &str,
        seen: Option<&str>,
        okta_id: &str,
    ) -> Result<String, Trouble> {
        let change = |settings: &mut IntegrationSettings| {
            if settings.hook.okta_id.as_deref() == seen {
                settings.hook.okta_id = Some(okta_id.to_owned());
            }
        };
        let noted = self.note(id, "the event hook is at Okta", change).await?;
        Ok(noted.hook.okta_id.unwrap_or_else(|| okta_id.to_owned()))
    }

    /// Notes that Okta has verified the hook with the secret that was set then. When another one was
    /// set meanwhile, that one is still to be verified.
    pub(crate) async fn note_verified(&self, id: &str, set: Timestamp) -> Result<(), Trouble> {
        let now = Timestamp::now();
        let change = |settings: &mut IntegrationSettings| {
            let newest = settings.hook.newest();
            let is_it = |secret: &HookSecret| secret.verified.is_none() && secret.secret.set == set;
            if newest.is_some_and(is_it) {
                settings.hook.verified(now);
            }
        };
        let noted = self.note(id, "Okta has verified the event hook", change);
        noted.await.map(drop)
    }

    async fn note(
        &self,
        id: &str,
        why: &str,
        change: impl Fn(&mut IntegrationSettings),
    ) -> Result<IntegrationSettings, Trouble> {
        let author = Author {
            who: OURSELVES.to_owned(),
            why: why.to_owned(),
        };
        let noted = self.amend(id, author, change).await;
        noted.map(|current| current.settings).map_err(|problem| {
            tracing::warn!(
                integration = id,
                ?problem,
                "what Okta has could not be noted"
            );
            let sentence = "What was done at Okta could not be noted here.";
            Trouble::new(sentence, "Validate the integration again.")
        })
    }
}

/// There is no such integration.
pub(crate) fn unknown(id: &str) -> Problem {
    let detail = format!("there is no integration {id:?}; GET /api/v1/integrations lists them");
    Problem::new(StatusCode::NOT_FOUND, detail)
}

fn owned_by_file(name: &str) -> Problem {
    let detail = format!("the configuration file owns the integration {name:?}: change it there");
    Problem::new(StatusCode::FORBIDDEN, detail).of_type("owned-by-file", "Owned by a file")
}

/// Somebody else was faster.
pub(crate) fn changed_since(current: Option<Version>) -> Problem {
    let detail = "somebody else has changed the integration since; look at it, and decide anew";
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .of_type("changed-since", "Changed since")
        .with("current", entity_tag(current))
}

/// The settings log is out of reach.
fn unreachable(error: &SettingsError) -> Problem {
    if let SettingsError::Topic(TopicError::TooLarge { .. }) | SettingsError::BadId(_) = error {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string());
    }
    tracing::error!(%error, "the settings log of integrations is out of reach");
    let detail = format!("the settings log of integrations is out of reach: {error}");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}
