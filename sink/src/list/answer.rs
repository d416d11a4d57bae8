//! How queries are answered: timed, and refused in one way.

use std::time::Instant;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::Problem;
use tracing::error;
use utoipa::IntoResponses;

use crate::metrics::SinkMetrics;
use crate::openapi::ProblemDocument;
use crate::store::StoreError;

/// Seconds after which a client that found all places taken may try again.
const RETRY_AFTER: &str = "10";

/// How an address refuses whose query is a filter of events.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it documents")]
pub(crate) enum QueryProblems {
    #[response(
        status = 400,
        description = "A parameter is unknown or malformed.",
        content_type = "application/problem+json"
    )]
    Malformed(ProblemDocument),
    #[response(
        status = 503,
        description = "The query took too long.",
        content_type = "application/problem+json"
    )]
    TooSlow(ProblemDocument),
}

/// Waits for a query's answer and takes its time.
pub(crate) async fn timed<T>(
    metrics: &SinkMetrics,
    kind: &str,
    query: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Problem> {
    let started = Instant::now();
    let answer = query.await;
    metrics.queried(kind, started.elapsed());
    answer.map_err(|error| failed(&error))
}

/// The problem that a query has no answer.
pub(crate) fn failed(error: &StoreError) -> Problem {
    if matches!(error, StoreError::TooSlow) {
        let detail = "the query took longer than sink.query_timeout; narrow it down, by time best";
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        return problem.of_type("query-too-slow", "Query too slow");
    }
    error!(%error, "a query failed");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the store could not be read; the log says why",
    )
}

/// The answer when all places at a stream are taken.
pub(crate) fn no_place() -> Response {
    let detail = "all places at the live stream are taken (sink.stream.max_clients)";
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
    ([(header::RETRY_AFTER, RETRY_AFTER)], problem).into_response()
}
