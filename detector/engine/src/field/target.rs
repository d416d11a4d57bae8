//! What an event is about: its targets, one by one or all of a type.

use std::borrow::Cow;

use sonic_rs::{JsonContainerTrait, JsonValueTrait};

use super::{Facts, Selector, Value, bytes};
use crate::event::{member, scalar};

/// A member of the last target of a type; absent when there is no such target, empty when it has no
/// such member.
pub(super) fn last<'e>(facts: &Facts<'e>, kind: &str, key: &str) -> Option<Value<'e>> {
    let targets = facts.event.target_values();
    let target = targets.iter().rfind(|target| is(target, kind))?;
    let text = member(target, key).and_then(scalar).unwrap_or_default();
    Some(Value::Text(bytes(text)))
}

fn is(target: &sonic_rs::Value, kind: &str) -> bool {
    member(target, "type").and_then(JsonValueTrait::as_str) == Some(kind)
}

/// The names of all targets as `(a,b)`, or that of one; absent when there is no target (or not that
/// many).
pub(super) fn names_in_one<'e>(
    facts: &Facts<'e>,
    selector: Option<&Selector>,
) -> Option<Value<'e>> {
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

/// A member of all targets, or of those of a type; absent when none has it.
pub(super) fn each<'e>(
    facts: &Facts<'e>,
    selector: Option<&Selector>,
    key: &str,
) -> Option<Value<'e>> {
    let is_wanted = |target: &&sonic_rs::Value| match selector {
        Some(Selector::Name(kind)) => is(target, kind),
        _ => true,
    };
    let targets = facts.event.target_values().iter().filter(is_wanted);
    let values = targets.filter_map(|target| member(target, key).and_then(scalar));
    list(values.map(bytes).collect())
}

/// A detail of all targets by its name, in whatever case Okta writes that; absent when none has it.
pub(super) fn details<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let Some(Selector::Name(name)) = selector else {
        return None;
    };
    let targets = facts.event.target_values().iter();
    let details = targets.filter_map(|target| member(target, "detailEntry")?.as_object());
    let named = details.flat_map(|detail| {
        let members = detail.iter();
        members.filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
    });
    list(
        named
            .filter_map(|(_, value)| scalar(value))
            .map(bytes)
            .collect(),
    )
}

pub(super) fn list(values: Vec<Cow<'_, [u8]>>) -> Option<Value<'_>> {
    (!values.is_empty()).then_some(Value::List(values))
}
