//! Tests that stand beside a policy, in `NAME.test.yaml`.
//!
//! ```yaml
//! - test: the third failure within five minutes is a burst
//!   rule: Name of the rule
//!   events:                       # or `event: {…}` for a single one
//!     - {at: "+00:00:00", event: {eventType: user.authentication.auth_via_mfa, actor: {id: 00u1}}}
//!     - {at: "+00:04:00", event: {…}}
//!   matches: true                 # asked of the last event
//! ```
//!
//! An event may be partial: one without `uuid` gets its own, one without `published` the time of
//! the test's start plus `at`. A rule is tested also while it is disabled.

use jiff::Timestamp;

use super::SourceFile;
use super::keys::Keys;
use super::report::Report;
use super::text::Scalar;
use super::yaml::{self, Node, Style, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Event;
use crate::policy::{Policy, Rule};
use crate::ruleset::{Context, matches};
use crate::state::State;

/// When every test starts, in milliseconds since 1970: 2026-01-05T12:00:00Z, a Monday noon.
const START_MS: i64 = 1_767_614_400_000;

/// What a file of tests showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// The cases in the order of the file.
    pub cases: Vec<TestCase>,
}

/// One test and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// What the test says of itself.
    pub name: String,
    /// The rule it asks.
    pub rule: String,
    /// Whether the rule should match.
    pub expected: bool,
    /// What went otherwise; `None` when it passed.
    pub failure: Option<String>,
}

/// Runs a file of tests against a policy. The error is what is wrong with the file.
pub fn run_tests(policy: &Policy, tests: &SourceFile) -> Result<TestReport, Vec<Diagnostic>> {
    let mut report = Report::new(std::slice::from_ref(tests));
    let mut cases = Vec::new();
    match yaml::read(&tests.text, 0) {
        Err(error) => report.at(Code::Yaml, (error.at, 1), error.message, None),
        Ok(documents) => {
            for document in documents.iter().filter(|document| !document.is_null()) {
                let Value::Sequence(nodes) = &document.value else {
                    let message = format!("expected a list of tests, found {}", document.kind());
                    report.at(Code::NotItems, (document.start, 1), message, None);
                    continue;
                };
                cases.extend(
                    nodes
                        .iter()
                        .filter_map(|node| case(node, policy, &mut report)),
                );
            }
        }
    }
    if report.has_errors() {
        Err(report.into_diagnostics())
    } else {
        Ok(TestReport { cases })
    }
}

fn case(node: &Node, policy: &Policy, report: &mut Report<'_>) -> Option<TestCase> {
    let keys = Keys::open(node, report)?;
    keys.warn_of_others(&["test", "rule", "event", "events", "matches"], report);
    let name = keys.required("test", report)?;
    let wanted = keys.required("rule", report)?;
    keys.required("matches", report)?;
    let expected = keys.boolean("matches", report)?;
    let events = events(&keys, report)?;
    let Some(rule) = policy
        .rules()
        .iter()
        .find(|rule| rule.name() == wanted.value)
    else {
        let message = format!(
            "the policy `{}` has no rule `{}`",
            policy.id(),
            wanted.value
        );
        report.scalar(Code::Test, &wanted, message);
        return None;
    };
    let found = verdict(rule, &events);
    let failure = match (expected, found) {
        (true, false) => Some("the rule should match, and does not".to_owned()),
        (false, true) => Some("the rule should not match, and does".to_owned()),
        _ => None,
    };
    Some(TestCase {
        name: name.value,
        rule: wanted.value,
        expected,
        failure,
    })
}

/// An event of a test.
struct Step {
    json: String,
    uuid: String,
    at_ms: i64,
}

fn events(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<Vec<Step>> {
    match (keys.get("event"), keys.get("events")) {
        (Some(event), None) => Some(vec![step(event, 0, 0, report)?]),
        (None, Some(events)) => {
            let Value::Sequence(nodes) = &events.value else {
                report.node(
                    Code::WrongType,
                    events,
                    format!("`events` must be a list, not {}", events.kind()),
                );
                return None;
            };
            let steps: Vec<Option<Step>> = nodes
                .iter()
                .enumerate()
                .map(|(number, node)| timed_step(node, number, report))
                .collect();
            steps.into_iter().collect()
        }
        _ => {
            let at = keys.key("test").unwrap_or(keys.node());
            report.node(
                Code::Test,
                at,
                "a test needs `event` or `events`, one of them",
            );
            None
        }
    }
}

fn timed_step(node: &Node, number: usize, report: &mut Report<'_>) -> Option<Step> {
    let keys = Keys::open(node, report)?;
    keys.warn_of_others(&["at", "event"], report);
    let at_ms = match keys.scalar("at", report) {
        None => 0,
        Some(at) => offset(&at, report)?,
    };
    let Some(event) = keys.get("event") else {
        report.node(Code::MissingKey, node, "the key `event` is missing");
        return None;
    };
    step(event, number, at_ms, report)
}

/// Reads `+HH:MM:SS`.
fn offset(scalar: &Scalar, report: &mut Report<'_>) -> Option<i64> {
    let read = || {
        let mut numbers = scalar
            .value
            .strip_prefix('+')?
            .split(':')
            .map(|number| number.parse::<u32>().ok());
        let [hours, minutes, seconds] = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(())?;
        Some((i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds)) * 1000)
    };
    let offset = read();
    if offset.is_none() {
        report.scalar_help(
            Code::Test,
            scalar,
            "`at` is no time after the start",
            "write it as \"+00:01:30\"",
        );
    }
    offset
}

fn step(node: &Node, number: usize, at_ms: i64, report: &mut Report<'_>) -> Option<Step> {
    let Value::Mapping(pairs) = &node.value else {
        report.node(
            Code::WrongType,
            node,
            format!("an event must be a mapping, not {}", node.kind()),
        );
        return None;
    };
    let has = |key: &str| pairs.iter().any(|(name, _)| name.scalar() == Some(key));
    let mut members = members(pairs);
    let uuid = format!("test-{number}");
    if !has("uuid") {
        members.push(format!("\"uuid\":{}", quoted(&uuid)));
    }
    if !has("published") {
        let published = Timestamp::from_millisecond(START_MS + at_ms).ok()?;
        members.push(format!("\"published\":{}", quoted(&published.to_string())));
    }
    let json = format!("{{{}}}", members.join(","));
    let event = match Event::parse(&json) {
        Ok(event) => event,
        Err(error) => {
            report.node(Code::Test, node, format!("this is no event: {error}"));
            return None;
        }
    };
    let uuid = event.uuid().map_or(uuid, str::to_owned);
    let at_ms = event.published_ms().unwrap_or(START_MS + at_ms);
    Some(Step { json, uuid, at_ms })
}

/// Judges the events in order; the verdict is that on the last one.
fn verdict(rule: &Rule, steps: &[Step]) -> bool {
    let mut state = State::default();
    let mut found = false;
    for (offset, step) in (0..).zip(steps) {
        let Ok(event) = Event::parse(&step.json) else {
            return false;
        };
        let context = Context {
            integration: "test",
            org: "example.okta.com",
            uuid: &step.uuid,
            appended_ms: step.at_ms,
            published_ms: step.at_ms,
            offset,
        };
        found = matches(rule, &event, &context, &mut state);
    }
    found
}

/// Writes YAML as JSON: a plain scalar that JSON knows as a number, `true`, `false` or `null` is
/// that, all else text.
fn json(node: &Node) -> String {
    match &node.value {
        Value::Scalar(..) if node.is_null() => "null".to_owned(),
        Value::Scalar(text, Style::Plain) if is_literal(text) => text.clone(),
        Value::Scalar(text, _) => quoted(text),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Mapping(pairs) => format!("{{{}}}", members(pairs).join(",")),
    }
}

fn members(pairs: &[(Node, Node)]) -> Vec<String> {
    let member = |(key, value): &(Node, Node)| {
        let name = key.scalar().map_or_else(|| quoted(&json(key)), quoted);
        format!("{name}:{}", json(value))
    };
    pairs.iter().map(member).collect()
}

fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false") || serde_json::from_str::<serde_json::Number>(text).is_ok()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
