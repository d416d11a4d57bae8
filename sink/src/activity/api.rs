//! The activity's addresses below `/api/v1/activity`.

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
use nightlatch_chassis::topic::Positions;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filter::Filter;
use super::json::{self, ActivityEvent, WholeActivityEvent};
use super::keeper::Activity;
use super::parameter::{
    ExportParameters, FilterParameters, HistogramParameters, PageParameters, StreamParameters,
};
use super::query::{self, ExportQuery, HistogramQuery, PageQuery, StreamQuery};
use super::read::Found;
use super::store::ActivityStore;
use crate::export::{PAGE, Rows, file};
use crate::feed::cursor::{ListCursor, StreamCursor};
use crate::feed::{Arrived, Source, time_text};
use crate::list::{FacetValue, Histogram, Pairs, QueryProblems, Span, no_place, timed};
use crate::openapi::ProblemDocument;
use crate::store::StoreError;

/// Okta's events in a file.
const ROWS: Rows<Found> = Rows {
    columns: &ActivityEvent::COLUMNS,
    cells: |found| ActivityEvent::from(found).cells().into(),
    json: |found| serde_json::to_string(&json::whole(found)),
};

/// A page of the activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityPage {
    /// Newest first.
    events: Vec<ActivityEvent>,
    /// `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Counts over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityHistogram {
    /// When the first bucket begins; null when there is nothing to count.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// When the last bucket ends.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// The width of a bucket in milliseconds; the last may be narrower.
    bucket_ms: Option<i64>,
    /// In the order of time, empty ones too.
    buckets: Vec<ActivityBucket>,
}

/// Counts within a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityBucket {
    /// When it begins.
    #[schema(format = DateTime)]
    from: String,
    /// All of its events.
    total: u64,
    /// Its events by Okta's severity or outcome, those with any; `none`: events that have none.
    counts: BTreeMap<String, u64>,
}

impl From<Span<String>> for ActivityBucket {
    fn from(span: Span<String>) -> Self {
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
pub(super) struct ActivityFacets {
    /// How many events were counted: the newest ones that the filter lets through.
    counted: u64,
    /// Whether those are all of them; it counts 100,000 at most.
    is_complete: bool,
    /// The ten values with the highest counts, by facet: `event_type`, outcome, severity, actor, ip,
    /// country, asn, origin, integration.
    facets: BTreeMap<&'static str, Vec<FacetValue>>,
}

/// Returns the activity's addresses.
pub(crate) fn router() -> OpenApiRouter<Activity> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(histogram))
        .routes(routes!(facets))
        .routes(routes!(export))
        .routes(routes!(stream))
        .routes(routes!(one))
}

/// Lists Okta's events, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/activity",
    operation_id = "list_activity",
    tag = "activity",
    params(PageParameters),
    responses(
        (status = 200, description = "A page of events.", body = ActivityPage),
        QueryProblems,
    ),
)]
async fn list(
    State(activity): State<Activity>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<ActivityPage>, Problem> {
    let PageQuery {
        filter,
        after,
        limit,
    } = PageQuery::parse(&pairs, Timestamp::now())?;
    let found = activity.store.page(filter, after, limit);
    let (events, next) = activity.timed("activity", found).await?;
    Ok(Json(ActivityPage {
        events: events.iter().map(ActivityEvent::from).collect(),
        next_cursor: next.map(|place| ListCursor(place).to_string()),
    }))
}

/// Returns one of Okta's events, with its JSON.
#[utoipa::path(
    get,
    path = "/api/v1/activity/{uuid}",
    operation_id = "get_activity_event",
    tag = "activity",
    params(("uuid" = String, Path, description = "Okta's uuid of the event.")),
    responses(
        (status = 200, description = "The event.", body = WholeActivityEvent),
        (status = 404, description = "There is no event of this uuid.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn one(
    State(activity): State<Activity>,
    uuid: Result<Path<String>, PathRejection>,
) -> Result<Json<WholeActivityEvent>, Problem> {
    let Ok(Path(uuid)) = uuid else {
        let detail = "the event's uuid is no text; an event of the list has it as uuid";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    };
    let found = activity.store.event(uuid.clone());
    let found = activity.timed("activity_event", found).await?;
    let found = found.ok_or_else(|| {
        let detail = format!("there is no event {uuid:?}; retention may have taken it");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })?;
    Ok(Json(json::whole(found)))
}

/// Counts Okta's events over time.
#[utoipa::path(
    get,
    path = "/api/v1/activity/histogram",
    operation_id = "count_activity_over_time",
    tag = "activity",
    params(HistogramParameters),
    responses(
        (status = 200, description = "Counts between `from` and `to`, or all there are.", body = ActivityHistogram),
        QueryProblems,
    ),
)]
async fn histogram(
    State(activity): State<Activity>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<ActivityHistogram>, Problem> {
    let HistogramQuery {
        filter,
        buckets,
        by,
    } = HistogramQuery::parse(&pairs, Timestamp::now())?;
    let found = activity.store.histogram(filter, buckets, by);
    let found = activity.timed("activity_histogram", found).await?;
    let of_it = |figure: fn(&Histogram<_>) -> i64| found.as_ref().map(figure);
    Ok(Json(ActivityHistogram {
        from: of_it(|it| it.from).map(time_text),
        to: of_it(|it| it.to).map(time_text),
        bucket_ms: of_it(|it| it.step),
        buckets: found
            .into_iter()
            .flat_map(Histogram::spans)
            .map(ActivityBucket::from)
            .collect(),
    }))
}

/// Counts Okta's events by value.
#[utoipa::path(
    get,
    path = "/api/v1/activity/facets",
    operation_id = "count_activity_by_value",
    tag = "activity",
    params(FilterParameters),
    responses(
        (status = 200, description = "The most frequent values.", body = ActivityFacets),
        QueryProblems,
    ),
)]
async fn facets(
    State(activity): State<Activity>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<ActivityFacets>, Problem> {
    let filter = query::filter(&pairs, Timestamp::now())?;
    let found = activity.store.facets(filter);
    let found = activity.timed("activity_facets", found).await?;
    Ok(Json(ActivityFacets {
        counted: found.counted,
        is_complete: found.is_complete,
        facets: found.top,
    }))
}

/// Writes a file of all of Okta's events that the filter lets through, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/activity/export",
    operation_id = "export_activity",
    tag = "activity",
    params(ExportParameters),
    responses(
        (status = 200, description = "The file, as it is written; one that breaks off is not whole.", content(
            (String = "text/csv"),
            (String = "application/x-ndjson"),
        )),
        QueryProblems,
    ),
)]
async fn export(
    State(activity): State<Activity>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Problem> {
    let ExportQuery { filter, format } = ExportQuery::parse(&pairs, Timestamp::now())?;
    // What fails at once is answered as such.
    let first = activity.store.page(filter.clone(), None, PAGE);
    let first = activity.timed("activity_export", first).await?;
    let read = move |after| {
        let (store, filter) = (activity.store.clone(), filter.clone());
        async move { store.page(filter, Some(after), PAGE).await }
    };
    Ok(file("okta-activity", format, ROWS, first, read))
}

/// Follows Okta's events as they arrive.
///
/// Server-sent events, as those of the feed: `data` is an event as the list has it, `id` a place to go
/// on from. An event comes again, under its uuid, when a copy arrives that tells more.
#[utoipa::path(
    get,
    path = "/api/v1/activity/stream",
    operation_id = "stream_activity",
    tag = "activity",
    params(
        StreamParameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was got, such as 0:123,1:45: the last offset seen for each partition."),
    ),
    responses(
        (status = 200, description = "Events without an end.", body = ActivityEvent, content_type = "text/event-stream"),
        (status = 400, description = "A parameter is unknown or malformed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Too many clients follow the stream.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn stream(
    State(activity): State<Activity>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers
        .get("last-event-id")
        .map(|id| String::from_utf8_lossy(id.as_bytes()));
    let query = StreamQuery::parse(&pairs, last.as_deref(), Timestamp::now())?;
    let Some(place) = activity.live.place() else {
        return Ok(no_place());
    };
    let cursor = if let Some(cursor) = query.after {
        cursor
    } else {
        let positions = activity.store.positions();
        StreamCursor::before(&activity.timed("stream", positions).await?)
    };
    let source = ActivitySource {
        store: activity.store,
        filter: Arc::new(query.filter),
    };
    let clients = activity.metrics.sink().stream_clients();
    let events = activity.live.stream(place, clients, source, cursor);
    Ok(Sse::new(events).into_response())
}

/// The events that a client of the stream wants.
struct ActivitySource {
    store: ActivityStore,
    filter: Arc<Filter>,
}

impl Source for ActivitySource {
    async fn arrivals(&self, from: Positions, max: usize) -> Result<Arrived, StoreError> {
        let found = self.store.arrivals(Arc::clone(&self.filter), from, max);
        let found = found.await?;
        let event = |found: &Found| {
            let text = serde_json::to_string(&ActivityEvent::from(found))?;
            Ok((found.partition, found.offset, text))
        };
        let events = found.events.iter().map(event);
        Ok(Arrived {
            events: events.collect::<Result<_, serde_json::Error>>()?,
            next: found.next,
            has_more: found.has_more,
        })
    }
}

impl Activity {
    /// Waits for a query's answer and takes its time.
    pub(crate) async fn timed<T>(
        &self,
        kind: &str,
        query: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Problem> {
        timed(self.metrics.sink(), kind, query).await
    }
}
