//! Counts over time: the histogram.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::day::Day;
use super::filter::Filter;
use super::shelf::Visit;
use super::write::MINUTE_MS;
use crate::list::{Histogram, Lead, keys};
use crate::store::StoreError;

/// What an event without a value is counted under.
const NONE: &str = "none";

/// What the counts of a bucket are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Severity,
    Outcome,
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Outcome => "outcome",
        }
    }
}

/// Counts the wanted events in at most `buckets` buckets of equal width between the filter's
/// times, or the first and the last event there is. None when that is no time at all.
pub(super) fn histogram(
    visit: &Visit,
    filter: &Filter,
    buckets: u32,
    by: By,
) -> Result<Option<Histogram<String>>, StoreError> {
    let end = |order: &str| end_of_time(visit, order);
    let Some(mut histogram) = Histogram::between((filter.from, filter.to), end, buckets)? else {
        return Ok(None);
    };
    let days = visit.days();
    for day in days.keys().copied().filter(|day| filter.wants(*day)) {
        visit.day(day, |connection| {
            let names = names(connection, by)?;
            if filter.query.is_none() {
                by_minutes(connection, filter, day, by, &names, &mut histogram)
            } else {
                by_rows(connection, filter, day, by, &names, &mut histogram)
            }
        })?;
    }
    Ok(Some(histogram))
}

/// Returns the texts that buckets are divided by; of few texts each.
fn names(connection: &Connection, by: By) -> Result<HashMap<i64, String>, StoreError> {
    let sql = format!(
        "SELECT id, text FROM name WHERE id IN (SELECT DISTINCT {} FROM minute)",
        by.column()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let names = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn by_rows(
    connection: &Connection,
    filter: &Filter,
    day: Day,
    by: By,
    names: &HashMap<i64, String>,
    histogram: &mut Histogram<String>,
) -> Result<(), StoreError> {
    let condition = filter.condition(day, Lead::Search);
    let sql = format!(
        "SELECT e.occurred_at, coalesce(e.{}, 0) {}",
        by.column(),
        condition.tables_where()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    while let Some(row) = rows.next()? {
        let bucket = histogram.bucket(row.get(0)?);
        add(histogram, bucket, name(names, row.get(1)?), 1);
    }
    Ok(())
}

/// Adds up the counts of minutes; those that an edge cuts are counted event by event.
fn by_minutes(
    connection: &Connection,
    filter: &Filter,
    day: Day,
    by: By,
    names: &HashMap<i64, String>,
    histogram: &mut Histogram<String>,
) -> Result<(), StoreError> {
    let (first, last) = filter.times(day);
    let column = by.column();
    let sql = format!(
        "SELECT minute, {column}, sum(count) FROM minute WHERE minute BETWEEN ?1 AND ?2
         GROUP BY minute, {column}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut minutes = query.query([first.div_euclid(MINUTE_MS), last.div_euclid(MINUTE_MS)])?;
    let mut cut = Vec::new();
    while let Some(row) = minutes.next()? {
        let (minute, value, count): (i64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (start, end) = (minute * MINUTE_MS, minute * MINUTE_MS + MINUTE_MS - 1);
        let bucket = histogram.bucket(start);
        if start < first || end > last || bucket != histogram.bucket(end) {
            if cut.last() != Some(&start) {
                cut.push(start);
            }
        } else {
            add(histogram, bucket, name(names, value), count);
        }
    }
    let sql =
        format!("SELECT occurred_at, coalesce({column}, 0) FROM event WHERE key BETWEEN ?1 AND ?2");
    let mut query = connection.prepare_cached(&sql)?;
    for start in cut {
        let (first, last) = (start.max(first), (start + MINUTE_MS - 1).min(last));
        let mut rows = query.query([keys(first).0, keys(last).1])?;
        while let Some(row) = rows.next()? {
            let bucket = histogram.bucket(row.get(0)?);
            add(histogram, bucket, name(names, row.get(1)?), 1);
        }
    }
    Ok(())
}

fn add(histogram: &mut Histogram<String>, bucket: i64, value: &str, count: u64) {
    let Some(counts) = histogram.counts(bucket) else {
        return;
    };
    match counts.get_mut(value) {
        Some(known) => *known += count,
        None => {
            counts.insert(value.to_owned(), count);
        }
    }
}

fn name(names: &HashMap<i64, String>, number: i64) -> &str {
    names.get(&number).map_or(NONE, String::as_str)
}

/// Returns the time of the first event (`ASC`) or the last (`DESC`).
pub(super) fn end_of_time(visit: &Visit, order: &str) -> Result<Option<i64>, StoreError> {
    let mut days: Vec<Day> = visit.days().into_keys().collect();
    if order == "DESC" {
        days.reverse();
    }
    let sql = format!("SELECT occurred_at FROM event ORDER BY key {order} LIMIT 1");
    for day in days {
        let end = visit.day(day, |connection| {
            let mut query = connection.prepare_cached(&sql)?;
            Ok(query.query_row([], |row| row.get(0)).optional()?)
        })?;
        if let Some(end) = end.flatten() {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Returns the text of a name.
pub(super) fn text(connection: &Connection, number: i64) -> Result<Option<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT text FROM name WHERE id = ?1")?;
    Ok(query.query_row([number], |row| row.get(0)).optional()?)
}
