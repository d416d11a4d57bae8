//! Tests that stand beside a policy, in `NAME.test.yaml`.
//!
//! ```yaml
//! - test: the third failure within five minutes is a burst
//!   rule: Name of the rule
//!   events:                       # or `event: {…}` for a single one
//!     - {at: "+00:00:00", event: {eventType: user.authentication.auth_via_mfa, actor: {id: 00u1}}}
//!     - {at: "+00:04:00", event: {…}}
//!   matches: true                 # asked of the last event
//!   lists: {service_desk: [ann]}  # what stands in lists of the policy meanwhile; not needed
//! ```
//!
//! An event may be partial: one without `uuid` gets its own, one without `published` the time of
//! the test's start plus `at`. A rule is tested also while it is disabled.

use jiff::Timestamp;

use super::document::{members, quoted};
use super::keys::Keys;
use super::report::Report;
use super::text::Scalar;
use super::yaml::{self, Node, Value};
use super::{SourceFile, compile_files};
use crate::condition::explain::{Explanation, explain};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::dialect::Dialect;
use crate::event::Event;
use crate::policy::{Policy, Rule};
use crate::ruleset::{Context, matches};
use crate::state::State;

/// When every test starts, in milliseconds since 1970: 2026-01-05T12:00:00Z, a Monday noon.
const START_MS: i64 = 1_767_614_400_000;

/// What a file of tests holds.
#[derive(Debug)]
pub struct Tests<'p> {
    /// The tests in the order of the file, but for those that an error is about.
    pub tests: Vec<Test<'p>>,
    /// All that is wrong with the file, in the order of its lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// A test of a rule, ready to run.
#[derive(Debug)]
pub struct Test<'p> {
    /// What the test says of itself.
    pub name: String,
    /// The rule it asks.
    pub rule: &'p Rule,
    /// Whether the rule should match the last event.
    pub expected: bool,
    /// Where the test is written.
    pub place: Place,
    /// The policy, and the lists of it that the test fills.
    filled: Option<(&'p Policy, SourceFile)>,
    steps: Vec<Step>,
}

/// How a test went that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went otherwise.
    pub message: String,
    /// Why, on the last event; `None` when the test has no event.
    pub explanation: Option<Explanation>,
}

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
pub fn run_tests(policy: &Policy, file: &SourceFile) -> Result<TestReport, Vec<Diagnostic>> {
    let Tests { tests, diagnostics } = read_tests(Some(policy), file);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let case = |test: Test<'_>| TestCase {
        failure: test.run().map(|failure| failure.message),
        rule: test.rule.name().to_owned(),
        name: test.name,
        expected: test.expected,
    };
    Ok(TestReport {
        cases: tests.into_iter().map(case).collect(),
    })
}

/// Reads a file of tests of a policy. Without a policy, because its file is broken, only the shape
/// of the tests is looked at.
pub fn read_tests<'p>(policy: Option<&'p Policy>, file: &SourceFile) -> Tests<'p> {
    let mut report = Report::new(std::slice::from_ref(file));
    let mut tests = Vec::new();
    match yaml::read(&file.text, 0) {
        Err(error) => report.at(Code::Yaml, (error.at, 1), error.message, None),
        Ok(documents) => {
            for document in documents.iter().filter(|document| !document.is_null()) {
                let Value::Sequence(nodes) = &document.value else {
                    let message = format!("expected a list of tests, found {}", document.kind());
                    report.at(Code::NotItems, (document.start, 1), message, None);
                    continue;
                };
                tests.extend(
                    nodes
                        .iter()
                        .filter_map(|node| test(node, policy, &mut report)),
                );
            }
        }
    }
    Tests {
        tests,
        diagnostics: report.into_diagnostics(),
    }
}

fn test<'p>(node: &Node, policy: Option<&'p Policy>, report: &mut Report<'_>) -> Option<Test<'p>> {
    let keys = Keys::open(node, report)?;
    let known = ["test", "rule", "event", "events", "matches", "lists"];
    keys.warn_of_others(&known, report);
    let name = keys.required("test", report)?;
    let wanted = keys.required("rule", report)?;
    keys.required("matches", report)?;
    let expected = keys.boolean("matches", report)?;
    let steps = events(&keys, report)?;
    let policy = policy?;
    let mut rules = policy.rules().iter();
    let Some(rule) = rules.find(|rule| rule.name() == wanted.value) else {
        unknown_rule(policy, &wanted, report);
        return None;
    };
    let filled = match keys.get("lists") {
        Some(lists) => Some(filled(policy, lists, report)?),
        None => None,
    };
    Some(Test {
        place: report.place((name.start, name.length)),
        filled,
        name: name.value,
        rule,
        expected,
        steps,
    })
}

/// What a test fills lists of the policy with, as a further file of it.
fn filled<'p>(
    policy: &'p Policy,
    node: &Node,
    report: &mut Report<'_>,
) -> Option<(&'p Policy, SourceFile)> {
    let keys = Keys::open(node, report)?;
    let mut items = Vec::new();
    for name in keys.names() {
        let values = keys.scalars(name, report)?;
        if !policy.lists().iter().any(|list| list.name == name) {
            let message = format!("the policy `{}` has no list `{name}`", policy.id());
            report.node(Code::Test, keys.key(name).unwrap_or(node), message);
            return None;
        }
        let values: Vec<String> = values.into_iter().map(|value| value.value).collect();
        let item = serde_json::json!({
            "list": name, "items": values, "override": {"items": "replace"},
        });
        items.push(format!("- {item}\n"));
    }
    let lists = SourceFile {
        name: "lists of a test".to_owned(),
        text: items.concat(),
    };
    Some((policy, lists))
}

fn unknown_rule(policy: &Policy, wanted: &Scalar, report: &mut Report<'_>) {
    let (id, name) = (policy.id(), &wanted.value);
    let message = format!("the policy `{id}` has no rule `{name}`");
    let names = policy.rules().iter().map(Rule::name);
    let similar = names
        .map(|known| (strsim::normalized_damerau_levenshtein(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match similar {
        Some((_, known)) => {
            let help = format!("did you mean `{known}`?");
            report.scalar_help(Code::Test, wanted, message, help);
        }
        None => report.scalar(Code::Test, wanted, message),
    }
}

/// An event of a test.
#[derive(Debug)]
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

impl Test<'_> {
    /// Runs the test: judges its events in order and holds the verdict on the last one against what
    /// was expected; `None` when the test passes. A rule is tested also while it is disabled.
    pub fn run(&self) -> Option<Failure> {
        let filled = match self.filled() {
            Ok(filled) => filled,
            Err(why) => {
                return Some(Failure {
                    message: format!("the policy refuses the lists of the test: {why}"),
                    explanation: None,
                });
            }
        };
        let same = filled.iter().flat_map(Policy::rules);
        let mut same = same.filter(|rule| rule.name() == self.rule.name());
        let rule = same.next().unwrap_or(self.rule);
        let mut state = State::default();
        let mut found = false;
        let mut last = None;
        for (offset, step) in (0..).zip(&self.steps) {
            // It was parsed when the test was read.
            let Ok(event) = Event::parse(&step.json) else {
                continue;
            };
            let context = step.context(offset);
            found = matches(rule, &event, &context, &mut state);
            last = Some((event, context));
        }
        let message = match (self.expected, found) {
            (true, false) => "the rule should match, and does not",
            (false, true) => "the rule should not match, and does",
            _ => return None,
        };
        // The event is counted already, and is not counted twice.
        let explanation = last.map(|(event, context)| explain(rule, &event, &context, &mut state));
        Some(Failure {
            message: message.to_owned(),
            explanation,
        })
    }

    /// The policy with the test's lists, where it fills some: made for the run, since a file may hold many
    /// tests. The error is why the policy refuses them.
    fn filled(&self) -> Result<Option<Policy>, String> {
        let Some((policy, lists)) = &self.filled else {
            return Ok(None);
        };
        let files: Vec<SourceFile> = policy.files().iter().chain([lists]).cloned().collect();
        let compiled = compile_files(&files, policy.kind(), &Dialect::default());
        let mut errors = compiled
            .diagnostics
            .into_iter()
            .filter(Diagnostic::is_error);
        let why = errors.next().map(|found| found.message).unwrap_or_default();
        compiled.policy.map(Some).ok_or(why)
    }
}

impl Step {
    fn context(&self, offset: i64) -> Context<'_> {
        Context {
            integration: "test",
            org: "example.okta.com",
            uuid: &self.uuid,
            appended_ms: self.at_ms,
            published_ms: self.at_ms,
            offset,
        }
    }
}
