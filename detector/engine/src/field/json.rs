//! Any path of the event: `json.value[/debugContext/debugData/factor]`.

use std::borrow::Cow;

use super::{Facts, Selector, Value, Visit};
use crate::event::Json;

/// A string as it is, anything else as JSON text; `null` counts as absent.
pub(super) fn value(
    facts: &Facts<'_>,
    selector: Option<&Selector>,
    visit: Visit<'_>,
) -> Option<()> {
    let Some(Selector::Pointer(keys)) = selector else {
        return None;
    };
    follow(facts.event.root(), keys, visit)
}

/// The same without opening JSON that a string holds, as Falco's plugin does.
pub(super) fn value_as_it_is(
    facts: &Facts<'_>,
    selector: Option<&Selector>,
    visit: Visit<'_>,
) -> Option<()> {
    let Some(Selector::Pointer(keys)) = selector else {
        return None;
    };
    let root = facts.event.root();
    let value = keys.iter().try_fold(root, |value, key| step(value, key))?;
    follow(value, &[], visit)
}

/// Follows a pointer, also into JSON that a string holds.
fn follow(value: Json<'_>, keys: &[String], visit: Visit<'_>) -> Option<()> {
    let Some((key, rest)) = keys.split_first() else {
        return (!value.is_null()).then(|| visit(value.scalar().as_bytes()));
    };
    if value.as_str().is_some() {
        return follow(value.opened()?.json(), keys, visit);
    }
    follow(step(value, key)?, rest, visit)
}

/// The member of an object or the element of an array that a key of a pointer names.
fn step<'v>(value: Json<'v>, key: &str) -> Option<Json<'v>> {
    let Some(mut elements) = value.elements() else {
        return value.member(key);
    };
    let is_canonical = key == "0" || !key.starts_with('0') && !key.starts_with('+');
    elements.nth(key.parse().ok().filter(|_| is_canonical)?)
}

/// The whole event, indented.
pub(super) fn object<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let text = facts.event.root().pretty()?;
    Some(Value::Text(Cow::Owned(text.into_bytes())))
}
