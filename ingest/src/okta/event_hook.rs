//! Event hooks of an org (`/api/v1/eventHooks`, "Event Hooks API").

use nightlatch_chassis::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Answer, Call};
use super::{Bucket, Okta, OktaError, Problem};

/// How many active and verified hooks an org may have.
pub const MAX_HOOKS: usize = 25;
/// How many event types a hook may have.
pub const MAX_EVENT_TYPES: usize = 300;

const HOOKS: &str = "/api/v1/eventHooks";

/// An event hook as Okta has it. The secret is never shown again.
#[derive(Debug, Clone, PartialEq)]
pub struct EventHook {
    /// Okta's id, such as `who…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is switched on.
    pub is_active: bool,
    /// Whether Okta has verified its address. It delivers only when both are so.
    pub is_verified: bool,
    /// The event types that it carries.
    pub event_types: Vec<String>,
    /// Which of these events it carries, when somebody has set a filter; sent back as it is.
    pub filter: Option<Value>,
    /// Where it delivers.
    pub uri: String,
    /// The header that carries the secret.
    pub header: String,
    /// When it was created, as Okta writes it.
    pub created: String,
    /// When it was last changed; an answer to a change may still have the time before.
    pub last_updated: String,
}

/// An event hook as it shall be. Okta replaces a hook whole, so that all of it must be said each time.
#[derive(Debug, Clone)]
pub struct HookDraft {
    /// What people call it.
    pub name: String,
    /// Where it shall deliver.
    pub uri: String,
    /// The header that shall carry the secret.
    pub header: String,
    /// The header's value.
    pub secret: Secret,
    /// The event types that it shall carry.
    pub event_types: Vec<String>,
    /// A filter that somebody has set, to be kept.
    pub filter: Option<Value>,
}

impl HookDraft {
    fn body(&self) -> String {
        let mut events = json!({"type": "EVENT_TYPE", "items": self.event_types});
        if let Some(filter) = &self.filter {
            events["filter"] = filter.clone();
        }
        let scheme = json!({"type": "HEADER", "key": self.header, "value": self.secret.expose()});
        json!({
            "name": self.name,
            "events": events,
            "channel": {
                "type": "HTTP",
                "version": "1.0.0",
                "config": {"uri": self.uri, "headers": [], "authScheme": scheme},
            },
        })
        .to_string()
    }
}

impl Okta {
    /// Returns the org's event hooks, those of others too.
    pub async fn event_hooks(&self) -> Result<Vec<EventHook>, OktaError> {
        let answer = self.call(&hooks(Method::GET, HOOKS)).await?;
        let hooks: Vec<Wire> = self.read(&answer)?;
        Ok(hooks.into_iter().map(EventHook::from).collect())
    }

    /// Returns one event hook.
    pub async fn event_hook(&self, id: &str) -> Result<EventHook, OktaError> {
        self.hook(&hooks(Method::GET, &path(id, ""))).await
    }

    /// Creates a hook: active, and not verified yet.
    ///
    /// # Errors
    /// [`Problem::HookLimit`], too, where Okta refuses and the org has as many as it may.
    pub async fn create_event_hook(&self, draft: &HookDraft) -> Result<EventHook, OktaError> {
        let call = hooks(Method::POST, HOOKS).with_json(draft.body());
        match self.hook(&call).await {
            // The text of a reached limit is documented nowhere, so that it is looked for.
            Err(error) if matches!(error.problem(), Problem::Rejected { .. }) => {
                let full = |hooks: &Vec<EventHook>| {
                    let is_on = |hook: &&EventHook| hook.is_active && hook.is_verified;
                    hooks.iter().filter(is_on).count() >= MAX_HOOKS
                };
                match self.event_hooks().await {
                    Ok(hooks) if full(&hooks) => Err(error.with(Problem::HookLimit)),
                    _ => Err(error),
                }
            }
            answered => answered,
        }
    }

    /// Replaces a hook. A changed channel, and a changed secret is one, has to be verified anew; what
    /// Okta answers here may be older than the change, so ask again with [`Okta::event_hook`].
    pub async fn replace_event_hook(
        &self,
        id: &str,
        draft: &HookDraft,
    ) -> Result<EventHook, OktaError> {
        let call = hooks(Method::PUT, &path(id, "")).with_json(draft.body());
        self.hook(&call).await
    }

    /// Lets Okta call the hook's address, which must answer the challenge within 3 s.
    ///
    /// # Errors
    /// [`Problem::NotVerified`] when it did not.
    pub async fn verify_event_hook(&self, id: &str) -> Result<EventHook, OktaError> {
        let call = hooks(Method::POST, &path(id, "/lifecycle/verify"));
        let verified = self.hook(&call).await;
        verified.map_err(|error| match error.problem() {
            Problem::Rejected { causes, .. } => {
                let causes = causes.clone();
                error.with(Problem::NotVerified { causes })
            }
            _ => error,
        })
    }

    /// Switches a hook on.
    pub async fn activate_event_hook(&self, id: &str) -> Result<EventHook, OktaError> {
        let call = hooks(Method::POST, &path(id, "/lifecycle/activate"));
        self.hook(&call).await
    }

    /// Switches a hook off.
    pub async fn deactivate_event_hook(&self, id: &str) -> Result<EventHook, OktaError> {
        let call = hooks(Method::POST, &path(id, "/lifecycle/deactivate"));
        self.hook(&call).await
    }

    /// Deletes a hook, which must be switched off.
    pub async fn delete_event_hook(&self, id: &str) -> Result<(), OktaError> {
        self.call(&hooks(Method::DELETE, &path(id, "")))
            .await
            .map(drop)
    }

    async fn hook(&self, call: &Call) -> Result<EventHook, OktaError> {
        let answer: Answer = self.call(call).await?;
        self.read::<Wire>(&answer).map(EventHook::from)
    }
}

fn hooks(method: Method, path: &str) -> Call {
    Call::new(Bucket::EventHooks, method, path)
}

/// The path of a hook. Ids are letters and digits; anything else would lead elsewhere.
fn path(id: &str, action: &str) -> String {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{HOOKS}/{id}{action}")
}

/// What Okta writes. Members that are not needed are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    verification_status: String,
    events: WireEvents,
    channel: WireChannel,
    #[serde(default)]
    created: String,
    #[serde(default)]
    last_updated: String,
}

#[derive(Deserialize)]
struct WireEvents {
    #[serde(default)]
    items: Vec<String>,
    filter: Option<Value>,
}

#[derive(Deserialize)]
struct WireChannel {
    config: WireConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConfig {
    uri: String,
    auth_scheme: Option<WireScheme>,
}

#[derive(Deserialize)]
struct WireScheme {
    #[serde(default)]
    key: String,
}

impl From<Wire> for EventHook {
    fn from(wire: Wire) -> Self {
        let config = wire.channel.config;
        Self {
            id: wire.id,
            name: wire.name,
            is_active: wire.status == "ACTIVE",
            is_verified: wire.verification_status == "VERIFIED",
            event_types: wire.events.items,
            filter: wire.events.filter,
            uri: config.uri,
            header: config
                .auth_scheme
                .map(|scheme| scheme.key)
                .unwrap_or_default(),
            created: wire.created,
            last_updated: wire.last_updated,
        }
    }
}
