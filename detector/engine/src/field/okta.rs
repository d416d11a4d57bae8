//! The Okta fields that are more than a path: targets by type, and the application of a request.

use std::borrow::Cow;

use sonic_rs::JsonValueTrait;

use super::{Facts, Selector, Value, bytes};
use crate::event::{member, scalar};

/// The third segment of a request URI that starts with `/app/`.
pub(super) fn app<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let uri = facts
        .event
        .text(&["debugContext", "debugData", "requestUri"])?;
    let app = uri.strip_prefix("/app/")?.split('/').next()?;
    Some(Value::Text(Cow::Borrowed(app.as_bytes())))
}

pub(super) fn user_id<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "User", "id")
}

pub(super) fn user_login<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "User", "alternateId")
}

pub(super) fn user_name<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "User", "displayName")
}

pub(super) fn group_id<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "UserGroup", "id")
}

pub(super) fn group_login<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "UserGroup", "alternateId")
}

pub(super) fn group_name<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "UserGroup", "displayName")
}

pub(super) fn app_login<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    last(facts, "AppInstance", "alternateId")
}

/// The names of all targets as `(a,b)`, or that of one; absent when there is no target (or not that
/// many).
pub(super) fn targets<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let targets = facts.event.target_values();
    let name = |target| {
        member(target, "displayName")
            .and_then(scalar)
            .unwrap_or_default()
    };
    if let Some(Selector::Index(index)) = selector {
        return targets
            .get(*index)
            .map(|target| Value::Text(bytes(name(target))));
    }
    let names: Vec<Cow<'_, str>> = targets.iter().map(name).collect();
    let text = format!("({})", names.join(","));
    (!targets.is_empty()).then(|| Value::Text(Cow::Owned(text.into_bytes())))
}

/// A member of the last target of a type; absent when there is no such target, empty when it has no
/// such member.
fn last<'e>(facts: &Facts<'e>, kind: &str, key: &str) -> Option<Value<'e>> {
    let is_kind = |target: &&sonic_rs::Value| {
        member(target, "type").and_then(JsonValueTrait::as_str) == Some(kind)
    };
    let target = facts.event.target_values().iter().rfind(is_kind)?;
    let text = member(target, key).and_then(scalar).unwrap_or_default();
    Some(Value::Text(bytes(text)))
}
