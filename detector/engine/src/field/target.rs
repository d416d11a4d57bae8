//! What an event is about: its targets, one by one or all of a type.

use std::borrow::Cow;

use super::{Facts, Selector, Value, Visit, bytes};
use crate::event::Json;

/// A member of the last target of a type; absent when there is no such target, empty when it has no
/// such member.
pub(super) fn last<'e>(facts: &Facts<'e>, kind: &str, key: &str) -> Option<Value<'e>> {
    let targets = facts.event.target_values();
    let target = targets.filter(|target| is(*target, kind)).last()?;
    let text = target.member(key).map(Json::scalar).unwrap_or_default();
    Some(Value::Text(bytes(text)))
}

fn is(target: Json<'_>, kind: &str) -> bool {
    target.member("type").and_then(Json::as_str) == Some(kind)
}

/// The names of all targets as `(a,b)`, or that of one; absent when there is no target (or not that
/// many).
pub(super) fn names_in_one<'e>(
    facts: &Facts<'e>,
    selector: Option<&Selector>,
) -> Option<Value<'e>> {
    let mut targets = facts.event.target_values();
    let name = |target: Json<'e>| {
        let name = target.member("displayName").map(Json::scalar);
        name.unwrap_or_default()
    };
    if let Some(Selector::Index(index)) = selector {
        return targets
            .nth(*index)
            .map(|target| Value::Text(bytes(name(target))));
    }
    let names: Vec<Cow<'_, str>> = targets.map(name).collect();
    let text = || format!("({})", names.join(","));
    (!names.is_empty()).then(|| Value::Text(Cow::Owned(text().into_bytes())))
}

/// A member of all targets, or of those of a type.
pub(super) fn each(
    facts: &Facts<'_>,
    selector: Option<&Selector>,
    key: &str,
    visit: Visit<'_>,
) -> Option<()> {
    let is_wanted = |target: &Json<'_>| match selector {
        Some(Selector::Name(kind)) => is(*target, kind),
        _ => true,
    };
    let targets = facts.event.target_values().filter(is_wanted);
    let values = targets.filter_map(|target| target.member(key));
    values.map(|value| visit(value.scalar().as_bytes())).last()
}

/// A detail of all targets by its name, in whatever case Okta writes that.
pub(super) fn details(
    facts: &Facts<'_>,
    selector: Option<&Selector>,
    visit: Visit<'_>,
) -> Option<()> {
    let Some(Selector::Name(name)) = selector else {
        return None;
    };
    let targets = facts.event.target_values();
    let details = targets.filter_map(|target| target.member("detailEntry")?.members());
    let named = details
        .flatten()
        .filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null());
    named
        .map(|(_, value)| visit(value.scalar().as_bytes()))
        .last()
}
