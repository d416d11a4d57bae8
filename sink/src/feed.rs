//! The feed over HTTP: the list of runtime events, one of them, counts, and the live stream.

mod api;
mod csv;
mod cursor;
mod export;
mod group;
mod json;
mod live;
mod parameter;
mod query;

pub(crate) use api::{Feed, event_id, no_event, router};
pub(crate) use json::event_schema;
pub(crate) use live::Live;
pub(crate) use parameter::FilterParameters;
pub(crate) use query::{Pairs, filter};
