//! Okta's events as files.

use std::io;

use axum::body::Bytes;

use super::filter::Filter;
use super::json::{ActivityEvent, whole};
use super::read::Found;
use super::store::ActivityStore;
use crate::export::{Format, Pieces, csv_line};

/// Events read at once.
const PAGE: usize = 200;

/// Writes all that is filtered, newest first, until it is done or nobody takes it any more. When it
/// can't go on the file breaks off with an error, so that nobody takes it for whole.
pub(super) async fn write(store: ActivityStore, filter: Filter, format: Format, pieces: Pieces) {
    let mut after = None;
    let mut text = String::new();
    if format == Format::Csv {
        csv_line(&mut text, ActivityEvent::COLUMNS);
    }
    loop {
        let (events, next) = match store.page(filter.clone(), after, PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "an export breaks off");
                drop(pieces.send(Err(io::Error::other(error))).await);
                return;
            }
        };
        for event in events {
            line(&mut text, event, format);
        }
        let piece = Bytes::from(std::mem::take(&mut text));
        if pieces.send(Ok(piece)).await.is_err() || next.is_none() {
            return;
        }
        after = next;
    }
}

fn line(text: &mut String, event: Found, format: Format) {
    match format {
        Format::Csv => {
            let cells = ActivityEvent::from(&event).cells();
            csv_line(text, cells.iter().map(String::as_str));
        }
        Format::Ndjson => {
            text.push_str(&serde_json::to_string(&whole(event)).unwrap_or_default());
            text.push('\n');
        }
    }
}
