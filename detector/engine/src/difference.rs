//! Where this engine differs from Falco with its okta plugin unless a policy is strict: a table, each
//! row with rules and events that show it. `docs/reference/strict.md` is written from it, and a test
//! runs every row both ways.

use std::sync::Arc;

use crate::{Context, Dialect, Event, PolicyKind, Ruleset, SourceFile, State, compile_files};

mod table;

/// One difference.
#[derive(Debug)]
pub struct Difference {
    /// What it is about.
    pub what: &'static str,
    /// What Falco does, and a strict policy.
    pub strict: &'static str,
    /// What happens else.
    pub default: &'static str,
    /// Rules files that show it; the first rule of the last one is asked.
    pub rules: &'static [&'static str],
    /// Events that show it; the rule is asked about the last one.
    pub events: &'static [&'static str],
    /// What a condition must name for the difference to concern it.
    mentions: &'static [&'static str],
}

/// What rules say of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The rule matches.
    Matches,
    /// The rule does not match.
    DoesNotMatch,
    /// The rule is left out, with a warning.
    LeftOut,
    /// The file is refused; the code of the first error.
    Refused(&'static str),
}

/// Returns all differences.
pub fn differences() -> &'static [Difference] {
    table::DIFFERENCES
}

impl Difference {
    /// Whether a condition names what the difference is about.
    pub fn concerns(&self, condition: &str) -> bool {
        self.mentions.iter().any(|name| condition.contains(name))
    }

    /// What comes of the rules and events in a dialect.
    pub fn outcome(&self, dialect: &Dialect) -> Outcome {
        let files: Vec<SourceFile> = (1..)
            .zip(self.rules)
            .map(|(number, rules)| SourceFile {
                name: format!("rules-{number}.yaml"),
                text: (*rules).to_owned(),
            })
            .collect();
        let compiled = compile_files(&files, PolicyKind::Custom, dialect);
        let Some(policy) = compiled.policy else {
            let error = compiled.diagnostics.iter().find(|found| found.is_error());
            return Outcome::Refused(error.map_or("", |error| error.code));
        };
        if policy.rules().is_empty() {
            return Outcome::LeftOut;
        }
        let mut state = State::default();
        let mut matches = false;
        let ruleset = Ruleset::new(vec![Arc::new(policy)]).unwrap_or_default();
        for (offset, json) in (0..).zip(self.events) {
            let Ok(event) = Event::parse(json) else {
                continue;
            };
            let uuid = format!("event-{offset}");
            let published_ms = event.published_ms().unwrap_or_default();
            let context = Context {
                integration: "example",
                org: "example.okta.com",
                uuid: &uuid,
                appended_ms: published_ms,
                published_ms,
                offset,
            };
            matches = !ruleset
                .evaluate(&event, &context, &mut state)
                .detections
                .is_empty();
        }
        if matches {
            Outcome::Matches
        } else {
            Outcome::DoesNotMatch
        }
    }
}
