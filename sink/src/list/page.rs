//! Pages of a list: the newest events of a condition, and those that have arrived.

use nightlatch_chassis::topic::Positions;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::condition::Condition;
use super::place::{Place, keys};
use crate::store::StoreError;

/// Events that have arrived, in the order of their topic.
#[derive(Debug)]
pub(crate) struct Arrivals<E> {
    pub(crate) events: Vec<E>,
    /// The next offset to look at, of each partition.
    pub(crate) next: Positions,
    /// Whether there were more than asked for.
    pub(crate) has_more: bool,
}

impl<E> Arrivals<E> {
    /// Returns none, so far.
    pub(crate) fn from(positions: &Positions) -> Self {
        Self {
            events: Vec::new(),
            next: positions.clone(),
            has_more: false,
        }
    }
}

/// Returns the places of the newest events, one more than wanted if there are more, and their keys.
pub(crate) fn newest(
    connection: &Connection,
    condition: &Condition,
    wanted: usize,
) -> Result<Vec<(Place, i64)>, StoreError> {
    let sql = format!(
        "SELECT e.key, e.occurred_at, e.id {} ORDER BY {} DESC",
        condition.tables_where(),
        condition.key()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut places: Vec<(Place, i64)> = Vec::with_capacity(wanted + 1);
    // Within what shares a range of keys, rows come in the order of arrival: all of it is read.
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let place = Place {
            occurred_at: row.get(1)?,
            id: Uuid::from_bytes(row.get(2)?),
        };
        let is_past = |last: &(Place, i64)| keys(last.0.occurred_at).0 > key;
        if places.len() > wanted && places.get(wanted).is_some_and(is_past) {
            break;
        }
        places.push((place, key));
    }
    places.sort_unstable_by(|a, b| b.cmp(a));
    places.truncate(wanted + 1);
    Ok(places)
}
