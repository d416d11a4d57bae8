//! What Okta found unusual: behaviours and risk.
//!
//! Okta tells them in `securityContext`, as structures, and in the debug data, whose values are no
//! contract: there they occur as `{a=b, c=d}`, as a list of such pairs, as an object, and as JSON
//! in a string. Structures come first.

use super::{Facts, Selector, Visit};
use crate::event::{Event, Json, Opened};

const SECURITY: &str = "securityContext";
const DEBUG: [&str; 2] = ["debugContext", "debugData"];

/// What Okta says of a behaviour, such as `POSITIVE`. Its name counts whatever its case.
pub(super) fn behavior(
    facts: &Facts<'_>,
    selector: Option<&Selector>,
    visit: Visit<'_>,
) -> Option<()> {
    let Some(Selector::Name(name)) = selector else {
        return None;
    };
    let event = facts.event;
    let structured = event.at(&[SECURITY, "userBehaviors"]);
    structured
        .and_then(|behaviors| pair_in(behaviors, name, visit))
        .or_else(|| pair_in(debug(event, "behaviors")?, name, visit))
        .or_else(|| pair_in(logged(event)?.json().member("behaviors")?, name, visit))
}

/// The level of the risk: `LOW`, `MEDIUM` or `HIGH`.
pub(super) fn level(facts: &Facts<'_>, _: Option<&Selector>, visit: Visit<'_>) -> Option<()> {
    let event = facts.event;
    let structured = event.at(&[SECURITY, "risk", "level"]);
    structured
        .and_then(|level| give(level, visit))
        .or_else(|| pair_in(debug(event, "risk")?, "level", visit))
        .or_else(|| give(debug(event, "riskLevel")?, visit))
        .or_else(|| pair_in(logged(event)?.json().member("risk")?, "level", visit))
}

/// The level of the risk before.
pub(super) fn previous_level(
    facts: &Facts<'_>,
    _: Option<&Selector>,
    visit: Visit<'_>,
) -> Option<()> {
    of_risk(facts.event, "previousLevel", visit)
}

/// The name of what detected the risk.
pub(super) fn detection(facts: &Facts<'_>, _: Option<&Selector>, visit: Visit<'_>) -> Option<()> {
    of_risk(facts.event, "detectionName", visit)
}

fn of_risk(event: &Event<'_>, name: &str, visit: Visit<'_>) -> Option<()> {
    let structured = event.at(&[SECURITY, "risk", name]);
    structured
        .and_then(|value| give(value, visit))
        .or_else(|| pair_in(debug(event, "risk")?, name, visit))
        .or_else(|| pair_in(logged(event)?.json().member("risk")?, name, visit))
}

/// Why Okta sees a risk.
pub(super) fn reasons(facts: &Facts<'_>, _: Option<&Selector>, visit: Visit<'_>) -> Option<()> {
    let event = facts.event;
    let structured = event.at(&[SECURITY, "risk", "reasons"]);
    structured
        .and_then(|reasons| items(reasons, visit))
        .or_else(|| reasons_in(debug(event, "risk")?, visit))
        .or_else(|| items(debug(event, "riskReasons")?, visit))
        .or_else(|| reasons_in(logged(event)?.json().member("risk")?, visit))
}

fn debug<'v>(event: &'v Event<'_>, key: &str) -> Option<Json<'v>> {
    let [context, data] = DEBUG;
    event.at(&[context, data, key])
}

/// The object that Okta writes for its log alone, mostly as JSON in a string.
fn logged<'v>(event: &'v Event<'_>) -> Option<Opened<'v>> {
    debug(event, "logOnlySecurityData")?.opened()
}

/// Gives the value that goes with a name, in whichever way pairs are written.
fn pair_in(pairs: Json<'_>, name: &str, visit: Visit<'_>) -> Option<()> {
    if let Some(written) = pairs.as_str() {
        return match pairs.opened() {
            Some(structure) => pair_in(structure.json(), name, visit),
            None => parts(written).find_map(|part| pair(part, name, visit)),
        };
    }
    if let Some(mut elements) = pairs.elements() {
        return elements.find_map(|element| match element.as_str() {
            Some(part) => pair(part, name, visit),
            None => named(element, name, visit),
        });
    }
    pairs.members()?.find_map(|(key, value)| {
        if key.eq_ignore_ascii_case(name) {
            give(value, visit)
        } else {
            pair(key, name, visit)
        }
    })
}

/// `{"name": …, "result": …}`
fn named(element: Json<'_>, name: &str, visit: Visit<'_>) -> Option<()> {
    let found = element.member("name")?.as_str()?;
    let is_it = found.eq_ignore_ascii_case(name);
    is_it.then(|| give(element.member("result")?, visit))?
}

/// `name=value`
fn pair(part: &str, name: &str, visit: Visit<'_>) -> Option<()> {
    let (key, value) = part.split_once('=')?;
    let is_it = key.trim().eq_ignore_ascii_case(name);
    is_it.then(|| visit(value.trim().as_bytes()))
}

/// The parts of `{a=b, c=d}`.
fn parts(written: &str) -> impl Iterator<Item = &str> {
    let written = written.trim();
    let inner = written.strip_prefix('{').unwrap_or(written);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    inner.split(',').map(str::trim)
}

/// The reasons of `{reasons=a, b, level=HIGH}`, or of an object.
fn reasons_in(risk: Json<'_>, visit: Visit<'_>) -> Option<()> {
    let Some(written) = risk.as_str() else {
        return items(risk.member("reasons")?, visit);
    };
    if let Some(structure) = risk.opened() {
        return items(structure.json().member("reasons")?, visit);
    }
    let mut parts = parts(written);
    parts.find_map(|part| pair(part, "reasons", visit))?;
    for other in parts.take_while(|part| !part.contains('=')) {
        visit(other.as_bytes());
    }
    Some(())
}

/// The elements of an array, or of a text with commas between.
fn items(value: Json<'_>, visit: Visit<'_>) -> Option<()> {
    if let Some(text) = value.as_str() {
        parts(text).for_each(|part| visit(part.as_bytes()));
        return Some(());
    }
    for element in value.elements()? {
        give(element, visit);
    }
    Some(())
}

fn give(value: Json<'_>, visit: Visit<'_>) -> Option<()> {
    (!value.is_null()).then(|| visit(value.scalar().as_bytes()))
}
