//! Okta's events and detections in one order, newest first.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::activity::{ActivityEvent, ActivityFilter};
use crate::feed::{event_json, time_text};
use crate::list::Place;
use crate::openapi::EventDocument;
use crate::store::{Filter, StoreError};

use super::api::Entities;

/// An entry of a time line: one of the two.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// When it occurred.
    #[schema(format = DateTime)]
    occurred_at: String,
    /// An event of Okta.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<ActivityEvent>,
    /// A runtime event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<EventDocument>)]
    detection: Option<Value>,
}

/// Returns the newest entries after a place, and the place of the last of them when there are more.
pub(super) async fn page(
    entities: &Entities,
    activity: ActivityFilter,
    feed: Filter,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Entry>, Option<Place>), StoreError> {
    let Entities {
        activity: of_activity,
        feed: of_feed,
    } = entities;
    let (events, more_events) = of_activity.store.page(activity, after, limit).await?;
    let (detections, more_detections) = of_feed.store.page(feed, after, limit).await?;
    let mut entries = Vec::with_capacity(events.len() + detections.len());
    for event in &events {
        let entry = Entry {
            occurred_at: time_text(event.place.occurred_at),
            activity: Some(ActivityEvent::from(event)),
            detection: None,
        };
        entries.push((event.place, entry));
    }
    for detection in &detections {
        let json = event_json(detection)?;
        let entry = Entry {
            occurred_at: time_text(detection.event.occurred_at),
            activity: None,
            detection: Some(json),
        };
        entries.push((detection.place(), entry));
    }
    // Behind the end of a list that goes on, nothing of the other can be told yet.
    let known_to = more_events.max(more_detections);
    entries.retain(|(place, _)| known_to.is_none_or(|known_to| *place >= known_to));
    entries.sort_by(|(a, _), (b, _)| b.cmp(a));
    let has_more = known_to.is_some() || entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().map(|(place, _)| *place);
    let next = next.filter(|_| has_more);
    let entries = entries.into_iter().map(|(_, entry)| entry);
    Ok((entries.collect(), next))
}
