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
    if !value.is_array() {
        return text_at(member(value, key)?, rest);
    }
    let is_canonical = key == "0" || !key.starts_with('0') && !key.starts_with('+');
    let index = key.parse().ok().filter(|_: &usize| is_canonical)?;
    text_at(value.as_array()?.get(index)?, rest)
}

/// The whole event, indented.
pub(super) fn object<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let text = sonic_rs::to_string_pretty(facts.event.root()).ok()?;
    Some(Value::Text(Cow::Owned(text.into_bytes())))
}
