//! Any path of the event: `json.value[/debugContext/debugData/factor]`.

use std::borrow::Cow;

use sonic_rs::{JsonContainerTrait, JsonValueTrait};

use super::{Facts, Selector, Value, bytes};
use crate::event::member;

/// A string as it is, anything else as JSON text; `null` counts as absent.
pub(super) fn value<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let Some(Selector::Pointer(keys)) = selector else {
        return None;
    };
    let found = keys.iter().try_fold(facts.event.root(), |value, key| {
        if !value.is_array() {
            return member(value, key);
        }
        let canonical = key == "0" || !key.starts_with('0') && !key.starts_with('+');
        value
            .as_array()?
            .get(key.parse().ok().filter(|_: &usize| canonical)?)
    })?;
    let text = match found.as_str() {
        Some(text) => Cow::Borrowed(text),
        None if found.is_null() => return None,
        None => Cow::Owned(sonic_rs::to_string(found).ok()?),
    };
    Some(Value::Text(bytes(text)))
}

/// The whole event, indented.
pub(super) fn object<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let text = sonic_rs::to_string_pretty(facts.event.root()).ok()?;
    Some(Value::Text(Cow::Owned(text.into_bytes())))
}
