//! What is set of an integration, as the settings log keeps it: one record an integration.
//!
//! Secrets are sealed here; whoever opens one asks [`super::store::Store`].

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The header that carries the hook's secret, as Okta fills it in by default.
const HEADER: &str = "Authorization";
/// How long the old secret of a hook still opens after Okta has verified the new one: a delivery that
/// was on its way has 3 s, and one more try.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// An integration as people have set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IntegrationSettings {
    /// What people call it.
    pub(crate) name: String,
    /// Okta's own id of the org.
    pub(crate) org_id: String,
    /// The org's domain.
    pub(crate) domain: String,
    /// How we are let in.
    pub(crate) credentials: SealedCredentials,
    /// The event hook at Okta.
    pub(crate) hook: Hook,
    /// Which event types are wanted.
    #[serde(default)]
    pub(crate) event_types: EventTypes,
    /// From when on the System Log is read.
    pub(crate) start: Timestamp,
    /// Since when its events are not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paused: Option<Timestamp>,
    pub(crate) created: Timestamp,
    /// When somebody said that all of it is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) completed: Option<Timestamp>,
    /// What a newer version of this program has written.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// A secret that only our services can open, and when it was set, to which it is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) sealed: String,
    pub(crate) set: Timestamp,
}

/// How Okta knows us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// An API service integration: client id and client secret.
    ClientSecret,
    /// An API services app: client id and private key.
    PrivateKey,
    /// The same, where the app requires `DPoP`.
    PrivateKeyDpop,
    /// An API token of a person (SSWS).
    ApiToken,
}

/// Credentials with the secret sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SealedCredentials {
    pub(crate) mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    /// Which of the app's keys it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    /// The client secret, the private key or the token.
    pub(crate) secret: Sealed,
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// The event hook, ours and at Okta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hook {
    /// The last segment of its address.
    pub(crate) path_key: Sealed,
    /// The header that carries the secret.
    #[serde(default = "header")]
    pub(crate) header: String,
    /// The newest first: Okta has that one, or is about to get it.
    pub(crate) secrets: Vec<HookSecret>,
    /// Okta's id of it; none while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) okta_id: Option<String>,
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

/// A value that the header may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HookSecret {
    #[serde(flatten)]
    pub(crate) secret: Sealed,
    /// When Okta verified the hook with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verified: Option<Timestamp>,
    /// When it opens no more; until Okta has verified the next one there is no such time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
}

fn header() -> String {
    HEADER.to_owned()
}

/// Which event types are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EventTypes {
    /// A set that we keep.
    Set(EventTypeSet),
    /// By name.
    Own(Vec<String>),
}

/// A set of event types that we keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventTypeSet {
    /// The 18 to begin with.
    Default,
    /// Every one that the rules we ship name and event hooks carry.
    Recommended,
}

impl Default for EventTypes {
    fn default() -> Self {
        Self::Set(EventTypeSet::Default)
    }
}

impl Hook {
    /// A hook that Okta does not know yet.
    pub(crate) fn new(path_key: Sealed, secret: Sealed) -> Self {
        Self {
            path_key,
            header: header(),
            secrets: vec![HookSecret::new(secret)],
            okta_id: None,
            other: Map::new(),
        }
    }

    /// The secret that Okta is to have.
    pub(crate) fn newest(&self) -> Option<&HookSecret> {
        self.secrets.first()
    }

    /// Whether Okta has yet to verify the newest secret while an older one counts.
    pub(crate) fn is_rotating(&self) -> bool {
        self.secrets.len() > 1
            && self
                .newest()
                .is_some_and(|secret| secret.verified.is_none())
    }

    /// Notes that Okta has verified the hook with the newest secret: the others end soon.
    pub(crate) fn verified(&mut self, now: Timestamp) {
        let mut secrets = self.secrets.iter_mut();
        if let Some(newest) = secrets.next() {
            newest.verified = Some(now);
        }
        for old in secrets {
            old.until = old.until.or_else(|| now.checked_add(GRACE).ok());
        }
        self.forget_old(now);
    }

    /// Puts a fresh secret in front; the others count until Okta has verified it.
    pub(crate) fn renew(&mut self, secret: Sealed, now: Timestamp) {
        self.forget_old(now);
        self.secrets.insert(0, HookSecret::new(secret));
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.secrets
            .retain(|secret| secret.until.is_none_or(|until| now < until));
    }
}

impl HookSecret {
    const fn new(secret: Sealed) -> Self {
        Self {
            secret,
            verified: None,
            until: None,
        }
    }
}
