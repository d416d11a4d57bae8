//! Watches the event hooks at Okta: one that was switched off, changed, deleted or that Okta wants
//! verified anew delivers nothing, and nobody there says so.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Cursors;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::settings::IntegrationSettings;
use super::subscription::Subscription;
use super::trouble::Trouble;
use crate::okta::{EventHook, Problem};

/// What keys of `nightlatch.cursors` begin with; then the integration.
const HOOK: &str = "hook";

/// What the owner of an integration saw of its hook last. Kept in `nightlatch.cursors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Observation {
    /// Since when it is so.
    pub(crate) since: Timestamp,
    /// Whether it is switched on; none: Okta could not be asked yet.
    pub(crate) is_active: Option<bool>,
    /// Whether Okta has verified it; none as well.
    pub(crate) is_verified: Option<bool>,
    /// What is wrong, and could not be mended.
    pub(crate) trouble: Option<Trouble>,
}

impl Observation {
    /// A hook as Okta has it; nothing is wrong.
    pub(crate) fn of(hook: &EventHook) -> Self {
        Self {
            is_active: Some(hook.is_active),
            is_verified: Some(hook.is_verified),
            ..unseen()
        }
    }
}

/// What was seen of all hooks. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Observations(Cursors);

impl Observations {
    pub(crate) const fn new(cursors: Cursors) -> Self {
        Self(cursors)
    }

    /// What was seen of a hook last.
    pub(crate) fn get(&self, id: &str) -> Option<Observation> {
        let value = self.0.get(&key(id))?;
        serde_json::from_slice(&value).ok()
    }

    /// Notes what was seen, when it is news.
    pub(crate) async fn note(&self, id: &str, mut seen: Observation) {
        if let Some(last) = self.get(id) {
            seen.since = last.since;
            if seen == last {
                return;
            }
            seen.since = Timestamp::now();
        }
        let value = serde_json::to_vec(&seen).unwrap_or_default();
        if let Err(error) = self.0.put(&key(id), value).await {
            tracing::warn!(integration = id, %error, "the state of a hook could not be noted");
        }
    }

    /// Forgets what was seen of an integration that is no more.
    pub(crate) async fn forget(&self, id: &str) {
        if let Err(error) = self.0.delete(&key(id)).await {
            tracing::warn!(integration = id, %error, "the state of a hook could not be forgotten");
        }
    }
}

fn key(id: &str) -> Vec<u8> {
    format!("{HOOK}/{id}").into_bytes()
}

/// Looks at the hooks, each once in an `interval`, until the stop begins.
pub(crate) async fn run(desk: Arc<Desk>, interval: Duration, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(interval) => {}
        }
        let ids: Vec<String> = desk.directory.table().entries.keys().cloned().collect();
        for id in &ids {
            // As it is now: looking at the others may have taken a while.
            let table = desk.directory.table();
            let entry = table.entries.get(id).filter(|_| desk.owns(id));
            let Some(settings) = entry.and_then(|entry| entry.settings()) else {
                continue;
            };
            tokio::select! {
                () = shutdown.begun() => return,
                () = desk.look(id, settings) => {}
            }
        }
    }
}

impl Desk {
    /// Looks at the hook of an integration and mends it where it can be mended.
    pub(crate) async fn look(&self, id: &str, settings: &IntegrationSettings) {
        let Some(hook) = &settings.hook.okta_id else {
            return;
        };
        if settings.paused.is_some() {
            return self.keep_resting(id, settings, hook).await;
        }
        let seen = match self.state(id, settings, hook).await {
            Ok(seen) => seen,
            Err(trouble) => Observation {
                trouble: Some(trouble),
                ..self.observations.get(id).unwrap_or_else(unseen)
            },
        };
        if let Some(trouble) = &seen.trouble {
            let problem = &trouble.sentence;
            tracing::warn!(
                integration = settings.name,
                problem,
                "an event hook is not right"
            );
        }
        self.observations.note(id, seen).await;
    }

    async fn state(
        &self,
        id: &str,
        settings: &IntegrationSettings,
        hook: &str,
    ) -> Result<Observation, Trouble> {
        let okta = self.connections.of(id, settings)?;
        let store = self.directory.store();
        let wanted = Subscription::of(id, settings, store, &self.public_url)?;
        let found = match okta.event_hook(hook).await {
            Err(error) if *error.problem() == Problem::NotFound => None,
            found => Some(found?),
        };
        let is_right = |hook: &&EventHook| hook.is_verified && wanted.is_current(hook);
        if let Some(right) = found.as_ref().filter(is_right) {
            return Ok(Observation::of(right));
        }
        tracing::info!(
            integration = settings.name,
            "an event hook is mended at okta"
        );
        if let Err(trouble) = self.renew_hook(id).await {
            // One that is not there is neither.
            return Ok(Observation {
                is_active: Some(found.as_ref().is_some_and(|hook| hook.is_active)),
                is_verified: Some(found.as_ref().is_some_and(|hook| hook.is_verified)),
                trouble: Some(trouble),
                ..unseen()
            });
        }
        Ok(Observation {
            is_active: Some(true),
            is_verified: Some(true),
            ..unseen()
        })
    }
}

/// Nothing is known of the hook: that Okta could not be asked once says nothing of it.
fn unseen() -> Observation {
    Observation {
        since: Timestamp::now(),
        is_active: None,
        is_verified: None,
        trouble: None,
    }
}
