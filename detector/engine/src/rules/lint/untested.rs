//! Rules that no test asks.

use std::collections::HashMap;

use super::super::testing::Test;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, Rule};

/// A rule that lacks a test.
#[derive(Debug, Clone, Copy)]
pub struct Untested<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// Whether no test expects it to match.
    pub without_match: bool,
    /// Whether no test expects it not to match.
    pub without_other: bool,
}

/// Returns the rules of a policy for which a test is missing: one that expects a match, or one that
/// expects none.
pub fn untested<'p>(policy: &'p Policy, tests: &[Test<'_>]) -> Vec<Untested<'p>> {
    let mut tested: HashMap<&str, (bool, bool)> = HashMap::new();
    for test in tests {
        let (matching, other) = tested.entry(test.rule.name()).or_default();
        *matching |= test.expected;
        *other |= !test.expected;
    }
    let missing = |rule: &'p Rule| {
        let (matching, other) = tested.get(rule.name()).copied().unwrap_or_default();
        (!(matching && other)).then_some(Untested {
            rule,
            without_match: !matching,
            without_other: !other,
        })
    };
    policy.rules().iter().filter_map(missing).collect()
}

impl Untested<'_> {
    /// Tells of it at the rule's name in the file of rules.
    pub fn diagnostic(&self) -> Diagnostic {
        let missing = match (self.without_match, self.without_other) {
            (true, true) => "no test asks for",
            (true, false) => "no test expects a match of",
            _ => "every test expects a match of",
        };
        let help = match (self.without_match, self.without_other) {
            (true, true) => "write one with `matches: true` and one with `matches: false`",
            (true, false) => "write one with `matches: true`",
            _ => "write one with `matches: false`, of an event that is nearly one to match",
        };
        let place = self.rule.place.clone();
        Diagnostic {
            code: Code::Untested.id(),
            severity: Code::Untested.severity(),
            file: place.file,
            line: place.line,
            column: place.column,
            length: place.length,
            message: format!("{missing} the rule `{}`", self.rule.name()),
            help: Some(help.to_owned()),
        }
    }
}
