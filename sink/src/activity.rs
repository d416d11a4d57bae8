//! Activity: all of Okta's events, not only detections, searchable for as long as is wished.
//!
//! A loop of its own ([`crate::consume`]) reads `okta.events` and keeps one row a uuid, the richer
//! copy: an event comes by the hook and again from the System Log.

mod api;
mod archive;
mod count;
mod day;
mod facet;
mod facts;
mod field;
mod filter;
mod json;
mod keeper;
mod key;
mod parameter;
mod pivot;
mod query;
mod read;
mod row;
mod shelf;
mod store;
mod upkeep;
mod write;

pub(crate) use api::router;
pub(crate) use filter::Filter as ActivityFilter;
pub(crate) use json::ActivityEvent;
pub(crate) use keeper::Activity;
pub(crate) use pivot::{Around, Center, Seen, Surroundings};
pub(crate) use upkeep::Upkeep;
