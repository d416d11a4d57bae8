//! Reads the keys of a mapping, each as the type it must have, and tells of those that nobody asked
//! for.

use super::report::Report;
use super::text::Scalar;
use super::yaml::{Node, Value};
use crate::diagnostic::Code;

/// A mapping whose keys are read one by one.
pub(super) struct Keys<'n> {
    node: &'n Node,
    pairs: Vec<(&'n str, &'n Node, &'n Node)>,
}

impl<'n> Keys<'n> {
    /// Opens a node that must be a mapping.
    pub(super) fn open(node: &'n Node, report: &mut Report<'_>) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else {
            report.node(
                Code::WrongType,
                node,
                format!("expected a mapping, found {}", node.kind()),
            );
            return None;
        };
        let mut pairs: Vec<(&str, &Node, &Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = key.scalar() else {
                report.node(
                    Code::WrongType,
                    key,
                    format!("expected a key, found {}", key.kind()),
                );
                continue;
            };
            if pairs.iter().any(|(known, ..)| *known == name) {
                let message = format!("the key `{name}` stands here twice, the first one counts");
                report.node(Code::DuplicateKey, key, message);
                continue;
            }
            pairs.push((name, key, value));
        }
        Some(Self { node, pairs })
    }

    /// The whole mapping.
    pub(super) fn node(&self) -> &'n Node {
        self.node
    }

    /// The value of a key; one that is `null` counts as missing.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        let (.., value) = self.pairs.iter().find(|(name, ..)| *name == key)?;
        (!value.is_null()).then_some(*value)
    }

    /// The node of a key itself.
    pub(super) fn key(&self, key: &str) -> Option<&'n Node> {
        self.pairs
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(_, node, _)| *node)
    }

    /// The names of all keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &'n str> {
        self.pairs.iter().map(|(name, ..)| *name)
    }

    /// Tells whether a key is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.pairs.iter().any(|(name, ..)| *name == key)
    }

    /// A single value.
    pub(super) fn scalar(&self, key: &str, report: &mut Report<'_>) -> Option<Scalar> {
        let node = self.get(key)?;
        let scalar = Scalar::of(node);
        if scalar.is_none() {
            report.node(
                Code::WrongType,
                node,
                format!("`{key}` must be a single value, not {}", node.kind()),
            );
        }
        scalar
    }

    /// A single value that must be there and not empty.
    pub(super) fn required(&self, key: &str, report: &mut Report<'_>) -> Option<Scalar> {
        if self.get(key).is_none() {
            let at = self.pairs.first().map_or(self.node, |(_, key, _)| *key);
            report.node(Code::MissingKey, at, format!("the key `{key}` is missing"));
            return None;
        }
        let scalar = self.scalar(key, report)?;
        if scalar.value.trim().is_empty() {
            report.scalar(
                Code::MissingKey,
                &scalar,
                format!("`{key}` must not be empty"),
            );
            return None;
        }
        Some(scalar)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, key: &str, report: &mut Report<'_>) -> Option<bool> {
        let scalar = self.scalar(key, report)?;
        match scalar.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => {
                report.scalar(
                    Code::BadValue,
                    &scalar,
                    format!("`{key}` must be `true` or `false`"),
                );
                None
            }
        }
    }

    /// A severity: 0 to 7.
    pub(super) fn severity(&self, report: &mut Report<'_>) -> Option<u8> {
        let scalar = self.scalar("severity", report)?;
        let severity = scalar.value.parse().ok().filter(|severity| *severity <= 7);
        if severity.is_none() {
            let help = "0 to 3 is high, 4 and 5 medium, 6 low, 7 info";
            report.scalar_help(Code::BadValue, &scalar, "`severity` must be 0 to 7", help);
        }
        severity
    }

    /// A list of single values.
    pub(super) fn scalars(&self, key: &str, report: &mut Report<'_>) -> Option<Vec<Scalar>> {
        let node = self.get(key)?;
        let Value::Sequence(items) = &node.value else {
            report.node(
                Code::WrongType,
                node,
                format!("`{key}` must be a list, not {}", node.kind()),
            );
            return None;
        };
        let mut scalars = Vec::with_capacity(items.len());
        for item in items {
            if let Some(scalar) = Scalar::of(item) {
                scalars.push(scalar);
            } else {
                let message = format!("`{key}` holds single values, not {}", item.kind());
                report.node(Code::WrongType, item, message);
            }
        }
        Some(scalars)
    }

    /// Tells of the keys that are not among those known.
    pub(super) fn warn_of_others(&self, known: &[&str], report: &mut Report<'_>) {
        for (name, key, _) in &self.pairs {
            if known.contains(name) {
                continue;
            }
            let message = format!("unknown key `{name}`, it has no effect");
            match similar(name, known) {
                Some(similar) => {
                    let help = format!("did you mean `{similar}`?");
                    report.node_help(Code::UnknownKey, key, message, help);
                }
                None => report.node(Code::UnknownKey, key, message),
            }
        }
    }
}

/// What people call keys, and what they are called.
const OTHERWISE_CALLED: [(&str, &str); 14] = [
    ("description", "desc"),
    ("message", "output"),
    ("alert", "output"),
    ("level", "priority"),
    ("filter", "condition"),
    ("query", "condition"),
    ("when", "condition"),
    ("title", "name"),
    ("exception", "exceptions"),
    ("operators", "comps"),
    ("comparisons", "comps"),
    ("values", "items"),
    ("disabled", "enabled"),
    ("logsource", "source"),
];
/// How alike a key must be to be offered for another one, 1 being equal.
const ALIKE: f64 = 0.8;

/// The key that was probably meant.
fn similar<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let called = OTHERWISE_CALLED.iter().filter(|(other, _)| *other == name);
    let mut called = called.filter_map(|(_, key)| known.iter().find(|known| *known == key));
    if let Some(key) = called.next() {
        return Some(key);
    }
    let lower = name.to_ascii_lowercase();
    let scores = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, &lower), *known));
    let best = scores.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > ALIKE).then_some(best.1)
}
