//! The feed over HTTP: the list of runtime events, one of them, counts, and the live stream.

mod api;
mod csv;
pub(crate) mod cursor;
mod export;
mod group;
mod json;
mod keeper;
mod live;
pub(crate) mod parameter;
pub(crate) mod query;

pub(crate) use api::{Feed, event_id, no_event, router};
pub(crate) use json::{event_json, event_schema, time_text};
pub(crate) use live::{Arrived, Live, Source};
pub(crate) use parameter::FilterParameters;
pub(crate) use query::filter;
