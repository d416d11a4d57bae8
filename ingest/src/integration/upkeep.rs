//! Keeps the event hook at Okta as it shall be.

use std::time::Duration;

use super::desk::Desk;
use super::settings::IntegrationSettings;
use super::subscription::{Removed, Subscription, remove};
use super::trouble::Trouble;
use crate::okta::{EventHook, Okta, OktaError, Problem};

/// How long Okta may take for all of it: it verifies within 7 s.
const UPKEEP: Duration = Duration::from_mins(1);
/// How long it may take to remove a hook: less than callers wait for an answer.
const REMOVAL: Duration = Duration::from_secs(20);

impl Desk {
    /// Brings the hook at Okta up to date and has it verified where it is not.
    pub(crate) async fn renew_hook(&self, id: &str) -> Result<(), Trouble> {
        within(self.renew(id)).await
    }

    async fn renew(&self, id: &str) -> Result<(), Trouble> {
        let _turn = self.turns.take(id).await;
        let settings = self.current(id).await.map_err(|_| unreadable())?.settings;
        // Whoever asked may not know of the pause yet.
        if settings.paused.is_some() {
            return Ok(());
        }
        let okta = self.connections.of(id, &settings)?;
        let store = self.directory.store();
        let wanted = Subscription::of(id, &settings, store, &self.public_url)?;
        let hooks = okta.event_hooks().await?;
        wanted.fits(&hooks)?;
        let hook = self.establish_hook(id, &okta, &wanted, &hooks).await?;
        // Also when Okta has not asked for it: a secret that was replaced is not known to be there.
        if !hook.is_verified || !wanted.has_secret() {
            okta.verify_event_hook(&hook.id).await?;
        }
        self.note_verified(id, wanted.secret_set()).await
    }

    /// Makes the hook at Okta or brings it up to date, and notes its id. Replicas that do so at a time
    /// may each make one: that which is noted first stays, the others are deleted.
    pub(crate) async fn establish_hook(
        &self,
        id: &str,
        okta: &Okta,
        wanted: &Subscription,
        hooks: &[EventHook],
    ) -> Result<EventHook, Trouble> {
        let hook = wanted.establish(okta, wanted.among(hooks)).await?;
        let ours = self.note_hook(id, wanted.okta_id(), &hook.id).await?;
        for stray in wanted.strays(hooks, &hook, &ours) {
            tracing::info!(
                integration = id,
                hook = stray,
                "a second event hook of ours is removed"
            );
            remove(okta, stray).await?;
        }
        if ours == hook.id {
            return Ok(hook);
        }
        Ok(okta.event_hook(&ours).await?)
    }

    /// Switches the hook at Okta off. The caller has its turn, so that nobody brings the hook up to date
    /// meanwhile.
    pub(crate) async fn rest_hook(&self, id: &str) -> Result<(), Trouble> {
        let settings = self.current(id).await.map_err(|_| unreadable())?.settings;
        let Some(hook) = &settings.hook.okta_id else {
            return Ok(());
        };
        let okta = self.connections.of(id, &settings)?;
        within(async { Ok(rest(&okta, hook).await?) }).await
    }

    /// Switches the hook of a paused integration off that is switched on all the same: Okta could not be
    /// asked when it was paused, or another replica brought it up to date just then.
    pub(crate) async fn keep_resting(&self, id: &str, settings: &IntegrationSettings, hook: &str) {
        let resting = async {
            let okta = self.connections.of(id, settings)?;
            let is_active = match okta.event_hook(hook).await {
                Err(error) if *error.problem() == Problem::NotFound => false,
                found => found?.is_active,
            };
            let _turn = self.turns.take(id).await;
            let now = self.current(id).await.map_err(|_| unreadable())?.settings;
            if is_active && now.paused.is_some() {
                tracing::info!(
                    integration = id,
                    "the hook of a paused integration is switched off"
                );
                self.rest_hook(id).await?;
            }
            Ok::<_, Trouble>(())
        };
        if let Err(trouble) = resting.await {
            let problem = trouble.sentence;
            tracing::warn!(
                integration = id,
                problem,
                "the hook of a paused integration may be on"
            );
        }
    }

    /// Removes the hook at Okta; one that is left there finds nobody who listens.
    pub(crate) async fn remove_hook(
        &self,
        id: &str,
        settings: &IntegrationSettings,
    ) -> Result<Removed, Trouble> {
        let removed = tokio::time::timeout(REMOVAL, self.remove_all(id, settings)).await;
        let problem = match removed {
            Ok(Ok(removed)) => return Ok(removed),
            Ok(Err(problem)) => problem,
            Err(_) => Trouble::new("Okta did not answer in time.", ""),
        };
        let hook = match &settings.hook.okta_id {
            Some(hook) => format!("The event hook {hook} is still"),
            None => "An event hook of ours may still be".to_owned(),
        };
        let sentence = format!("{hook} at {}: {}", settings.domain, problem.sentence);
        let remedy = "Deactivate and delete it in Okta's admin console (Workflow > Event Hooks).";
        Err(Trouble {
            sentence,
            remedy: remedy.to_owned(),
            ..problem
        })
    }

    async fn remove_all(
        &self,
        id: &str,
        settings: &IntegrationSettings,
    ) -> Result<Removed, Trouble> {
        let mut removed = Removed::Missing;
        if let Some(hook) = &settings.hook.okta_id {
            let okta = self.connections.of(id, settings)?;
            removed = remove(&okta, hook).await?;
        }
        if removed == Removed::Deleted {
            return Ok(removed);
        }
        // Okta may have made one though its answer never came.
        for (okta, hook) in self.unnoted(id, settings).await.unwrap_or_default() {
            remove(&okta, &hook).await?;
            removed = Removed::Deleted;
        }
        Ok(removed)
    }

    /// Hooks that lead to the integration. One whose org can't be asked has none, as far as is known: most such
    /// integrations never came so far.
    async fn unnoted(
        &self,
        id: &str,
        settings: &IntegrationSettings,
    ) -> Result<Vec<(Okta, String)>, Trouble> {
        let okta = self.connections.of(id, settings)?;
        let store = self.directory.store();
        let wanted = Subscription::of(id, settings, store, &self.public_url)?;
        let hooks = okta.event_hooks().await?;
        let ours = wanted.all_among(&hooks);
        Ok(ours.map(|hook| (okta.clone(), hook.id.clone())).collect())
    }
}

async fn rest(okta: &Okta, hook: &str) -> Result<(), OktaError> {
    match okta.deactivate_event_hook(hook).await {
        Err(error) if *error.problem() == Problem::NotFound => Ok(()),
        rested => rested.map(drop),
    }
}

async fn within(work: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
    let done = tokio::time::timeout(UPKEEP, work).await;
    done.unwrap_or_else(|_| {
        let sentence = "Okta did not answer in time.";
        Err(Trouble::new(sentence, "Validate the integration."))
    })
}

fn unreadable() -> Trouble {
    let sentence = "What is set of the integration can't be read just now.";
    Trouble::new(sentence, "Validate the integration.")
}
