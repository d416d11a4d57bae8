//! Questions why rules match events, or do not.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nightlatch_chassis::http::Problem;
use nightlatch_engine::{Diagnostic, Dialect, Event, Policy, PolicyKind, Rule, compile_files};
use nightlatch_schemas::topics::dead_letter::MAX_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::Allowance;
use super::explanation::{Explained, Explainer, rules_named};
use super::request::{self, File, wrong};
use super::schema::DiagnosticDocument;
use crate::api::Api;
use crate::policy::in_force::InForce;

/// The most events of a request.
const MAX_EVENTS: usize = 1000;
/// The largest event, in bytes: what is larger is a dead letter, and never judged.
const MAX_EVENT: usize = MAX_BYTES;
/// The org whose events they are unless the request says it.
const ORG: &str = "example.okta.com";

/// Which rules to ask about which events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExplainRequest {
    /// The files of one policy.
    #[serde(default)]
    files: Option<Vec<File>>,
    /// The id of a policy in force, instead of files.
    #[serde(default)]
    policy: Option<String>,
    /// The name of the rule; without it all rules of the policy are asked.
    #[serde(default)]
    rule: Option<String>,
    /// The event, as Okta writes it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    event: Option<Box<RawValue>>,
    /// Several events instead: judged in order, so that counters count.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    events: Option<Vec<Box<RawValue>>>,
    /// The domain of the org, for the field `okta.org`.
    #[serde(default)]
    org: Option<String>,
}

/// What the rules say.
#[derive(Debug, Serialize, ToSchema)]
struct Explanations {
    /// Rule by rule, of each event by event; none when the rules have errors.
    #[schema(value_type = Vec<Explained>)]
    explanations: Vec<Box<RawValue>>,
    /// All that is wrong with the rules.
    #[schema(value_type = Vec<DiagnosticDocument>)]
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(explain_rules))
}

/// Explains why rules match events, or do not.
///
/// The rules are those of files that are sent along, or of a policy in force, as it was loaded last.
/// Every part of a condition comes with its verdict, every comparison with the values that it saw. A
/// rule is explained also while it is disabled. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/rules/explain",
    operation_id = "explain_rules",
    tag = "rules",
    request_body = ExplainRequest,
    responses(
        (status = 200, description = "What the rules say.", body = Explanations),
        (status = 400, description = "The body is malformed, has something that is no event, names a policy or a rule that is not there, or the answer would be too large.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 503, description = "Too many requests are waiting, or no rules are in force yet.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
async fn explain_rules(State(api): State<Api>, body: Body) -> Response {
    let in_force = api.in_force.borrow().clone();
    let answer = move |request, allowance: &mut Allowance| answer(request, in_force, allowance);
    api.desk.answer(body, answer).await
}

fn answer(
    request: ExplainRequest,
    in_force: Option<Arc<InForce>>,
    allowance: &mut Allowance,
) -> Result<Explanations, Problem> {
    let texts = texts(request.event, request.events)?;
    let events = events(&texts)?;
    let (policy, diagnostics) = match (request.files, request.policy) {
        (Some(files), None) => {
            let files = request::files(files)?;
            let compiled = compile_files(&files, PolicyKind::Custom, &Dialect::default());
            (compiled.policy.map(Arc::new), compiled.diagnostics)
        }
        (None, Some(id)) => (Some(loaded(in_force, &id)?), Vec::new()),
        _ => {
            return Err(wrong(
                "files",
                "the body needs `files` or `policy`, one of them",
            ));
        }
    };
    let mut explanations = Vec::new();
    if let Some(policy) = &policy {
        let org = request.org.as_deref().unwrap_or(ORG);
        for (policy, rule) in asked(policy, request.rule.as_deref())? {
            let mut explainer = Explainer::new(policy, rule, org);
            for event in &events {
                explanations.push(allowance.write(&explainer.explain(event))?);
            }
        }
    }
    Ok(Explanations {
        explanations,
        diagnostics,
    })
}

/// The policy in force of an id.
fn loaded(in_force: Option<Arc<InForce>>, id: &str) -> Result<Arc<Policy>, Problem> {
    let Some(in_force) = in_force else {
        let detail = "no rules are in force yet; the log says why";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    };
    let mut policies = in_force.ruleset.policies().iter();
    let found = policies.find(|policy| policy.id() == id).cloned();
    found.ok_or_else(|| {
        let problem = Problem::new(
            StatusCode::BAD_REQUEST,
            format!("no policy in force has the id {id:?}"),
        );
        let problem = problem.of_type("unknown-policy", "Unknown policy");
        problem.with("parameter", "policy")
    })
}

/// The rules that are asked.
fn asked<'p>(
    policy: &'p Policy,
    name: Option<&str>,
) -> Result<Vec<(&'p Policy, &'p Rule)>, Problem> {
    let Some(name) = name else {
        return Ok(policy.rules().iter().map(|rule| (policy, rule)).collect());
    };
    rules_named(std::slice::from_ref(policy), name).map_err(|unknown| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, unknown.to_string());
        let problem = problem.of_type("unknown-rule", "Unknown rule");
        let problem = problem.with("parameter", "rule");
        match unknown.similar {
            Some(similar) => problem.with("accepted", similar),
            None => problem,
        }
    })
}

/// The texts of the events that are asked about.
fn texts(
    one: Option<Box<RawValue>>,
    several: Option<Vec<Box<RawValue>>>,
) -> Result<Vec<Box<RawValue>>, Problem> {
    let texts = match (one, several) {
        (Some(one), None) => vec![one],
        (None, Some(several)) => several,
        _ => {
            let detail = "the body needs `event` or `events`, one of them";
            return Err(wrong("event", detail));
        }
    };
    if texts.is_empty() || texts.len() > MAX_EVENTS {
        let detail = format!(
            "events: there are {}; between 1 and {MAX_EVENTS} can be asked about at a time",
            texts.len()
        );
        return Err(wrong("events", detail));
    }
    Ok(texts)
}

/// Reads the events.
fn events(texts: &[Box<RawValue>]) -> Result<Vec<Event<'_>>, Problem> {
    let texts = (1..).zip(texts);
    texts.map(|(at, text)| event(at, text.get())).collect()
}

/// Reads the event at a place, from 1.
fn event(at: usize, raw: &str) -> Result<Event<'_>, Problem> {
    let read = if raw.len() > MAX_EVENT {
        Err(format!("is larger than {MAX_EVENT} bytes"))
    } else {
        Event::parse(raw).map_err(|error| error.to_string())
    };
    read.map_err(|why| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, format!("event {at}: {why}"));
        let problem = problem.of_type("malformed-event", "Malformed event");
        problem.with("event", at)
    })
}
