//! Queries that count: the histogram and the facets. They look at each wanted row once.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv6Addr;

use nightlatch_schemas::severity_label;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::StoreError;
use super::filter::{Condition, Filter, Lead};
use super::triage::status;

/// How many values a facet shows.
const TOP: usize = 10;
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

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// The first millisecond of the first bucket.
    pub(crate) from: i64,
    /// The first millisecond after the last bucket.
    pub(crate) to: i64,
    /// The width of a bucket in milliseconds; the last may be narrower.
    pub(crate) step: i64,
    /// Counts by severity label for each bucket.
    pub(crate) buckets: Vec<BTreeMap<&'static str, u64>>,
}

/// Counts by value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    /// How many events there are in all.
    pub(crate) total: u64,
    /// The values with the highest counts, by facet.
    pub(crate) top: BTreeMap<&'static str, Vec<ValueCount>>,
}

/// A value and how many events have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueCount {
    /// As a filter takes it.
    pub(crate) value: String,
    /// What people call it, where that is something else.
    pub(crate) label: Option<String>,
    pub(crate) count: u64,
}

/// Counts the wanted events in at most `buckets` buckets of equal width between the filter's
/// times, or the first and the last event there is. None when that is no time at all.
pub(super) fn histogram(
    connection: &Connection,
    filter: &Filter,
    buckets: u32,
) -> Result<Option<Histogram>, StoreError> {
    let from = filter
        .from
        .map_or_else(|| end_of_time(connection, "ASC"), |from| Ok(Some(from)))?;
    let to = match filter.to {
        Some(to) => Some(to),
        None => end_of_time(connection, "DESC")?.map(|last| last.saturating_add(1)),
    };
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(None);
    };
    let span = to.saturating_sub(from);
    if span <= 0 {
        return Ok(None);
    }
    let step = (span - 1) / i64::from(buckets) + 1;
    let count = usize::try_from((span - 1) / step + 1).unwrap_or_default();
    let mut histogram = Histogram {
        from,
        to,
        step,
        buckets: vec![BTreeMap::new(); count],
    };
    let condition = Condition::new(filter, Lead::Search);
    let sql = format!(
        "SELECT e.occurred_at, e.severity {}",
        condition.tables_where()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    while let Some(row) = rows.next()? {
        let (occurred_at, severity): (i64, i64) = (row.get(0)?, row.get(1)?);
        let bucket = usize::try_from(occurred_at.saturating_sub(from) / step).ok();
        if let Some(counts) = bucket.and_then(|bucket| histogram.buckets.get_mut(bucket)) {
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
    let condition = Condition::new(filter, Lead::Search);
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
        .map(|(facet, counter)| (facet, counter.top()))
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

    /// Returns the values with the highest counts; equal ones by name.
    fn top(self) -> Vec<ValueCount> {
        let counts = self.counts.into_iter();
        let mut top: Vec<_> = counts
            .map(|(value, (count, label))| ValueCount {
                value,
                label,
                count,
            })
            .collect();
        top.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        top.truncate(TOP);
        top
    }
}
