//! Counts by value: the facets.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv6Addr;

use rusqlite::{Connection, Row, params_from_iter};

use super::count::text;
use super::day::Day;
use super::filter::Filter;
use super::shelf::Visit;
use crate::list::{FacetValue, Lead, top};
use crate::store::StoreError;

/// How many events the facets look at, the newest ones: a bound for time and memory.
const MAX_COUNTED: u64 = 100_000;
/// The facets whose values are names, each in the column of its name.
const NAMED: [&str; 6] = [
    "event_type",
    "outcome",
    "severity",
    "country",
    "origin",
    "integration",
];
/// The columns behind those of [`NAMED`].
const FURTHER: &str =
    "e.org, coalesce(e.actor_login, e.actor_id), e.actor_name, e.ip, e.as_number, e.as_org";

/// Counts by value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    /// How many events were looked at.
    pub(crate) counted: u64,
    /// Whether those are all that are wanted.
    pub(crate) is_complete: bool,
    /// The values with the highest counts, by facet.
    pub(crate) top: BTreeMap<&'static str, Vec<FacetValue>>,
}

/// Counts the newest wanted events by the values of each facet.
pub(super) fn facets(visit: &Visit, filter: &Filter) -> Result<Facets, StoreError> {
    let mut facets = Facets {
        is_complete: true,
        ..Facets::default()
    };
    let mut counters = Counters::new();
    let days = visit.days();
    for day in days.keys().rev().copied().filter(|day| filter.wants(*day)) {
        let room = MAX_COUNTED - facets.counted;
        let tally = visit.day(day, |connection| {
            let tally = Tally::of(connection, filter, day, room)?;
            let is_all = tally.is_all;
            Ok((tally.counted, is_all, tally.named(connection)?))
        })?;
        let Some((counted, is_all, tally)) = tally else {
            continue;
        };
        facets.counted += counted;
        for (facet, value, label, count) in tally {
            let values = counters.entry(facet).or_default();
            values.entry(value).or_insert((0, label)).0 += count;
        }
        if !is_all {
            facets.is_complete = false;
            break;
        }
    }
    facets.top = counters
        .into_iter()
        .map(|(facet, values)| (facet, top(values)))
        .collect();
    Ok(facets)
}

/// Values with their counts and labels, by facet.
type Counters = BTreeMap<&'static str, HashMap<String, (u64, Option<String>)>>;

/// A facet, a value of it, the value's label and its count.
type Counted = (&'static str, String, Option<String>, u64);

/// The counts of one day. Names are numbers still.
#[derive(Default)]
struct Tally {
    counted: u64,
    is_all: bool,
    by_name: [BTreeMap<i64, u64>; NAMED.len()],
    /// The org of each integration.
    orgs: BTreeMap<i64, i64>,
    actors: BTreeMap<String, (u64, Option<String>)>,
    ips: BTreeMap<[u8; 16], u64>,
    /// Autonomous systems with the names of their organisations.
    systems: BTreeMap<i64, (u64, Option<i64>)>,
}

impl Tally {
    /// Counts a day's newest events, at most `room`.
    fn of(
        connection: &Connection,
        filter: &Filter,
        day: Day,
        room: u64,
    ) -> Result<Self, StoreError> {
        let condition = filter.condition(day, Lead::Search);
        let named = NAMED.map(|name| format!("e.{name}")).join(", ");
        let sql = format!(
            "SELECT {named}, {FURTHER} {} ORDER BY {} DESC",
            condition.tables_where(),
            condition.key(),
        );
        let mut query = connection.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(condition.values()))?;
        let mut tally = Self::default();
        while let Some(row) = rows.next()? {
            if tally.counted == room {
                return Ok(tally);
            }
            tally.add(row)?;
        }
        tally.is_all = true;
        Ok(tally)
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), rusqlite::Error> {
        self.counted += 1;
        for (at, counts) in self.by_name.iter_mut().enumerate() {
            if let Some(number) = row.get::<_, Option<i64>>(at)? {
                *counts.entry(number).or_default() += 1;
            }
        }
        let next = NAMED.len();
        self.orgs.insert(row.get(next - 1)?, row.get(next)?);
        if let Some(actor) = row.get_ref(next + 1)?.as_str_or_null()? {
            if let Some((count, _)) = self.actors.get_mut(actor) {
                *count += 1;
            } else {
                let name = row.get(next + 2)?;
                self.actors.insert(actor.to_owned(), (1, name));
            }
        }
        if let Some(ip) = row.get(next + 3)? {
            *self.ips.entry(ip).or_default() += 1;
        }
        if let Some(number) = row.get(next + 4)? {
            let org = row.get(next + 5)?;
            self.systems.entry(number).or_insert((0, org)).0 += 1;
        }
        Ok(())
    }

    /// Returns the counts by facet, value and label.
    fn named(self, connection: &Connection) -> Result<Vec<Counted>, StoreError> {
        let mut named = Vec::new();
        for (facet, counts) in NAMED.into_iter().zip(self.by_name) {
            for (number, count) in counts {
                let org = self.orgs.get(&number).filter(|_| facet == "integration");
                let label = org.map(|org| text(connection, *org)).transpose()?.flatten();
                if let Some(value) = text(connection, number)? {
                    named.push((facet, value, label, count));
                }
            }
        }
        for (number, (count, org)) in self.systems {
            let org = org.map(|org| text(connection, org)).transpose()?.flatten();
            named.push(("asn", number.to_string(), org, count));
        }
        let actors = self.actors.into_iter();
        named.extend(actors.map(|(actor, (count, name))| ("actor", actor, name, count)));
        let address = |ip| Ipv6Addr::from(ip).to_canonical().to_string();
        let ips = self.ips.into_iter();
        named.extend(ips.map(|(ip, count)| ("ip", address(ip), None, count)));
        Ok(named)
    }
}
