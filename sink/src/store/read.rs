//! Queries for events: a page of the list, one of them, what has arrived.

use nightlatch_chassis::topic::Positions;
use nightlatch_schemas::{RuntimeEvent, decode};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use uuid::Uuid;

use super::StoreError;
use super::body::unpack;
use super::episode;
use super::filter::Filter;
use super::triage;
use crate::list::{Arrivals, Lead, Place, newest};
use crate::triage::State;

/// A runtime event as it is kept, with where it stands on its topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) event: RuntimeEvent,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// What people did with it.
    pub(crate) triage: State,
    /// What it is one of the repeats of.
    pub(crate) episode: Uuid,
}

impl Found {
    /// Returns its place in the list.
    pub(crate) fn place(&self) -> Place {
        Place {
            occurred_at: self.event.occurred_at,
            id: Uuid::parse_str(&self.event.id).unwrap_or_default(),
        }
    }
}

/// Returns the newest events after `after` in the list, and the place of the last of them when
/// there are more.
pub(super) fn page(
    connection: &Connection,
    filter: &Filter,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Found>, Option<Place>), StoreError> {
    let mut condition = filter.condition(Lead::Search);
    if let Some(after) = after {
        condition.after(after);
    }
    let mut places = newest(connection, &condition, limit)?;
    let has_more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().filter(|_| has_more).map(|(place, _)| *place);
    let events = places.iter().map(|(_, key)| by_key(connection, *key));
    Ok((events.collect::<Result<_, _>>()?, next))
}

/// Returns the event of this id.
pub(super) fn by_id(connection: &Connection, id: Uuid) -> Result<Option<Found>, StoreError> {
    let key: Option<i64> = connection
        .prepare_cached("SELECT key FROM runtime_event WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    key.map(|key| by_key(connection, key)).transpose()
}

/// Says whether there is an event of this id.
pub(super) fn is_here(connection: &Connection, id: Uuid) -> Result<bool, StoreError> {
    let mut known = connection.prepare_cached("SELECT 1 FROM runtime_event WHERE id = ?1")?;
    Ok(known.exists([id.as_bytes()])?)
}

pub(super) fn by_key(connection: &Connection, key: i64) -> Result<Found, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT r.body, e.topic_partition, e.topic_offset, e.id,
                e.integration, e.dedup_key, e.first_key
         FROM runtime_event e JOIN record r USING (key) WHERE e.key = ?1",
    )?;
    query.query_row([key], |row| Ok(found(connection, row)))?
}

fn found(connection: &Connection, row: &Row<'_>) -> Result<Found, StoreError> {
    let value = unpack(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
    let event = decode(&value)?;
    Ok(Found {
        event,
        partition: row.get(1)?,
        offset: row.get(2)?,
        triage: triage::state(connection, Uuid::from_bytes(row.get(3)?))?,
        episode: episode::name(row, 4)?,
    })
}

/// Returns up to `max` wanted events that stand at `from` or after it; a partition that is not
/// named is read from its first event on.
pub(super) fn arrivals(
    connection: &Connection,
    filter: &Filter,
    from: &Positions,
    max: usize,
) -> Result<Arrivals<Found>, StoreError> {
    let mut arrivals = Arrivals::from(from);
    for (partition, committed) in positions(connection)? {
        let next = from.get(&partition).copied().unwrap_or(i64::MIN);
        if next >= committed {
            continue;
        }
        let mut condition = filter.condition(Lead::Rows);
        condition.arrived(partition, next, committed);
        let sql = format!(
            "SELECT e.key, e.topic_offset {} ORDER BY e.topic_offset",
            condition.tables_where()
        );
        let mut query = connection.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(condition.values()))?;
        arrivals.next.insert(partition, committed);
        while let Some(row) = rows.next()? {
            let (key, offset): (i64, i64) = (row.get(0)?, row.get(1)?);
            if arrivals.events.len() == max {
                arrivals.next.insert(partition, offset);
                arrivals.has_more = true;
                return Ok(arrivals);
            }
            arrivals.events.push(by_key(connection, key)?);
        }
    }
    Ok(arrivals)
}

/// Returns the next offset to read of each partition.
pub(crate) fn positions(connection: &Connection) -> Result<Positions, StoreError> {
    let mut query = connection.prepare_cached("SELECT topic_partition, next FROM position")?;
    let positions = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(positions.collect::<Result<_, _>>()?)
}
