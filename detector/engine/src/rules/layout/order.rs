//! In which order the keys of a mapping stand.

/// Orders of keys; the first key of each tells what the mapping is.
const ORDERS: [&[&str]; 7] = [
    &["policy"],
    &["required_engine_version"],
    &["required_plugin_versions"],
    &["list", "items", "append", "override"],
    &["macro", "condition", "append", "override"],
    &[
        "rule",
        "desc",
        "condition",
        "exceptions",
        "output",
        "priority",
        "severity",
        "source",
        "tags",
        "references",
        "enabled",
        "warn_evttypes",
        "skip-if-unknown-filter",
        "capture",
        "capture_duration",
        "append",
        "override",
    ],
    &[],
];

/// The order of an item's keys.
pub(super) fn of_item(keys: &[&str]) -> &'static [&'static str] {
    let is_it = |order: &&&[&str]| order.first().is_some_and(|first| keys.contains(first));
    ORDERS.iter().find(is_it).copied().unwrap_or_default()
}

/// The order of the keys of a mapping that is the value of a key, or stands in a list that is.
pub(super) fn within(key: &str) -> &'static [&'static str] {
    match key {
        "policy" => &[
            "id",
            "name",
            "description",
            "severity",
            "type",
            "enabled",
            "scope",
            "strict",
            "runbook",
        ],
        "scope" => &["integrations", "actors", "groups"],
        "exceptions" => &["name", "fields", "comps", "values"],
        "required_plugin_versions" => &["name", "version", "alternatives"],
        "alternatives" => &["name", "version"],
        _ => &[],
    }
}

/// Tells whether a key holds a condition.
pub(super) fn is_condition(key: &str) -> bool {
    key == "condition"
}

/// Tells whether a key holds prose, which may be broken into lines anew.
pub(super) fn is_prose(key: &str) -> bool {
    matches!(key, "desc" | "description" | "output" | "runbook")
}
