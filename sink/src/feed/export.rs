//! The feed as a file: every event that the filter lets through, read page by page while the client
//! reads, so that the memory it takes does not grow with it.

use std::io;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::warn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Feed;
use super::csv;
use super::json::event_json;
use super::parameter::ExportParameters;
use super::query::{ExportQuery, Pairs};
use crate::openapi::ProblemDocument;
use crate::store::{Filter, Found, Place};

/// Events read at once.
const PAGE: usize = 100;
/// Pages on their way to a client.
const IN_FLIGHT: usize = 2;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

impl Format {
    pub(super) const NAMES: [(&'static str, Self); 2] =
        [("csv", Self::Csv), ("ndjson", Self::Ndjson)];

    const fn headers(self) -> [(HeaderName, &'static str); 3] {
        let (kind, name) = match self {
            Self::Csv => (
                "text/csv; charset=utf-8; header=present",
                "attachment; filename=\"nightlatch-events.csv\"",
            ),
            Self::Ndjson => (
                "application/x-ndjson",
                "attachment; filename=\"nightlatch-events.ndjson\"",
            ),
        };
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ]
    }

    const fn head(self) -> &'static str {
        match self {
            Self::Csv => csv::HEAD,
            Self::Ndjson => "",
        }
    }

    fn write(self, text: &mut String, found: &Found) -> Result<(), serde_json::Error> {
        match self {
            Self::Csv => csv::write(text, found),
            Self::Ndjson => {
                text.push_str(&event_json(found)?.to_string());
                text.push('\n');
            }
        }
        Ok(())
    }
}

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
        (status = 400, description = "A parameter is unknown or malformed.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The query took too long.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn export(State(feed): State<Feed>, Query(pairs): Query<Pairs>) -> Result<Response, Problem> {
    let ExportQuery { filter, format } = ExportQuery::parse(&pairs, Timestamp::now())?;
    // What fails at once is answered as such.
    let first = feed.store.page(filter.clone(), None, PAGE);
    let first = feed.timed("export", first).await?;
    let (pages, body) = mpsc::channel(IN_FLIGHT);
    tokio::spawn(write(feed, filter, format, first, pages));
    let body = Body::from_stream(ReceiverStream::new(body));
    Ok((format.headers(), body).into_response())
}

/// A page of the list, and the place of its last event when there are more.
type Page = (Vec<Found>, Option<Place>);

/// Sends pages until there are no more, or nobody takes them.
async fn write(
    feed: Feed,
    filter: Filter,
    format: Format,
    first: Page,
    pages: mpsc::Sender<io::Result<String>>,
) {
    let mut text = format.head().to_owned();
    let mut page = Ok(first);
    loop {
        let next = page.and_then(|(events, next)| {
            let written = events
                .iter()
                .try_for_each(|found| format.write(&mut text, found));
            written.map(|()| next).map_err(Into::into)
        });
        let (part, next) = match next {
            Ok(next) => (Ok(std::mem::take(&mut text)), next),
            Err(error) => {
                warn!(%error, "an export breaks off");
                (Err(io::Error::other("the export breaks off")), None)
            }
        };
        if pages.send(part).await.is_err() || next.is_none() {
            return;
        }
        page = feed.store.page(filter.clone(), next, PAGE).await;
    }
}
