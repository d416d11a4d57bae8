//! Whether files are a policy, and what is wrong with them.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_engine::{
    Diagnostic, Dialect, Policy, SourceFile, Untested, compile_files, read_tests, untested,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::outline::PolicyOutline;
use super::request::{self, File, Kind};
use super::schema::DiagnosticDocument;
use crate::api::Api;

/// Files that shall be a policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ValidateRequest {
    /// The files of one policy: what a later one defines adds to, or replaces, what stands in an
    /// earlier one.
    files: Vec<File>,
    /// The tests of its rules.
    #[serde(default)]
    tests: Option<File>,
    /// Who made the policy.
    #[serde(default)]
    kind: Kind,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct Validation {
    /// Whether no diagnostic is an error.
    ok: bool,
    /// The policy; null when the files of rules have errors.
    policy: Option<PolicyOutline>,
    /// All that is wrong, in the order of files and lines.
    #[schema(value_type = Vec<DiagnosticDocument>)]
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(validate_rules))
}

/// Checks the files of a policy, and their tests, too.
///
/// Files with errors are an answer, too: `ok` is false then, and each diagnostic says where and what
/// to do. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/rules/validate",
    operation_id = "validate_rules",
    tag = "rules",
    request_body = ValidateRequest,
    responses(
        (status = 200, description = "What was found.", body = Validation),
        (status = 400, description = "The body is malformed.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 503, description = "Too many requests are waiting.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
async fn validate_rules(State(api): State<Api>, body: Body) -> Response {
    api.desk.answer(body, |request, _| validate(request)).await
}

fn validate(request: ValidateRequest) -> Result<Validation, Problem> {
    let files = request::files(request.files)?;
    let tests = request.tests.map(request::file).transpose()?;
    let compiled = compile_files(&files, request.kind.into(), &Dialect::default());
    let (policy, mut diagnostics) = (compiled.policy, compiled.diagnostics);
    if let Some(tests) = tests {
        diagnostics.extend(of_tests(policy.as_ref(), &tests));
    }
    Ok(Validation {
        ok: !diagnostics.iter().any(Diagnostic::is_error),
        policy: policy.as_ref().map(PolicyOutline::of),
        diagnostics,
    })
}

/// What is wrong with the tests of a policy, and which ones it lacks.
fn of_tests(policy: Option<&Policy>, file: &SourceFile) -> Vec<Diagnostic> {
    let tests = read_tests(policy, file);
    let lacking = policy.map(|policy| untested(policy, &tests.tests));
    let lacking = lacking.iter().flatten().map(Untested::diagnostic);
    let mut diagnostics = tests.diagnostics;
    diagnostics.extend(lacking);
    diagnostics
}
