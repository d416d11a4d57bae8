//! What an administrator asks of a hook, read and checked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expression::Expression;
use super::{Channel, MOST_TYPES, Wish};
use crate::simulator::event_types::is_eligible;
use crate::simulator::refusal::Refusal;

/// Reads the body of a request that makes or replaces a hook.
pub(super) fn read(body: &[u8], plain_receivers: bool) -> Result<Wish, Refusal> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::malformed())?;
    if !body.is_object() {
        return Err(Refusal::malformed());
    }
    let name = text(&body, "/name").unwrap_or_default();
    if name.is_empty() || name.chars().count() > 255 {
        return refuse("name: The field must be between 1 and 255 characters long");
    }
    let is_active = match text(&body, "/status").as_deref() {
        None => None,
        Some("ACTIVE") => Some(true),
        Some("INACTIVE") => Some(false),
        Some(_) => return refuse("status: The status must be ACTIVE or INACTIVE"),
    };
    let filter = body.pointer("/events/filter").map_or(Value::Null, filter);
    Ok(Wish {
        name,
        description: text(&body, "/description"),
        event_types: event_types(&body)?,
        conditions: conditions(&filter)?,
        filter,
        channel: channel(&body, plain_receivers)?,
        is_active,
    })
}

fn refuse<T>(cause: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::invalid("eventHook", cause))
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer)?.as_str().map(str::to_owned)
}

fn event_types(body: &Value) -> Result<Vec<String>, Refusal> {
    if text(body, "/events/type").as_deref() != Some("EVENT_TYPE") {
        return refuse("events.type: The type must be EVENT_TYPE");
    }
    let items = body.pointer("/events/items").and_then(Value::as_array);
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return refuse("events.items: The field cannot be left blank");
    };
    if items.len() > MOST_TYPES {
        return refuse(format!(
            "events.items: At most {MOST_TYPES} event types can be subscribed to"
        ));
    }
    let mut names = Vec::new();
    for item in items {
        let name = item.as_str().unwrap_or_default();
        match is_eligible(name) {
            Some(true) => names.push(name.to_owned()),
            Some(false) => {
                return refuse(format!(
                    "events.items: The event type '{name}' is not eligible for event hooks"
                ));
            }
            None => {
                return refuse(format!("events.items: Unknown event type '{name}'"));
            }
        }
    }
    Ok(names)
}

/// Okta adds the version of each condition.
fn filter(filter: &Value) -> Value {
    let mut filter = filter.clone();
    let conditions = filter
        .get_mut("eventFilterMap")
        .and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        if let Some(condition) = condition
            .get_mut("condition")
            .and_then(Value::as_object_mut)
        {
            condition.entry("version").or_insert(Value::Null);
        }
    }
    filter
}

/// Reads the condition of each event type that has one.
fn conditions(filter: &Value) -> Result<BTreeMap<String, Expression>, Refusal> {
    let filters = filter.get("eventFilterMap").and_then(Value::as_array);
    let mut conditions = BTreeMap::new();
    for filter in filters.into_iter().flatten() {
        let expression = text(filter, "/condition/expression").unwrap_or_default();
        let (Some(event), Some(read)) = (text(filter, "/event"), Expression::read(&expression))
        else {
            return refuse(format!(
                "events.filter: The expression '{expression}' is invalid"
            ));
        };
        conditions.insert(event, read);
    }
    Ok(conditions)
}

fn channel(body: &Value, plain_receivers: bool) -> Result<Channel, Refusal> {
    if text(body, "/channel/type").as_deref() != Some("HTTP") {
        return refuse("channel.type: The type must be HTTP");
    }
    if text(body, "/channel/version").as_deref() != Some("1.0.0") {
        return refuse("channel.version: The version must be 1.0.0");
    }
    let uri = text(body, "/channel/config/uri").unwrap_or_default();
    let is_allowed = reqwest::Url::parse(&uri)
        .is_ok_and(|url| url.scheme() == "https" || (plain_receivers && url.scheme() == "http"));
    if !is_allowed {
        return refuse("channel.config.uri: invalid URL provided");
    }
    let headers = body
        .pointer("/channel/config/headers")
        .and_then(Value::as_array);
    let headers = headers.into_iter().flatten().filter_map(|header| {
        let part = |name: &str| Some(header.get(name)?.as_str()?.to_owned());
        Some((part("key")?, part("value")?))
    });
    let secret = match body.pointer("/channel/config/authScheme") {
        None | Some(Value::Null) => None,
        Some(scheme) if scheme["type"] == "HEADER" => {
            let Some(key) = text(scheme, "/key").filter(|key| !key.is_empty()) else {
                return refuse("channel.config.authScheme.key: The field cannot be left blank");
            };
            Some((key, text(scheme, "/value")))
        }
        Some(_) => return refuse("channel.config.authScheme.type: The type must be HEADER"),
    };
    Ok(Channel {
        uri,
        headers: headers.collect(),
        secret,
    })
}
