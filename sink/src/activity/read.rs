//! Queries for events: a page of the list, one of them, what has arrived.

use std::collections::BTreeMap;

use nightlatch_chassis::topic::Positions;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use uuid::Uuid;

use super::day::Day;
use super::filter::Filter;
use super::row::event_id;
use super::shelf::Visit;
use crate::list::{Arrivals, Lead, Place, newest};
use crate::store::StoreError;
use crate::store::body::unpack;

/// An event as it is kept, with where it stands on its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) received_at: i64,
    pub(crate) integration: String,
    pub(crate) org: String,
    pub(crate) origin: String,
    pub(crate) event_type: Option<String>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// Its JSON as it came.
    pub(crate) raw: String,
}

/// Returns the newest events after `after` in the list, and the place of the last of them when
/// there are more. Days are visited, newest first, until the page is full.
pub(super) fn page(
    visit: &Visit,
    filter: &Filter,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Found>, Option<Place>), StoreError> {
    let last_day = after.map(|place| Day::of(place.occurred_at));
    let mut events: Vec<Found> = Vec::new();
    let days = visit.days();
    let days = days.keys().rev().copied().filter(|day| filter.wants(*day));
    for day in days.filter(|day| last_day.is_none_or(|last| *day <= last)) {
        let wanted = limit - events.len();
        let found = visit.day(day, |connection| {
            let places = places(connection, filter, day, after, wanted)?;
            let has_more = places.len() > wanted;
            let events = places.iter().take(wanted);
            let events: Result<Vec<_>, _> =
                events.map(|(_, key)| by_key(connection, *key)).collect();
            Ok((events?, has_more))
        })?;
        let Some((found, has_more)) = found else {
            continue;
        };
        events.extend(found);
        if has_more {
            let next = events.last().map(|event| event.place);
            return Ok((events, next));
        }
    }
    Ok((events, None))
}

/// Returns the places of a day's newest events, one more than wanted if there are more, and their
/// keys.
fn places(
    connection: &Connection,
    filter: &Filter,
    day: Day,
    after: Option<Place>,
    wanted: usize,
) -> Result<Vec<(Place, i64)>, StoreError> {
    let mut condition = filter.condition(day, Lead::Search);
    if let Some(after) = after.filter(|after| Day::of(after.occurred_at) == day) {
        condition.after(after);
    }
    newest(connection, &condition, wanted)
}

/// Returns the event of a uuid.
pub(super) fn by_uuid(visit: &Visit, uuid: &str) -> Result<Option<Found>, StoreError> {
    let id = event_id(uuid);
    for day in visit.days().keys().rev() {
        let found = visit.day(*day, |connection| {
            let key: Option<i64> = connection
                .prepare_cached("SELECT key FROM event WHERE id = ?1")?
                .query_row([id.as_bytes()], |row| row.get(0))
                .optional()?;
            key.map(|key| by_key(connection, key)).transpose()
        })?;
        if let Some(found) = found.flatten() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn by_key(connection: &Connection, key: i64) -> Result<Found, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT r.body, e.occurred_at, e.id, e.received_at, i.text, o.text, f.text, t.text,
                e.topic_partition, e.topic_offset
         FROM event e JOIN record r USING (key)
         JOIN name i ON i.id = e.integration JOIN name o ON o.id = e.org
         JOIN name f ON f.id = e.origin LEFT JOIN name t ON t.id = e.event_type
         WHERE e.key = ?1",
    )?;
    query.query_row([key], |row| {
        let raw = unpack(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        let place = Place {
            occurred_at: row.get(1)?,
            id: Uuid::from_bytes(row.get(2)?),
        };
        let (received_at, integration, org) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let (origin, event_type) = (row.get(6)?, row.get(7)?);
        let (partition, offset) = (row.get(8)?, row.get(9)?);
        Ok(raw.map(|raw| Found {
            place,
            received_at,
            integration,
            org,
            origin,
            event_type,
            partition,
            offset,
            raw: String::from_utf8_lossy(&raw).into_owned(),
        }))
    })?
}

/// Returns up to `max` wanted events that stand at `from` or after it; a partition that is not
/// named is read from its first event on.
pub(super) fn arrivals(
    visit: &Visit,
    filter: &Filter,
    from: &Positions,
    max: usize,
) -> Result<Arrivals<Found>, StoreError> {
    let days = visit.days();
    let mut arrivals = Arrivals::from(from);
    for (partition, end) in visit.committed() {
        let start = from.get(&partition).copied().unwrap_or(i64::MIN);
        if start >= end {
            continue;
        }
        let room = max - arrivals.events.len();
        let mut found = BTreeMap::new();
        let has_news = |of: &Positions| of.get(&partition).is_some_and(|end| *end > start);
        let with_news = days.iter().filter(|(_, extent)| has_news(&extent.ends));
        for (day, _) in with_news.filter(|(day, _)| filter.wants(**day)) {
            let part = visit.day(*day, |connection| {
                arrived(connection, filter, *day, (partition, start, end), room)
            })?;
            found.extend(part.into_iter().flatten());
        }
        arrivals.next.insert(partition, end);
        let beyond = found.keys().nth(room).copied();
        if let Some(beyond) = beyond {
            found.split_off(&beyond);
            arrivals.next.insert(partition, beyond);
            arrivals.has_more = true;
        }
        arrivals.events.extend(found.into_values());
        if arrivals.has_more {
            break;
        }
    }
    Ok(arrivals)
}

/// Returns a day's wanted events of a partition between two offsets, one more than there is room for.
fn arrived(
    connection: &Connection,
    filter: &Filter,
    day: Day,
    (partition, start, end): (i32, i64, i64),
    room: usize,
) -> Result<Vec<(i64, Found)>, StoreError> {
    let mut condition = filter.condition(day, Lead::Rows);
    condition.arrived(partition, start, end);
    let sql = format!(
        "SELECT e.key, e.topic_offset {} ORDER BY e.topic_offset",
        condition.tables_where()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut found = Vec::new();
    while found.len() <= room
        && let Some(row) = rows.next()?
    {
        found.push((row.get(1)?, by_key(connection, row.get(0)?)?));
    }
    Ok(found)
}
