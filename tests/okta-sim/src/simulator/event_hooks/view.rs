//! A hook as Okta shows it.

use serde::Serialize;
use serde_json::Value;

use super::EventHook;
use crate::simulator::refusal::seconds;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HookView<'a> {
    id: &'a str,
    status: &'static str,
    verification_status: &'static str,
    name: &'a str,
    description: Option<&'a str>,
    created: String,
    created_by: &'a str,
    last_updated: String,
    events: EventsView<'a>,
    channel: ChannelView<'a>,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize)]
struct EventsView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    items: &'a [String],
    filter: &'a Value,
}

#[derive(Serialize)]
struct ChannelView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    config: ConfigView<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigView<'a> {
    uri: &'a str,
    headers: Vec<HeaderView<'a>>,
    method: &'static str,
    auth_scheme: Option<SchemeView<'a>>,
}

#[derive(Serialize)]
struct HeaderView<'a> {
    key: &'a str,
    value: &'a str,
}

/// The secret is not among it.
#[derive(Serialize)]
struct SchemeView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a str,
}

#[derive(Serialize)]
struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    activate: Option<Link>,
    #[serde(rename = "self")]
    own: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivate: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete: Option<Link>,
}

#[derive(Serialize)]
struct Link {
    href: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hints: Option<Hints>,
}

#[derive(Serialize)]
struct Hints {
    allow: [&'static str; 1],
}

impl<'a> HookView<'a> {
    pub(super) fn new(hook: &'a EventHook, base: &str) -> Self {
        let wish = &hook.wish;
        let config = ConfigView {
            uri: &wish.channel.uri,
            headers: wish
                .channel
                .headers
                .iter()
                .map(|(key, value)| HeaderView { key, value })
                .collect(),
            method: "POST",
            auth_scheme: wish.channel.secret.as_ref().map(|(key, _)| SchemeView {
                kind: "HEADER",
                key,
            }),
        };
        Self {
            id: &hook.id,
            status: if hook.is_active { "ACTIVE" } else { "INACTIVE" },
            verification_status: if hook.is_verified {
                "VERIFIED"
            } else {
                "UNVERIFIED"
            },
            name: &wish.name,
            description: wish.description.as_deref(),
            created: seconds(hook.created_ms),
            created_by: &hook.created_by,
            last_updated: seconds(hook.updated_ms),
            events: EventsView {
                kind: "EVENT_TYPE",
                items: &wish.event_types,
                filter: &wish.filter,
            },
            channel: ChannelView {
                kind: "HTTP",
                version: "1.0.0",
                config,
            },
            links: Links::new(hook, base),
        }
    }
}

impl Links {
    fn new(hook: &EventHook, base: &str) -> Self {
        let url = format!("{base}/api/v1/eventHooks/{}", hook.id);
        let link = |href: String, method| Link {
            href,
            hints: Some(Hints { allow: [method] }),
        };
        let act = |act: &str| link(format!("{url}/lifecycle/{act}"), "POST");
        Self {
            activate: (!hook.is_active).then(|| act("activate")),
            own: Link {
                href: url.clone(),
                hints: None,
            },
            verify: hook.is_active.then(|| act("verify")),
            deactivate: hook.is_active.then(|| act("deactivate")),
            delete: (!hook.is_active).then(|| link(url.clone(), "DELETE")),
        }
    }
}
