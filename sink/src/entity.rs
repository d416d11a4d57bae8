//! One user or one address: what they did and what was detected in one time line, and what is seen
//! around them. Put together from the activity and the feed.

mod api;
mod document;
mod timeline;

pub(crate) use api::{Entities, router};
