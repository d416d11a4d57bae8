//! The tests of a policy, run.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_engine::{
    Compiled, Diagnostic, Dialect, Explanation, Place, PolicyKind, Test, Untested, compile_files,
    read_tests, untested,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::Allowance;
use super::request::{self, File};
use super::schema::{DiagnosticDocument, ExplanationDocument, PlaceDocument};
use crate::api::Api;

/// A test that was run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestCase)]
pub struct Case {
    /// What the test says of itself.
    pub name: String,
    /// The rule it asks.
    pub rule: String,
    /// Whether the rule should match the last event.
    pub expected: bool,
    /// Whether it went as expected.
    pub passed: bool,
    /// What went otherwise.
    pub message: Option<String>,
    /// Why, on the last event; null as well when the test has no event.
    #[schema(value_type = Option<ExplanationDocument>)]
    pub explanation: Option<Explanation>,
    /// Where the test is written.
    #[serde(flatten)]
    #[schema(value_type = PlaceDocument)]
    pub place: Place,
    /// How long it took.
    #[serde(skip)]
    pub took: Duration,
}

impl Case {
    /// Runs a test.
    pub fn of(test: Test<'_>) -> Self {
        let started = Instant::now();
        let failure = test.run();
        let took = started.elapsed();
        let passed = failure.is_none();
        let (message, explanation) = match failure {
            Some(failure) => (Some(failure.message), failure.explanation),
            None => (None, None),
        };
        Self {
            rule: test.rule.name().to_owned(),
            name: test.name,
            expected: test.expected,
            passed,
            message,
            explanation,
            place: test.place,
            took,
        }
    }
}

/// The files of a policy and the tests of its rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    /// The files of one policy.
    files: Vec<File>,
    /// The file of tests.
    tests: File,
}

/// How the tests went.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Trial {
    /// Whether no diagnostic is an error and every test has passed.
    ok: bool,
    /// All that is wrong with rules and tests. A test that an error is about is not run, and none is
    /// when an error is in the rules.
    #[schema(value_type = Vec<DiagnosticDocument>)]
    diagnostics: Vec<Diagnostic>,
    /// In the order of the file.
    #[schema(value_type = Vec<Case>)]
    cases: Vec<Box<RawValue>>,
    /// The rules that lack a test: one that expects a match, or one that expects none.
    #[schema(value_type = Vec<Lack>)]
    untested: Vec<Lack>,
}

/// A rule that lacks a test.
#[derive(Debug, Serialize, ToSchema)]
struct Lack {
    /// Its name.
    rule: String,
    /// What is missing.
    #[schema(value_type = DiagnosticDocument)]
    diagnostic: Diagnostic,
}

impl Lack {
    fn of(missing: &Untested<'_>) -> Self {
        Self {
            rule: missing.rule.name().to_owned(),
            diagnostic: missing.diagnostic(),
        }
    }
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(test_rules))
}

/// Runs the tests of a policy.
///
/// A rule is tested also while it is disabled. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/rules/test",
    operation_id = "test_rules",
    tag = "rules",
    request_body = TestRequest,
    responses(
        (status = 200, description = "How the tests went.", body = Trial),
        (status = 400, description = "The body is malformed, or the answer would be too large.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 503, description = "Too many requests are waiting.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
async fn test_rules(State(api): State<Api>, body: Body) -> Response {
    api.desk.answer(body, run).await
}

fn run(request: TestRequest, allowance: &mut Allowance) -> Result<Trial, Problem> {
    let files = request::files(request.files)?;
    let file = request::file(request.tests)?;
    let Compiled {
        policy,
        mut diagnostics,
    } = compile_files(&files, PolicyKind::Custom, &Dialect::default());
    let tests = read_tests(policy.as_ref(), &file);
    diagnostics.extend(tests.diagnostics);
    let mut trial = Trial {
        ok: !diagnostics.iter().any(Diagnostic::is_error),
        diagnostics,
        ..Trial::default()
    };
    if let Some(policy) = &policy {
        let lacking = untested(policy, &tests.tests);
        trial.untested = lacking.iter().map(Lack::of).collect();
    }
    for test in tests.tests {
        let case = Case::of(test);
        trial.ok &= case.passed;
        trial.cases.push(allowance.write(&case)?);
    }
    Ok(trial)
}
