//! Counts over time: the histogram.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::day::Day;
use super::filter::{Condition, Filter, Lead};
use super::shelf::Visit;
use super::write::MINUTE_MS;
use crate::store::StoreError;
use crate::store::row::keys;

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

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// The first millisecond of the first bucket.
    pub(crate) from: i64,
    /// The first millisecond after the last bucket.
    pub(crate) to: i64,
    /// The width of a bucket in milliseconds; the last may be narrower.
    pub(crate) step: i64,
    /// Counts for each bucket.
    pub(crate) buckets: Vec<BTreeMap<String, u64>>,
}

impl Histogram {
    fn bucket(&self, ms: i64) -> i64 {
        ms.saturating_sub(self.from).div_euclid(self.step)
    }

    fn add(&mut self, bucket: i64, value: &str, count: u64) {
        let counts = usize::try_from(bucket)
            .ok()
            .and_then(|bucket| self.buckets.get_mut(bucket));
        if let Some(counts) = counts {
            match counts.get_mut(value) {
                Some(known) => *known += count,
                None => {
                    counts.insert(value.to_owned(), count);
                }
            }
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
) -> Result<Option<Histogram>, StoreError> {
    let from = match filter.from {
        Some(from) => Some(from),
        None => end_of_time(visit, "ASC")?,
    };
    let to = match filter.to {
        Some(to) => Some(to),
        None => end_of_time(visit, "DESC")?.map(|last| last.saturating_add(1)),
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
    histogram: &mut Histogram,
) -> Result<(), StoreError> {
    let condition = Condition::new(filter, day, Lead::Search);
    let sql = format!(
        "SELECT e.occurred_at, coalesce(e.{}, 0) {}",
        by.column(),
        condition.tables_where()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    while let Some(row) = rows.next()? {
        let bucket = histogram.bucket(row.get(0)?);
        histogram.add(bucket, name(names, row.get(1)?), 1);
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
    histogram: &mut Histogram,
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
            histogram.add(bucket, name(names, value), count);
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
            histogram.add(bucket, name(names, row.get(1)?), 1);
        }
    }
    Ok(())
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
