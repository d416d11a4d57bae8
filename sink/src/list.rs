//! What lists of events have in common, whichever store they stand in: the feed and the activity. Places
//! and pages, conditions in SQL, counts, queries of URLs and refusals.

mod answer;
mod condition;
mod facet;
mod histogram;
mod page;
mod place;
mod query;

pub(crate) use answer::{QueryProblems, failed, no_place, timed};
pub(crate) use condition::{Condition, Lead};
pub(crate) use facet::{FacetValue, top};
pub(crate) use histogram::{Histogram, Span};
pub(crate) use page::{Arrivals, newest};
pub(crate) use place::{Place, keys, time};
pub(crate) use query::{Pairs, Query};
