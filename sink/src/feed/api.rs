//! The feed's addresses below `/api/v1/events`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::cursor::{ListCursor, StreamCursor};
use super::json::{event_json, row_json, time_text};
use super::live::{FeedSource, Live};
use super::parameter::{FilterParameters, HistogramParameters, PageParameters, StreamParameters};
use super::query::{self, HistogramQuery, PageQuery, StreamQuery};
use super::{export, group};
use crate::list::{FacetValue, Histogram, Pairs, QueryProblems, Span, failed, no_place, timed};
use crate::metrics::SinkMetrics;
use crate::openapi::{EventDocument, ProblemDocument};
use crate::store::{Store, StoreError};
use crate::triage::TriageLog;

/// What the feed's addresses work with.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) store: Store,
    pub(crate) live: Live,
    pub(crate) metrics: SinkMetrics,
    pub(crate) triage: TriageLog,
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
struct EventPage {
    /// Newest first.
    #[schema(value_type = Vec<EventDocument>)]
    events: Vec<Value>,
    /// `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Counts over time.
#[derive(Debug, Serialize, ToSchema)]
struct HistogramDocument {
    /// When the first bucket begins; null when there is nothing to count.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// When the last bucket ends.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// The width of a bucket in milliseconds; the last may be narrower.
    bucket_ms: Option<i64>,
    /// In the order of time, empty ones too.
    buckets: Vec<Bucket>,
}

/// Counts within a bucket.
#[derive(Debug, Serialize, ToSchema)]
struct Bucket {
    /// When it begins.
    #[schema(format = DateTime)]
    from: String,
    /// All of its events.
    total: u64,
    /// Its events by severity label, those with any.
    counts: BTreeMap<&'static str, u64>,
}

impl From<Span<&'static str>> for Bucket {
    fn from(span: Span<&'static str>) -> Self {
        let Span {
            from,
            total,
            counts,
        } = span;
        Self {
            from,
            total,
            counts,
        }
    }
}

/// Counts by value.
#[derive(Debug, Serialize, ToSchema)]
struct FacetsDocument {
    /// All events that the filter lets through.
    total: u64,
    /// The ten values with the highest counts, by facet: severity, policy, rule, actor, ip, country,
    /// `event_type`, integration, status, disposition. In a facet of very many values (over 50,000) those that turn up
    /// last, among the oldest events, are not counted.
    facets: BTreeMap<&'static str, Vec<FacetValue>>,
}

/// Returns the feed's addresses.
pub(crate) fn router() -> OpenApiRouter<Feed> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(histogram))
        .routes(routes!(facets))
        .merge(group::router())
        .merge(export::router())
        .routes(routes!(stream))
        .routes(routes!(one))
}

/// Lists runtime events, newest first.
///
/// With `collapse=true` repeats are one row, with `repeats`; those that it stands for are listed by the
/// same filter and `repeats_of`, and what arrives by the stream belongs to the row of its `episode`.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "list_events",
    tag = "feed",
    params(PageParameters),
    responses(
        (status = 200, description = "A page of events.", body = EventPage),
        QueryProblems,
    ),
)]
async fn list(
    State(feed): State<Feed>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<EventPage>, Problem> {
    let PageQuery {
        filter,
        after,
        limit,
        is_collapsed,
    } = PageQuery::parse(&pairs, Timestamp::now())?;
    let kind = if filter.query.is_some() {
        "search"
    } else {
        "feed"
    };
    let (events, next) = if is_collapsed {
        let rows = feed.store.collapsed(filter, after, limit);
        let (rows, next) = feed.timed(kind, rows).await?;
        let rows = rows
            .iter()
            .map(|(found, repeats)| row_json(found, *repeats));
        (rows.collect::<Result<_, _>>(), next)
    } else {
        let events = feed.store.page(filter, after, limit);
        let (events, next) = feed.timed(kind, events).await?;
        (events.iter().map(event_json).collect(), next)
    };
    let next_cursor = next.map(|place| ListCursor(place).to_string());
    Ok(Json(EventPage {
        events: events.map_err(|error| failed(&error.into()))?,
        next_cursor,
    }))
}

/// Returns one runtime event.
#[utoipa::path(
    get,
    path = "/api/v1/events/{id}",
    operation_id = "get_event",
    tag = "feed",
    params(("id" = String, Path, format = "uuid", description = "The event's id.")),
    responses(
        (status = 200, description = "The event.", body = EventDocument),
        (status = 400, description = "This is no id.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no event of this id.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn one(
    State(feed): State<Feed>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let id = event_id(id)?;
    let found = feed.timed("event", feed.store.event(id)).await?;
    let found = found.ok_or_else(|| no_event(id))?;
    event_json(&found)
        .map(Json)
        .map_err(|error| failed(&error.into()))
}

/// Reads the id of a runtime event in an address.
pub(crate) fn event_id(id: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    let id = id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok());
    id.ok_or_else(|| {
        let detail = "the event's id is no UUID; an event of the feed has it as id";
        let problem = Problem::new(StatusCode::BAD_REQUEST, detail);
        let problem = problem.of_type("malformed-parameter", "Malformed parameter");
        problem
            .with("parameter", "id")
            .with("position", 1)
            .with("accepted", "a UUID")
    })
}

/// The problem that there is no event of an id.
pub(crate) fn no_event(id: Uuid) -> Problem {
    let detail = format!("there is no runtime event {id}; retention may have taken it");
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Counts runtime events over time.
#[utoipa::path(
    get,
    path = "/api/v1/events/histogram",
    operation_id = "count_events_over_time",
    tag = "feed",
    params(HistogramParameters),
    responses(
        (status = 200, description = "Counts between `from` and `to`, or all there are.", body = HistogramDocument),
        QueryProblems,
    ),
)]
async fn histogram(
    State(feed): State<Feed>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<HistogramDocument>, Problem> {
    let HistogramQuery { filter, buckets } = HistogramQuery::parse(&pairs, Timestamp::now())?;
    let found = feed
        .timed("histogram", feed.store.histogram(filter, buckets))
        .await?;
    let of_it = |figure: fn(&Histogram<_>) -> i64| found.as_ref().map(figure);
    Ok(Json(HistogramDocument {
        from: of_it(|it| it.from).map(time_text),
        to: of_it(|it| it.to).map(time_text),
        bucket_ms: of_it(|it| it.step),
        buckets: found
            .into_iter()
            .flat_map(Histogram::spans)
            .map(Bucket::from)
            .collect(),
    }))
}

/// Counts runtime events by value.
#[utoipa::path(
    get,
    path = "/api/v1/events/facets",
    operation_id = "count_events_by_value",
    tag = "feed",
    params(FilterParameters),
    responses(
        (status = 200, description = "The most frequent values.", body = FacetsDocument),
        QueryProblems,
    ),
)]
async fn facets(
    State(feed): State<Feed>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<FacetsDocument>, Problem> {
    let filter = query::filter(&pairs, Timestamp::now())?;
    let found = feed.timed("facets", feed.store.facets(filter)).await?;
    Ok(Json(FacetsDocument {
        total: found.total,
        facets: found.top,
    }))
}

/// Follows runtime events as they arrive.
///
/// Server-sent events: `data` is a runtime event as the list has it, `id` a place to go on from.
/// Events come in the order of their topic; one that comes back with the last id it got misses
/// none and gets none twice. An event with an id and no data only says how far the stream is. An event
/// of the type `triage` tells what somebody did: `data` has the `action`, as the history of an event has
/// it, and the ids of all `events` that it changed, whatever the filter.
#[utoipa::path(
    get,
    path = "/api/v1/events/stream",
    operation_id = "stream_events",
    tag = "feed",
    params(
        StreamParameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was got, such as 0:123,1:45,t:7: the last offset seen for each partition, and of triage how many changes."),
    ),
    responses(
        (status = 200, description = "Events without an end.", body = EventDocument, content_type = "text/event-stream"),
        (status = 400, description = "A parameter is unknown or malformed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Too many clients follow the stream.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn stream(
    State(feed): State<Feed>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers
        .get("last-event-id")
        .map(|id| String::from_utf8_lossy(id.as_bytes()));
    let query = StreamQuery::parse(&pairs, last.as_deref(), Timestamp::now())?;
    let Some(place) = feed.live.place() else {
        return Ok(no_place());
    };
    let mut cursor = match query.after {
        Some(cursor) => cursor,
        None => StreamCursor::before(&feed.timed("stream", feed.store.positions()).await?),
    };
    if cursor.triage().is_none() {
        cursor.pass_triage(feed.timed("stream", feed.store.triage_position()).await?);
    }
    let source = FeedSource {
        store: feed.store,
        filter: Arc::new(query.filter),
    };
    let clients = feed.metrics.stream_clients();
    let events = feed.live.stream(place, clients, source, cursor);
    Ok(Sse::new(events).into_response())
}

impl Feed {
    /// Waits for a query's answer and takes its time.
    pub(crate) async fn timed<T>(
        &self,
        kind: &str,
        query: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Problem> {
        timed(&self.metrics, kind, query).await
    }
}
