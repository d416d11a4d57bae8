//! Why rules match events, or do not.

use std::borrow::Borrow;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_engine::{
    Compiled, Context, Diagnostic, Dialect, Event, Explanation, Policy, PolicyKind, Rule, State,
    compile_files, explain,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::Allowance;
use super::request::{self, File, wrong};
use super::schema::{DiagnosticDocument, ExplanationDocument};
use crate::api::Api;

/// A name must be so much like another one to be offered for it, 1 being equal.
const ALIKE: f64 = 0.5;
/// Events that are only explained come from no integration; their counters are kept under this name.
const INTEGRATION: &str = "explain";

/// The most events of a request.
const MAX_EVENTS: usize = 1000;
/// The largest event, in bytes: what is larger is a dead letter, and never judged.
const MAX_EVENT: usize = nightlatch_schemas::topics::dead_letter::MAX_BYTES;
/// The org whose events they are unless the request says it.
const ORG: &str = "example.okta.com";

/// What a rule says of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleExplanation)]
pub struct Explained {
    /// The policy's id.
    pub policy: String,
    /// The place of the event among those that were given, from 1.
    pub event: usize,
    /// Okta's id of the event.
    pub uuid: Option<String>,
    /// Okta's event type.
    pub event_type: Option<String>,
    /// What the rule says, and why.
    #[serde(flatten)]
    #[schema(value_type = ExplanationDocument)]
    pub explanation: Explanation,
}

/// A rule that is asked about one event after the other, and counts as it would in the log.
#[derive(Debug)]
pub struct Explainer<'p> {
    policy: &'p Policy,
    rule: &'p Rule,
    org: &'p str,
    state: State,
    /// How many events it was asked about.
    asked: usize,
}

impl<'p> Explainer<'p> {
    /// Asks a rule about events of an org, given by its domain.
    pub fn new(policy: &'p Policy, rule: &'p Rule, org: &'p str) -> Self {
        Self {
            policy,
            rule,
            org,
            state: State::default(),
            asked: 0,
        }
    }

    /// Explains what the rule says of the next event. One without uuid is taken for another than all
    /// others, and one without time for one of now.
    pub fn explain(&mut self, event: &Event<'_>) -> Explained {
        let own = format!("event-{}", self.asked);
        let now_ms = || Timestamp::now().as_millisecond();
        let published_ms = event.published_ms().unwrap_or_else(now_ms);
        let context = Context {
            integration: INTEGRATION,
            org: self.org,
            uuid: event.uuid().unwrap_or(&own),
            appended_ms: published_ms,
            published_ms,
            offset: i64::try_from(self.asked).unwrap_or(i64::MAX),
        };
        let explanation = explain(self.rule, event, &context, &mut self.state);
        self.asked += 1;
        Explained {
            policy: self.policy.id().to_owned(),
            event: self.asked,
            uuid: event.uuid().map(str::to_owned),
            event_type: event.event_type().map(str::to_owned),
            explanation,
        }
    }
}

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{name}`{}", meant(.similar.as_deref()))]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// The name that was probably meant.
    pub similar: Option<String>,
}

fn meant(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Finds the rules of a name, each with its policy; policies may have rules of the same name.
pub fn rules_named<'p>(
    policies: &'p [impl Borrow<Policy>],
    name: &str,
) -> Result<Vec<(&'p Policy, &'p Rule)>, UnknownRule> {
    let all = || {
        let of = |policy: &'p Policy| policy.rules().iter().map(move |rule| (policy, rule));
        policies.iter().flat_map(move |policy| of(policy.borrow()))
    };
    let found: Vec<_> = all().filter(|(_, rule)| rule.name() == name).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let likeness = |rule: &str| {
        strsim::normalized_damerau_levenshtein(&rule.to_lowercase(), &name.to_lowercase())
    };
    let similar = all()
        .map(|(_, rule)| (likeness(rule.name()), rule.name()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Err(UnknownRule {
        name: name.to_owned(),
        similar: similar.map(|(_, name)| name.to_owned()),
    })
}

/// Which rules to ask about which events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExplainRequest {
    /// The files of one policy.
    files: Vec<File>,
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
        (status = 400, description = "The body is malformed, has something that is no event, names a rule that is not there, or the answer would be too large.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 503, description = "Too many requests are waiting.", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
async fn explain_rules(Shared(api): Shared<Api>, body: Body) -> Response {
    api.desk.answer(body, answer).await
}

fn answer(request: ExplainRequest, allowance: &mut Allowance) -> Result<Explanations, Problem> {
    let files = request::files(request.files)?;
    let texts = texts(request.event, request.events)?;
    let events = events(&texts)?;
    let Compiled {
        policy,
        diagnostics,
    } = compile_files(&files, PolicyKind::Custom, &Dialect::default());
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
