//! The event hook at Okta that belongs to an integration: made, brought up to date, verified, removed.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use nightlatch_chassis::Secret;

use super::settings::{Hook, IntegrationSettings};
use super::store::{Field, Store};
use super::trouble::Trouble;
use crate::okta::{EventHook, HookDraft, MAX_HOOKS, Okta, OktaError, Problem};

/// How many hooks are named where an org has too many.
const NAMED: usize = 10;

/// The event hook that Okta shall have.
pub(crate) struct Subscription {
    draft: HookDraft,
    okta_id: Option<String>,
    /// When the secret of the draft was set, which tells it from others.
    secret_set: Timestamp,
    /// Whether Okta is known to have it.
    has_secret: bool,
}

/// What became of a hook that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removed {
    Deleted,
    /// There was none.
    Missing,
}

impl Subscription {
    /// The hook of an integration. `public_url` is where Okta reaches this program.
    pub(crate) fn of(
        id: &str,
        settings: &IntegrationSettings,
        store: &Store,
        public_url: &str,
    ) -> Result<Self, Trouble> {
        let hook = &settings.hook;
        if public_url.is_empty() {
            return Err(no_address("validate again"));
        }
        let path_key = store.unseal(id, Field::PathKey, &hook.path_key)?;
        let newest = hook.newest().ok_or_else(no_secret)?;
        let draft = HookDraft {
            name: format!("Nightlatch: {}", settings.name),
            uri: address(public_url, &path_key),
            header: hook.header.clone(),
            secret: store.unseal(id, Field::HookSecret, &newest.secret)?,
            event_types: settings.event_types.by_hook(),
            filter: None,
        };
        Ok(Self {
            draft,
            okta_id: hook.okta_id.clone(),
            secret_set: newest.secret.set,
            has_secret: newest.verified.is_some(),
        })
    }

    /// Which of the org's hooks is ours.
    pub(crate) fn among<'h>(&self, hooks: &'h [EventHook]) -> Option<&'h EventHook> {
        let known = hooks
            .iter()
            .find(|hook| Some(&hook.id) == self.okta_id.as_ref());
        // One that was made just before we could note its id.
        known.or_else(|| hooks.iter().find(|hook| hook.uri == self.draft.uri))
    }

    /// Which of the org's hooks lead to the integration. Nobody but us knows the address.
    pub(crate) fn all_among<'h>(
        &self,
        hooks: &'h [EventHook],
    ) -> impl Iterator<Item = &'h EventHook> {
        hooks.iter().filter(|hook| hook.uri == self.draft.uri)
    }

    /// Which hooks lead to the integration, too, and are not `ours`: among those that the org had, and the
    /// one that is there now.
    pub(crate) fn strays<'h>(
        &self,
        hooks: &'h [EventHook],
        now: &'h EventHook,
        ours: &str,
    ) -> BTreeSet<&'h str> {
        let all = hooks.iter().chain([now]);
        let strays = all.filter(|hook| hook.uri == self.draft.uri && hook.id != ours);
        strays.map(|hook| hook.id.as_str()).collect()
    }

    /// Says whether the org has room for our hook.
    pub(crate) fn fits(&self, hooks: &[EventHook]) -> Result<(), Trouble> {
        let ours = self.among(hooks).map(|hook| &hook.id);
        let counts =
            |hook: &&EventHook| hook.is_active && hook.is_verified && Some(&hook.id) != ours;
        let mut others: Vec<&str> = hooks
            .iter()
            .filter(counts)
            .map(|hook| hook.name.as_str())
            .collect();
        if others.len() < MAX_HOOKS {
            return Ok(());
        }
        others.sort_unstable();
        let named: Vec<String> = others
            .iter()
            .take(NAMED)
            .map(|name| format!("{name:?}"))
            .collect();
        let sentence = format!(
            "The org has {} active event hooks of others, and Okta allows {MAX_HOOKS}: {}, ….",
            others.len(),
            named.join(", ")
        );
        let remedy = "Deactivate one of them at Okta that nobody needs (Workflow > Event Hooks), and \
                      validate again.";
        Err(Trouble::new(sentence, remedy))
    }

    /// Whether Okta's hook is as it shall be.
    pub(crate) fn is_current(&self, hook: &EventHook) -> bool {
        let wanted: BTreeSet<&String> = self.draft.event_types.iter().collect();
        let has: BTreeSet<&String> = hook.event_types.iter().collect();
        self.has_secret
            && hook.is_active
            && hook.uri == self.draft.uri
            && hook.header.eq_ignore_ascii_case(&self.draft.header)
            && wanted == has
    }

    /// Which hook at Okta was ours, as far as was known.
    pub(crate) fn okta_id(&self) -> Option<&str> {
        self.okta_id.as_deref()
    }

    /// When the secret that Okta is to have was set.
    pub(crate) const fn secret_set(&self) -> Timestamp {
        self.secret_set
    }

    /// Whether Okta is known to have the newest secret.
    pub(crate) const fn has_secret(&self) -> bool {
        self.has_secret
    }

    /// Makes the hook, or brings the one that is there up to date. It may have to be verified then.
    pub(crate) async fn establish(
        &self,
        okta: &Okta,
        found: Option<&EventHook>,
    ) -> Result<EventHook, OktaError> {
        let Some(found) = found else {
            return okta.create_event_hook(&self.draft).await;
        };
        // One that has to be verified anew may have another secret, which nobody can see: it is set again.
        if self.is_current(found) && found.is_verified {
            return Ok(found.clone());
        }
        let draft = HookDraft {
            filter: found.filter.clone(),
            ..self.draft.clone()
        };
        okta.replace_event_hook(&found.id, &draft).await?;
        if !found.is_active {
            okta.activate_event_hook(&found.id).await?;
        }
        // What a replacement answers may be older than itself.
        okta.event_hook(&found.id).await
    }
}

/// Deactivates and deletes a hook.
pub(crate) async fn remove(okta: &Okta, id: &str) -> Result<Removed, OktaError> {
    match okta.deactivate_event_hook(id).await {
        Err(error) if *error.problem() == Problem::NotFound => return Ok(Removed::Missing),
        deactivated => deactivated.map(drop)?,
    }
    match okta.delete_event_hook(id).await {
        // Another replica removes it, too.
        Err(error) if *error.problem() == Problem::NotFound => Ok(Removed::Missing),
        deleted => deleted.map(|()| Removed::Deleted),
    }
}

/// We do not know where Okta reaches us.
pub(super) fn no_address(then: &str) -> Trouble {
    let remedy = format!(
        "Set ingest.public_url to the https address under which the hook listener is reached from \
         outside, and {then}."
    );
    let sentence = "Nightlatch does not know at which address Okta reaches it.";
    Trouble::new(sentence, remedy)
}

/// The address of a hook.
pub(super) fn address(public_url: &str, path_key: &Secret) -> String {
    format!("{public_url}/hooks/okta/{}", path_key.expose())
}

/// The same for people: whoever reads it can't call it.
pub(crate) fn shown_address(public_url: &str, path_key: &Secret) -> String {
    let key = path_key.expose();
    let hidden = key.len().saturating_sub(4);
    let tail: String = key.chars().skip(hidden).collect();
    format!("{public_url}/hooks/okta/…{tail}")
}

pub(super) fn no_secret() -> Trouble {
    let remedy = "Rotate the secret of its hook.";
    Trouble::new("The integration's hook has no secret.", remedy)
}

/// The address of the draft ends in the path key, so that nothing of it is shown.
impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("okta_id", &self.okta_id)
            .finish_non_exhaustive()
    }
}

impl Hook {
    /// Whether Okta has a hook of ours, as far as is known.
    pub(crate) const fn is_at_okta(&self) -> bool {
        self.okta_id.is_some()
    }
}
