//! Queries that count: the histogram and the facets. They look at each wanted row once.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv6Addr;

use nightlatch_schemas::severity_label;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::StoreError;
use super::filter::Filter;
use super::triage::status;
use crate::list::{FacetValue, Histogram, Lead, top};

/// How many values a facet counts; those that come up first after that many others are left out.
/// A bound for memory.
const MAX_VALUES: usize = 50_000;

/// The facets whose values are texts: the columns of the value and of its label.
const FACETS: [(&str, usize, Option<usize>); 7] = [
    ("policy", 0, Some(1)),
    ("rule", 2, None),
    ("integration", 3, Some(4)),
    ("event_type", 5, None),
    ("actor", 6, Some(7)),
    ("country", 8, None),
    ("disposition", 11, None),
];

/// Counts by value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    /// How many events there are in all.
    pub(crate) total: u64,
    /// The values with the highest counts, by facet.
    pub(crate) top: BTreeMap<&'static str, Vec<FacetValue>>,
}

/// Counts the wanted events in at most `buckets` buckets of equal width between the filter's
/// times, or the first and the last event there is. None when that is no time at all.
pub(super) fn histogram(
    connection: &Connection,
    filter: &Filter,
    buckets: u32,
) -> Result<Option<Histogram<&'static str>>, StoreError> {
    let times = (filter.from, filter.to);
    let end = |order: &str| end_of_time(connection, order);
    let Some(mut histogram) = Histogram::between(times, end, buckets)? else {
        return Ok(None);
    };
    let condition = filter.condition(Lead::Search);
    let sql = format!(
        "SELECT e.occurred_at, e.severity {}",
        condition.tables_where()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    while let Some(row) = rows.next()? {
        let (occurred_at, severity): (i64, i64) = (row.get(0)?, row.get(1)?);
        if let Some(counts) = histogram.counts(histogram.bucket(occurred_at)) {
            *counts.entry(label(severity)).or_default() += 1;
        }
    }
    Ok(Some(histogram))
}

/// Returns the time of the first event (`ASC`) or the last (`DESC`).
fn end_of_time(connection: &Connection, order: &str) -> Result<Option<i64>, StoreError> {
    let sql = format!("SELECT occurred_at FROM runtime_event ORDER BY key {order} LIMIT 1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([], |row| row.get(0))
        .optional()?)
}

/// Counts the wanted events by the values of each facet.
pub(super) fn facets(connection: &Connection, filter: &Filter) -> Result<Facets, StoreError> {
    let condition = filter.condition(Lead::Search);
    let sql = format!(
        "SELECT e.policy_id, e.policy_name, e.rule, e.integration, e.org, e.event_type,
                coalesce(e.actor_login, e.actor_id), e.actor_name, e.country, e.severity, e.ip,
                e.disposition, e.status
         {} ORDER BY {} DESC",
        condition.tables_where(),
        condition.key(),
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut total = 0;
    let mut counters: BTreeMap<&'static str, Counter> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        total += 1;
        for (facet, value, name) in FACETS {
            let name = name.map(|name| text(row, name)).transpose()?.flatten();
            if let Some(value) = text(row, value)? {
                counters.entry(facet).or_default().count(value, name);
            }
        }
        counters
            .entry("severity")
            .or_default()
            .count(label(row.get(9)?), None);
        let status = status(row.get(12)?).name();
        counters.entry("status").or_default().count(status, None);
        if let Some(ip) = row.get::<_, Option<[u8; 16]>>(10)? {
            let ip = Ipv6Addr::from(ip).to_canonical().to_string();
            counters.entry("ip").or_default().count(&ip, None);
        }
    }
    let top = counters
        .into_iter()
        .map(|(facet, counter)| (facet, top(counter.counts)))
        .collect();
    Ok(Facets { total, top })
}

fn label(severity: i64) -> &'static str {
    severity_label(u8::try_from(severity.clamp(0, 7)).unwrap_or_default())
}

pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str().map_err(rusqlite::Error::from)?)),
    }
}

/// Counts values. The label of a value is that of its newest event.
#[derive(Debug, Default)]
struct Counter {
    counts: HashMap<String, (u64, Option<String>)>,
}

impl Counter {
    fn count(&mut self, value: &str, label: Option<&str>) {
        if let Some((count, _)) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MAX_VALUES {
            self.counts
                .insert(value.to_owned(), (1, label.map(str::to_owned)));
        }
    }
}
