//! Pages of the list in which an episode is one row: its newest wanted event, with how many others
//! there are.

use std::collections::HashMap;

use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::StoreError;
use super::episode;
use super::filter::Filter;
use super::read::{Found, by_key};
use crate::list::{Lead, Place, keys};

/// The wanted events of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeats {
    /// How many there are, the newest included.
    pub(crate) count: u64,
    /// When the first of them occurred.
    pub(crate) first: i64,
}

/// Rows of the list, and the place of the last of them when there are more.
pub(crate) type Collapsed = (Vec<(Found, Repeats)>, Option<Place>);

/// A wanted event as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    place: Place,
    key: i64,
    first_key: i64,
}

/// A page that is being filled.
struct Page {
    after: Option<Place>,
    limit: usize,
    rows: Vec<(Seen, Repeats)>,
    /// The row of each episode; none of those that stand on an earlier page.
    episodes: HashMap<i64, Option<usize>>,
    has_more: bool,
    /// Nothing with a smaller key belongs to a row.
    end: i64,
}

/// Returns the newest events of episodes after `after`, and the place of the last of them when there
/// are more.
pub(super) fn page(
    connection: &Connection,
    filter: &Filter,
    after: Option<Place>,
    limit: usize,
) -> Result<Collapsed, StoreError> {
    let mut condition = filter.condition(Lead::Search);
    let key = condition.key();
    if let Some(after) = after {
        // Episodes that stand on the page before may go on here.
        let latest = episode::latest(after.occurred_at);
        condition.and(format!("{key} <= ?"), [latest.into()]);
    }
    let tables_where = condition.tables_where();
    let sql = format!(
        "SELECT e.key, e.occurred_at, e.id, e.first_key {tables_where} ORDER BY {key} DESC"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut page = Page::new(after, limit);
    // Within what shares a range of keys, rows come in the order of arrival: all of it is read.
    let mut range: Vec<Seen> = Vec::new();
    while let Some(row) = rows.next()? {
        let place = Place {
            occurred_at: row.get(1)?,
            id: Uuid::from_bytes(row.get(2)?),
        };
        let seen = Seen {
            place,
            key: row.get(0)?,
            first_key: row.get(3)?,
        };
        let is_past = |last: &Seen| keys(last.place.occurred_at).0 > seen.key;
        if range.last().is_some_and(is_past) {
            page.take(&mut range);
            if page.is_done(seen.key) {
                break;
            }
        }
        range.push(seen);
    }
    page.take(&mut range);
    let next = page.rows.last().filter(|_| page.has_more);
    let next = next.map(|(seen, _)| seen.place);
    let found = page.rows.iter();
    let found = found.map(|(seen, repeats)| Ok((by_key(connection, seen.key)?, *repeats)));
    Ok((found.collect::<Result<_, StoreError>>()?, next))
}

impl Page {
    fn new(after: Option<Place>, limit: usize) -> Self {
        Self {
            after,
            limit,
            rows: Vec::with_capacity(limit),
            episodes: HashMap::new(),
            has_more: false,
            end: i64::MAX,
        }
    }

    /// Whether no event with this key, or a smaller one, changes the page.
    fn is_done(&self, key: i64) -> bool {
        self.has_more && key < self.end
    }

    /// Takes events that share a range of keys, and forgets them.
    fn take(&mut self, range: &mut Vec<Seen>) {
        range.sort_unstable_by(|a, b| b.cmp(a));
        range.drain(..).for_each(|seen| self.take_one(seen));
    }

    fn take_one(&mut self, seen: Seen) {
        if self.after.is_some_and(|after| seen.place >= after) {
            self.episodes.insert(seen.first_key, None);
            return;
        }
        if let Some(row) = self.episodes.get(&seen.first_key) {
            if let Some((_, repeats)) = row.and_then(|row| self.rows.get_mut(row)) {
                repeats.count += 1;
                repeats.first = seen.place.occurred_at;
            }
            return;
        }
        if self.rows.len() == self.limit {
            self.has_more = true;
            return;
        }
        self.episodes.insert(seen.first_key, Some(self.rows.len()));
        self.end = self.end.min(episode::earliest(seen.first_key));
        let repeats = Repeats {
            count: 1,
            first: seen.place.occurred_at,
        };
        self.rows.push((seen, repeats));
    }
}
