//! What Falco calls our diagnostics.

use nightlatch_engine::Diagnostic;

/// Falco's warning of a condition.
pub(crate) const COMPILE_CONDITION: &str = "LOAD_COMPILE_CONDITION";

/// The codes of ours that one of Falco's stands for.
const CODES: [(&str, &[&str]); 17] = [
    ("LOAD_ERR_YAML_PARSE", &["E0001"]),
    (
        "LOAD_ERR_YAML_VALIDATE",
        &[
            "E0002", "E0004", "E0005", "E0006", "E0007", "E0009", "E0011",
        ],
    ),
    (
        "LOAD_ERR_VALIDATE",
        &[
            "E0005", "E0007", "E0008", "E0009", "E0011", "E0012", "E0103", "E0108", "E0109",
        ],
    ),
    (
        "LOAD_ERR_COMPILE_CONDITION",
        &[
            "E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0107", "E0110", "E0111",
            "E0112",
        ],
    ),
    ("LOAD_ERR_COMPILE_OUTPUT", &["E0201"]),
    (COMPILE_CONDITION, &["W0101", "W0102"]),
    ("LOAD_UNKNOWN_SOURCE", &["W0004"]),
    ("LOAD_UNKNOWN_FILTER", &["W0008"]),
    ("LOAD_UNUSED_MACRO", &["W0103"]),
    ("LOAD_UNUSED_LIST", &["W0104"]),
    ("LOAD_UNKNOWN_ITEM", &["W0001"]),
    ("LOAD_UNKNOWN_KEY", &["W0002"]),
    ("LOAD_DEPRECATED_ITEM", &["W0003"]),
    ("LOAD_APPEND_NO_VALUES", &["W0007"]),
    ("LOAD_EXCEPTION_NAME_NOT_UNIQUE", &["W0007"]),
    ("LOAD_INVALID_MACRO_NAME", &["W0006"]),
    ("LOAD_INVALID_LIST_NAME", &["W0006"]),
];

/// How tests name an expected error or warning, by the start of what they write, and Falco's code for
/// it.
const NAMES: [(&str, &str); 27] = [
    ("WARNING_APPEND", "LOAD_DEPRECATED_ITEM"),
    ("WARNING_ENABLED", "LOAD_DEPRECATED_ITEM"),
    ("Macro has an invalid name", "LOAD_INVALID_MACRO_NAME"),
    ("List has an invalid name", "LOAD_INVALID_LIST_NAME"),
    (
        "Overriding/appending exception with no values",
        "LOAD_APPEND_NO_VALUES",
    ),
    (
        "Multiple definitions of exception",
        "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
    ),
    ("Unknown key", "LOAD_UNKNOWN_KEY"),
    ("Unknown source", "LOAD_UNKNOWN_SOURCE"),
    ("Unknown top level item", "LOAD_UNKNOWN_ITEM"),
    ("Key '", "LOAD_ERR_YAML_VALIDATE"),
    ("ERROR_OVERRIDE_APPEND", "LOAD_ERR_YAML_VALIDATE"),
    ("ERROR_NO_PREVIOUS_", "LOAD_ERR_VALIDATE"),
    ("An append override", "LOAD_ERR_YAML_VALIDATE"),
    ("A replace override", "LOAD_ERR_YAML_VALIDATE"),
    ("An replace override", "LOAD_ERR_YAML_VALIDATE"),
    ("Unexpected key", "LOAD_ERR_YAML_VALIDATE"),
    ("'enabled' was specified", "LOAD_ERR_YAML_VALIDATE"),
    ("Item has no mapping for key", "LOAD_ERR_YAML_VALIDATE"),
    ("Mapping for key", "LOAD_ERR_YAML_VALIDATE"),
    ("Unable to parse engine version", "LOAD_ERR_YAML_VALIDATE"),
    ("Rules require engine version", "LOAD_ERR_VALIDATE"),
    (
        "Rule has been re-defined with a different source",
        "LOAD_ERR_VALIDATE",
    ),
    ("comps must be one of", "LOAD_ERR_VALIDATE"),
    ("When fields is a single value", "LOAD_ERR_VALIDATE"),
    ("Undefined macro", "LOAD_ERR_VALIDATE"),
    ("Fields and ", "LOAD_ERR_VALIDATE"),
    ("Rule exception", "LOAD_ERR_VALIDATE"),
];

/// The codes of ours that may tell what Falco's does.
pub(crate) fn codes(falcos: &str) -> Option<&'static [&'static str]> {
    let found = CODES.iter().find(|(name, _)| *name == falcos);
    found.map(|(_, ours)| *ours)
}

/// Falco's code for what a test of its loader expects.
pub(crate) fn code_of(expected: &str) -> Option<&'static str> {
    if expected.ends_with("is not a supported comparison operator") {
        return Some("LOAD_ERR_VALIDATE");
    }
    if expected.contains("misused as a const string value") || expected.contains("may be optimized")
    {
        return Some(COMPILE_CONDITION);
    }
    let found = NAMES.iter().find(|(name, _)| expected.starts_with(name));
    found.map(|(_, code)| *code)
}

/// How many of our diagnostics are what Falco's code says.
pub(crate) fn warnings(diagnostics: &[Diagnostic], falcos: &str) -> usize {
    let codes = codes(falcos).unwrap_or_default();
    diagnostics
        .iter()
        .filter(|found| codes.contains(&found.code))
        .count()
}
