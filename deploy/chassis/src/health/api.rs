//! The addresses below `/api/v1/health`, and what describes them.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Health, KEPT};
use crate::http::Problem;

/// What a report is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// How many points a series has at the most.
    points: Option<usize>,
}

/// Returns how many points are asked for.
fn points(asked: Result<Query<Asked>, QueryRejection>) -> Result<usize, Problem> {
    let refused = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let Query(Asked { points }) = asked.map_err(|error| {
        let detail = error.body_text();
        refused(format!("{detail}; it takes points, a whole number"))
    })?;
    let points = points.unwrap_or(KEPT - 1);
    if (1..KEPT).contains(&points) {
        Ok(points)
    } else {
        let most = KEPT - 1;
        Err(refused(format!("points: it is 1 to {most}, not {points}")))
    }
}

pub(super) fn routes(health: Health) -> Router {
    Router::new()
        .route("/api/v1/health", get(all))
        .route("/api/v1/health/{service}", get(one))
        .with_state(health)
}

async fn all(
    State(health): State<Health>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    Ok(Json(health.report(None, points(asked)?)).into_response())
}

async fn one(
    State(health): State<Health>,
    Path(service): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let points = points(asked)?;
    let known: Vec<_> = health.parts.iter().map(|part| part.service).collect();
    if known.contains(&service.as_str()) {
        return Ok(Json(health.report(Some(&service), points)).into_response());
    }
    let detail = format!(
        "{service:?} does not run in this process; there is {}",
        known.join(", ")
    );
    Err(Problem::new(StatusCode::NOT_FOUND, detail))
}

/// Returns the part of an OpenAPI 3.1 document that describes them. Problems are `Problem` of the
/// whole.
pub fn openapi() -> Value {
    let report = || {
        json!({
            "description": "How they are now and were in the last hour.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}},
        })
    };
    let problem = |description: &str| {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": schema}},
        })
    };
    let points = json!({
        "name": "points",
        "in": "query",
        "description": "How many points a series has at the most; each then stands for more time.",
        "schema": {"type": "integer", "minimum": 1, "maximum": KEPT - 1, "default": KEPT - 1},
    });
    json!({
        "paths": {
            "/api/v1/health": {"get": {
                "tags": ["health"],
                "operationId": "get_health",
                "summary": "Tells how the services of this process are.",
                "description": "Where services run apart, each tells of itself; \
                                /api/v1/health/{service} finds it behind a gateway.",
                "parameters": [points],
                "responses": {"200": report(), "400": problem("A parameter is unknown or malformed.")},
            }},
            "/api/v1/health/{service}": {"get": {
                "tags": ["health"],
                "operationId": "get_health_of_service",
                "summary": "Tells how one service is.",
                "parameters": [{
                    "name": "service",
                    "in": "path",
                    "required": true,
                    "description": "ingest, detector or sink.",
                    "schema": {"type": "string"},
                }, points],
                "responses": {
                    "200": report(),
                    "400": problem("A parameter is unknown or malformed."),
                    "404": problem("It does not run in this process."),
                },
            }},
        },
        "components": {"schemas": {
            "Health": health_schema(),
            "HealthStage": stage_schema(),
            "HealthStore": store_schema(),
        }},
    })
}

fn field(kind: &Value, description: &str) -> Value {
    json!({"type": kind, "description": description})
}

fn object(properties: &Value) -> Value {
    let names = properties
        .as_object()
        .map(|it| it.keys().collect::<Vec<_>>());
    json!({"type": "object", "required": names, "properties": properties})
}

fn health_schema() -> Value {
    let check = object(&json!({
        "name": {"type": "string"},
        "is_ready": {"type": "boolean"},
        "note": field(&json!(["string", "null"]), "Why it is not, or what people should know all the same."),
    }));
    object(&json!({
        "at_ms": field(&json!("integer"), "When it was made, milliseconds since 1970."),
        "version": field(&json!("string"), "The version that runs."),
        "services": {"type": "array", "items": {"type": "string"}},
        "state": {"type": "string", "enum": ["ok", "warning", "error"]},
        "stages": {"type": "array", "items": {"$ref": "#/components/schemas/HealthStage"}},
        "checks": {"type": "array", "description": "Readiness, check by check.", "items": check},
        "stores": {"type": "array", "items": {"$ref": "#/components/schemas/HealthStore"}},
        "figures": {
            "type": "object",
            "description": "Further numbers by name, such as rules_managed.",
            "additionalProperties": {"type": "number"},
        },
        "words": {
            "type": "object",
            "description": "Further words by name, such as ruleset_version.",
            "additionalProperties": {"type": "string"},
        },
    }))
}

fn stage_schema() -> Value {
    let seconds = json!(["number", "null"]);
    let numbers = json!({"type": "array", "items": {"type": "number"}});
    let some = json!({"type": "array", "items": {"type": ["number", "null"]}});
    let series = object(&json!({
        "step_ms": {"type": "integer"},
        "at_ms": {"type": "array", "items": {"type": "integer"}},
        "rate": numbers,
        "errors": numbers,
        "p95_seconds": some,
        "lag_seconds": some,
    }));
    object(&json!({
        "name": {"type": "string"},
        "service": {"type": "string"},
        "about": {"type": "string"},
        "state": {"type": "string", "enum": ["ok", "warning", "error"]},
        "reason": field(&json!(["string", "null"]), "Why it is not ok."),
        "remedy": field(&json!(["string", "null"]), "What to do about it."),
        "records_total": field(&json!("number"), "Since the start."),
        "rate": field(&json!("number"), "Records a second, of the last minute."),
        "p50_seconds": field(&seconds, "Of the last five minutes."),
        "p95_seconds": field(&seconds, "Of the last five minutes."),
        "lag_records": field(&seconds, "Records yet to be done."),
        "lag_seconds": field(&seconds, "Age of the next of them."),
        "errors_total": field(&json!("number"), "Since the start."),
        "errors_recent": field(&json!("number"), "Of the last five minutes."),
        "series": series,
    }))
}

fn store_schema() -> Value {
    let number = json!(["number", "null"]);
    object(&json!({
        "name": {"type": "string"},
        "service": {"type": "string"},
        "about": {"type": "string"},
        "bytes": field(&number, "Its size."),
        "max_bytes": field(&json!("integer"), "How large it may grow."),
        "retention_seconds": field(&json!("integer"), "How long something is kept in it."),
        "rows": field(&number, "Events in it."),
        "oldest_ms": field(&number, "When its oldest event occurred, milliseconds since 1970."),
        "growth_per_day_bytes": field(&number, "As it grew since it is watched, an hour at most; null in the first ten minutes."),
        "days_left": field(&number, "Until it has its full size; null when it does not grow."),
    }))
}
