//! The feed as a file: every event that the filter lets through.

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Feed;
use super::csv;
use super::json::event_json;
use super::parameter::ExportParameters;
use super::query::ExportQuery;
use crate::export::{PAGE, Rows, file};
use crate::list::{Pairs, QueryProblems};
use crate::store::Found;

/// Runtime events in a file.
const ROWS: Rows<Found> = Rows {
    columns: &csv::COLUMNS,
    cells: csv::cells,
    json: |found| Ok(event_json(&found)?.to_string()),
};

/// Returns the address of files.
pub(super) fn router() -> OpenApiRouter<Feed> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Writes every runtime event that the filter lets through to a file, newest first.
///
/// CSV has one line an event, for spreadsheets: a value that one would take for a formula has a `'`
/// before it. NDJSON has each event as the list has it, one a line. A file that breaks off is not whole.
#[utoipa::path(
    get,
    path = "/api/v1/events/export",
    operation_id = "export_events",
    tag = "feed",
    params(ExportParameters),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/csv"),
            (String = "application/x-ndjson"),
        )),
        QueryProblems,
    ),
)]
async fn export(State(feed): State<Feed>, Query(pairs): Query<Pairs>) -> Result<Response, Problem> {
    let ExportQuery { filter, format } = ExportQuery::parse(&pairs, Timestamp::now())?;
    // What fails at once is answered as such.
    let first = feed.store.page(filter.clone(), None, PAGE);
    let first = feed.timed("export", first).await?;
    let read = move |after| {
        let (store, filter) = (feed.store.clone(), filter.clone());
        async move { store.page(filter, Some(after), PAGE).await }
    };
    Ok(file("nightlatch-events", format, ROWS, first, read))
}
