//! The error about an unknown key, with what was probably meant.

use super::error::{ConfigError, Origin};
use super::key::{KeyPath, Step};
use super::schema::Schema;

/// Refuses a key that no defaults file knows.
pub(super) fn unknown(schema: &Schema, path: &KeyPath, origin: Origin) -> ConfigError {
    let advice = if let Some(meant) = meant(schema, path) {
        format!("did you mean {}?", as_in(&origin, &meant))
    } else {
        let known = known_beside(schema, path);
        let known: Vec<String> = known.iter().map(|path| as_in(&origin, path)).collect();
        format!("known here: {}", known.join(", "))
    };
    ConfigError::new(path.to_string(), origin, "unknown key").advise(advice)
}

/// A key as it is written in the source that holds the unknown one.
fn as_in(origin: &Origin, path: &KeyPath) -> String {
    match origin {
        Origin::Env { .. } => path.to_variable(),
        _ => path.to_string(),
    }
}

/// The known key or table that is most like `path`, if one is like it at all.
fn meant(schema: &Schema, path: &KeyPath) -> Option<KeyPath> {
    let wanted = path.template().to_string().to_lowercase().replace('-', "_");
    let known = schema.keys.keys().chain(schema.sections.keys());
    let (distance, best) = known
        .map(|key| (strsim::damerau_levenshtein(&key.to_string(), &wanted), key))
        .min_by_key(|(distance, _)| *distance)?;
    let bearable = (wanted.chars().count() / 3).clamp(1, 3);
    if distance <= bearable {
        return Some(numbered_like(best, path));
    }
    let name = path.last_name()?.to_lowercase();
    let same_name = schema
        .keys
        .keys()
        .find(|key| key.last_name() == Some(&name));
    same_name.map(|key| numbered_like(key, path))
}

/// Puts the numbers of `path` in the places where `template` has its zeros.
fn numbered_like(template: &KeyPath, path: &KeyPath) -> KeyPath {
    let mut numbers = path.0.iter().filter(|step| matches!(step, Step::Index(_)));
    let step = |step: &Step| match step {
        Step::Index(_) => numbers.next().unwrap_or(step).clone(),
        Step::Name(_) => step.clone(),
    };
    KeyPath(template.0.iter().map(step).collect())
}

/// The keys and tables that stand beside `path`; those at the top when its table is unknown too.
fn known_beside(schema: &Schema, path: &KeyPath) -> Vec<KeyPath> {
    let parent = path.parent();
    let parent = if schema.is_table(&parent) {
        parent
    } else {
        KeyPath::default()
    };
    let all = schema.keys.keys().chain(schema.sections.keys());
    let beside = all.filter(|key| key.parent() == parent.template());
    beside.map(|key| numbered_like(key, path)).collect()
}
