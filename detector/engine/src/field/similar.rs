//! What was meant by a name that is no field: a slip, a path of the event, or a field of another
//! plugin of Falco.

use super::{Field, Getter, catalogue::FIELDS};
use crate::event::keys::KEYS;

/// How many names are offered for one that is unknown.
const SUGGESTIONS: usize = 3;
/// How alike a name must be to be offered, 1 being equal, and how much less than the best.
const ALIKE: f64 = 0.65;
const NEARLY_AS_GOOD: f64 = 0.05;

/// Fields of Falco's other sources, and the one here that says the same.
const ELSEWHERE: [(&str, &str); 16] = [
    ("evt.type", "okta.evt.type"),
    ("evt.name", "okta.evt.type"),
    ("evt.res", "okta.result"),
    ("user.name", "okta.actor.name"),
    ("user.id", "okta.actor.id"),
    ("user.email", "okta.actor.alternateid"),
    ("fd.ip", "okta.client.ip"),
    ("fd.cip", "okta.client.ip"),
    ("fd.sip", "okta.client.ip"),
    ("ct.name", "okta.evt.type"),
    ("ct.user", "okta.actor.alternateid"),
    ("ct.srcip", "okta.client.ip"),
    ("ct.useragent", "okta.useragent.raw"),
    ("ct.error", "okta.reason"),
    ("ka.verb", "okta.evt.type"),
    ("ka.user.name", "okta.actor.alternateid"),
];

/// What people call the last part of a name, and what it is called.
const OTHERWISE_CALLED: [(&str, &str); 8] = [
    ("email", "alternateid"),
    ("login", "alternateid"),
    ("username", "alternateid"),
    ("displayname", "name"),
    ("ipaddress", "ip"),
    ("address", "ip"),
    ("latitude", "lat"),
    ("longitude", "lon"),
];

/// The fields that were probably meant, the best first.
pub(super) fn similar(name: &str) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let same = FIELDS
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name));
    if let Some(same) = same {
        return vec![same.name.to_owned()];
    }
    if let Some((_, here)) = ELSEWHERE.iter().find(|(other, _)| *other == wanted) {
        return vec![(*here).to_owned()];
    }
    let path = at_path(name);
    if !path.is_empty() {
        return path;
    }
    let alike = alike(&wanted);
    if !alike.is_empty() || !wanted.starts_with("okta.") {
        return alike;
    }
    ending_alike(&wanted)
}

/// The fields that take their value from a key of this name, the last of their path.
pub(crate) fn at_key(key: &str) -> Vec<&'static str> {
    let is_there = |field: &&Field| {
        let last = path_of(field).and_then(|path| path.last());
        last.is_some_and(|last| last.eq_ignore_ascii_case(key))
    };
    let found = FIELDS.iter().filter(is_there).map(|field| field.name);
    found.take(SUGGESTIONS).collect()
}

fn path_of(field: &Field) -> Option<&'static [&'static str]> {
    match field.getter {
        Getter::Path(path) | Getter::PathOrAbsent(path) | Getter::Number(path) => Some(path),
        Getter::Under(_)
        | Getter::LastTarget(..)
        | Getter::Targets(_)
        | Getter::Count(_)
        | Getter::Always(_)
        | Getter::Call(_)
        | Getter::Made(_)
        | Getter::Each(_)
        | Getter::Never(_) => None,
    }
}

/// A path of the event that is written with dots: the field that reads it, else a pointer.
fn at_path(name: &str) -> Vec<String> {
    let keys: Vec<&str> = name.split('.').collect();
    let keys = match keys.as_slice() {
        ["okta" | "event" | "json", rest @ ..] if !rest.is_empty() => rest,
        keys => keys,
    };
    let is_same = |path: &[&str]| {
        path.len() == keys.len()
            && path
                .iter()
                .zip(keys)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let fields = FIELDS
        .iter()
        .filter(|field| path_of(field).is_some_and(is_same));
    let fields: Vec<String> = fields.map(|field| field.name.to_owned()).collect();
    if !fields.is_empty() {
        return fields;
    }
    // `okta.client.x` is more probably a slip in the name of a field.
    let is_path = !name.starts_with("okta.") || name.contains(|c: char| c.is_ascii_uppercase());
    match keys {
        [_] => Vec::new(),
        ["debugContext", "debugData", key] => vec![format!("okta.debug[{key}]")],
        [first, ..] if is_path && KEYS.iter().any(|(key, _)| key == first) => {
            vec![format!("json.value[/{}]", keys.join("/"))]
        }
        _ => Vec::new(),
    }
}

fn alike(wanted: &str) -> Vec<String> {
    let called = match wanted.rsplit_once('.') {
        Some((head, last)) => {
            let other = OTHERWISE_CALLED.iter().find(|(other, _)| *other == last);
            other.map(|(_, last)| format!("{head}.{last}"))
        }
        None => None,
    };
    let score = |field: &Field| {
        let name = field.name.to_ascii_lowercase();
        let score = |wanted: &str| strsim::normalized_damerau_levenshtein(wanted, &name);
        called.as_deref().map_or(0.0, score).max(score(wanted))
    };
    let mut near: Vec<(f64, &Field)> = FIELDS
        .iter()
        .map(|field| (score(field), field))
        .filter(|(score, _)| *score > ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = near.first().map_or(0.0, |(score, _)| *score);
    near.into_iter()
        .take_while(|(score, _)| best - score < NEARLY_AS_GOOD)
        .take(SUGGESTIONS)
        .map(|(_, field)| field.name.to_owned())
        .collect()
}

/// The fields whose names end like this one: `okta.country` for `okta.client.geo.country`.
fn ending_alike(wanted: &str) -> Vec<String> {
    let Some((_, last)) = wanted.rsplit_once('.') else {
        return Vec::new();
    };
    let other = OTHERWISE_CALLED.iter().find(|(other, _)| *other == last);
    let last = other.map_or(last, |(_, name)| name);
    let ends_so = |field: &&Field| {
        field
            .name
            .rsplit('.')
            .next()
            .is_some_and(|end| end.eq_ignore_ascii_case(last))
    };
    let found = FIELDS
        .iter()
        .filter(ends_so)
        .map(|field| field.name.to_owned());
    found.take(SUGGESTIONS).collect()
}
