//! What Okta found unusual: behaviours and risk.
//!
//! Okta tells them in `securityContext`, as structures, and in the debug data, whose values are no
//! contract: there they occur as `{a=b, c=d}`, as a list of such pairs, as an object, and as JSON
//! in a string. Structures come first.

use std::borrow::Cow;

use sonic_rs::{JsonContainerTrait, JsonValueTrait, Value as Json};

use super::target::list;
use super::{Facts, Selector, Value};
use crate::event::{Event, member, opened, scalar};

const SECURITY: &str = "securityContext";
const DEBUG: [&str; 2] = ["debugContext", "debugData"];

/// What Okta says of a behaviour, such as `POSITIVE`. Its name counts whatever its case.
pub(super) fn behavior<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let Some(Selector::Name(name)) = selector else {
        return None;
    };
    let event = facts.event;
    let structured = || pair_in(event.at(&[SECURITY, "userBehaviors"])?, name);
    let debug = || pair_in(debug(event, "behaviors")?, name);
    let logged = || pair_in(member(logged(event)?.as_ref(), "behaviors")?, name);
    structured().or_else(debug).or_else(logged).map(text)
}

/// The level of the risk: `LOW`, `MEDIUM` or `HIGH`.
pub(super) fn level<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let event = facts.event;
    let structured = || owned(event.at(&[SECURITY, "risk", "level"])?);
    let risk = || pair_in(debug(event, "risk")?, "level");
    let plain = || owned(debug(event, "riskLevel")?);
    let logged = || pair_in(member(logged(event)?.as_ref(), "risk")?, "level");
    let level = structured().or_else(risk).or_else(plain);
    level.or_else(logged).map(text)
}

/// Why Okta sees a risk.
pub(super) fn reasons<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let event = facts.event;
    let structured = || items(event.at(&[SECURITY, "risk", "reasons"])?);
    let risk = || reasons_in(debug(event, "risk")?);
    let plain = || items(debug(event, "riskReasons")?);
    let logged = || reasons_in(member(logged(event)?.as_ref(), "risk")?);
    let reasons = structured().or_else(risk).or_else(plain).or_else(logged)?;
    list(
        reasons
            .into_iter()
            .map(|reason| Cow::Owned(reason.into_bytes()))
            .collect(),
    )
}

fn debug<'v>(event: &'v Event<'_>, key: &str) -> Option<&'v Json> {
    let [context, data] = DEBUG;
    event.at(&[context, data, key])
}

/// The object that Okta writes for its log alone, mostly as JSON in a string.
fn logged<'v>(event: &'v Event<'_>) -> Option<Cow<'v, Json>> {
    opened(debug(event, "logOnlySecurityData")?)
}

/// Finds the value that goes with a name, in whichever way pairs are written.
fn pair_in(pairs: &Json, name: &str) -> Option<String> {
    if let Some(written) = pairs.as_str() {
        return match opened(pairs) {
            Some(structure) => pair_in(&structure, name),
            None => parts(written).find_map(|part| pair(part, name)),
        };
    }
    if let Some(array) = pairs.as_array() {
        return array.iter().find_map(|element| match element.as_str() {
            Some(part) => pair(part, name),
            None => named(element, name),
        });
    }
    pairs.as_object()?.iter().find_map(|(key, value)| {
        if key.eq_ignore_ascii_case(name) {
            owned(value)
        } else {
            pair(key, name)
        }
    })
}

/// `{"name": …, "result": …}`
fn named(element: &Json, name: &str) -> Option<String> {
    let is_it = member(element, "name")?
        .as_str()?
        .eq_ignore_ascii_case(name);
    is_it.then(|| owned(member(element, "result")?)).flatten()
}

/// `name=value`
fn pair(part: &str, name: &str) -> Option<String> {
    let (key, value) = part.split_once('=')?;
    let is_it = key.trim().eq_ignore_ascii_case(name);
    is_it.then(|| value.trim().to_owned())
}

/// The parts of `{a=b, c=d}`.
fn parts(written: &str) -> impl Iterator<Item = &str> {
    let written = written.trim();
    let inner = written.strip_prefix('{').unwrap_or(written);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    inner.split(',').map(str::trim)
}

/// The reasons of `{reasons=a, b, level=HIGH}`, or of an object.
fn reasons_in(risk: &Json) -> Option<Vec<String>> {
    let Some(written) = risk.as_str() else {
        return items(member(risk, "reasons")?);
    };
    if let Some(structure) = opened(risk) {
        return items(member(structure.as_ref(), "reasons")?);
    }
    let mut parts = parts(written).skip_while(|part| pair(part, "reasons").is_none());
    let first = pair(parts.next()?, "reasons")?;
    let others = parts.take_while(|part| !part.contains('='));
    Some(
        std::iter::once(first)
            .chain(others.map(str::to_owned))
            .collect(),
    )
}

/// The elements of an array, or of a text with commas between.
fn items(value: &Json) -> Option<Vec<String>> {
    match (value.as_array(), value.as_str()) {
        (Some(array), _) => Some(array.iter().filter_map(owned).collect()),
        (None, Some(text)) => Some(parts(text).map(str::to_owned).collect()),
        (None, None) => None,
    }
}

fn owned(value: &Json) -> Option<String> {
    (!value.is_null())
        .then(|| scalar(value))
        .flatten()
        .map(Cow::into_owned)
}

fn text<'e>(text: String) -> Value<'e> {
    Value::Text(Cow::Owned(text.into_bytes()))
}
