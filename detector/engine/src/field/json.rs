//! Any path of the event: `json.value[/debugContext/debugData/factor]`.

use std::borrow::Cow;

use sonic_rs::{JsonContainerTrait, JsonValueTrait};

use super::{Facts, Selector, Value, bytes};
use crate::event::{member, opened};

/// A string as it is, anything else as JSON text; `null` counts as absent.
pub(super) fn value<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let Some(Selector::Pointer(keys)) = selector else {
        return None;
    };
    text_at(facts.event.root(), keys).map(|text| Value::Text(bytes(text)))
}

/// The same without opening JSON that a string holds, as Falco's plugin does.
pub(super) fn value_as_it_is<'e>(
    facts: &Facts<'e>,
    selector: Option<&Selector>,
) -> Option<Value<'e>> {
    let Some(Selector::Pointer(keys)) = selector else {
        return None;
    };
    let root = facts.event.root();
    let value = keys.iter().try_fold(root, |value, key| step(value, key))?;
    text_at(value, &[]).map(|text| Value::Text(bytes(text)))
}

/// Follows a pointer, also into JSON that a string holds.
fn text_at<'v>(value: &'v sonic_rs::Value, keys: &[String]) -> Option<Cow<'v, str>> {
    let Some((key, rest)) = keys.split_first() else {
        return match value.as_str() {
            Some(text) => Some(Cow::Borrowed(text)),
            None if value.is_null() => None,
            None => sonic_rs::to_string(value).ok().map(Cow::Owned),
        };
    };
    if value.is_str() {
        let held = opened(value)?;
        return text_at(&held, keys).map(|text| Cow::Owned(text.into_owned()));
    }
    text_at(step(value, key)?, rest)
}

/// The member of an object or the element of an array that a key of a pointer names.
fn step<'v>(value: &'v sonic_rs::Value, key: &str) -> Option<&'v sonic_rs::Value> {
    if !value.is_array() {
        return member(value, key);
    }
    let is_canonical = key == "0" || !key.starts_with('0') && !key.starts_with('+');
    let index = key.parse().ok().filter(|_: &usize| is_canonical)?;
    value.as_array()?.get(index)
}

/// The whole event, indented.
pub(super) fn object<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let text = sonic_rs::to_string_pretty(facts.event.root()).ok()?;
    Some(Value::Text(Cow::Owned(text.into_bytes())))
}
