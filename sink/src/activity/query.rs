//! From the query of a URL to what it asks of the activity.

use jiff::Timestamp;
use nightlatch_chassis::http::Problem;

use super::count::By;
use super::field::FIELDS;
use super::filter::Filter;
use super::parameter::{BY, EXPORT, HISTOGRAM, PAGE, STREAM, by_field, with};
use crate::export::Format;
use crate::feed::cursor::StreamCursor;
use crate::feed::parameter::{BUCKETS, EVENT_TYPE};
use crate::list::{Pairs, Place, Query};
use crate::search::{Comparison, Expression};

/// What the list is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct PageQuery {
    pub(super) filter: Filter,
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
}

impl PageQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::of(pairs, &with(&PAGE))?;
        Ok(Self {
            filter: filter_of(&query, now)?,
            after: query.after()?,
            limit: query.limit()?,
        })
    }
}

/// What the histogram is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct HistogramQuery {
    pub(super) filter: Filter,
    pub(super) buckets: u32,
    pub(super) by: By,
}

impl HistogramQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::of(pairs, &with(&HISTOGRAM))?;
        let by = match query.text(&BY) {
            None | Some("severity") => By::Severity,
            Some("outcome") => By::Outcome,
            Some(other) => {
                let problem = format!("{other:?} is nothing to divide by");
                return Err(BY.malformed(1, &problem));
            }
        };
        Ok(Self {
            filter: filter_of(&query, now)?,
            buckets: BUCKETS.number(query.text(&BUCKETS))?,
            by,
        })
    }
}

/// What an export is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct ExportQuery {
    pub(super) filter: Filter,
    pub(super) format: Format,
}

impl ExportQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::of(pairs, &with(&EXPORT))?;
        Ok(Self {
            format: Format::of(&query)?,
            filter: filter_of(&query, now)?,
        })
    }
}

/// What the stream is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct StreamQuery {
    pub(super) filter: Filter,
    pub(super) after: Option<StreamCursor>,
}

impl StreamQuery {
    /// Reads the query; `header` is the one that browsers send when they come back.
    pub(super) fn parse(
        pairs: &Pairs,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let query = Query::of(pairs, &with(&STREAM))?;
        Ok(Self {
            filter: filter_of(&query, now)?,
            after: query.last_event(header)?,
        })
    }
}

/// Reads the query of the facets.
pub(super) fn filter(pairs: &Pairs, now: Timestamp) -> Result<Filter, Problem> {
    filter_of(&Query::of(pairs, &with(&[]))?, now)
}

fn filter_of(query: &Query<'_>, now: Timestamp) -> Result<Filter, Problem> {
    let (from, to) = query.times(now)?;
    let mut wanted = Vec::new();
    for (parameter, field) in by_field() {
        let values: Vec<&str> = if parameter.name == EVENT_TYPE.name {
            let listed = query.listed(parameter)?;
            listed.into_iter().map(|(_, value)| value).collect()
        } else {
            query.values(parameter).collect()
        };
        let comparison = |value: &str| {
            let meaning = field.value(value.trim());
            let meaning = meaning.map_err(|problem| parameter.malformed(1, &problem))?;
            let field = field.name;
            Ok(Expression::Field(Comparison { field, meaning }))
        };
        let any: Result<Vec<_>, Problem> = values.into_iter().map(comparison).collect();
        let any = any?;
        if !any.is_empty() {
            wanted.push(Expression::Any(any));
        }
    }
    wanted.extend(query.typed(&FIELDS)?);
    let query = (!wanted.is_empty()).then_some(Expression::All(wanted));
    Ok(Filter { from, to, query })
}
