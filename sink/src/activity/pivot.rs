//! What is seen around one user or address: who, from where, with what, from when to when.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv6Addr;

use rusqlite::{Connection, Row, params_from_iter};

use super::count::text;
use super::day::Day;
use super::filter::Filter;
use super::shelf::Visit;
use crate::list::Lead;
use crate::store::StoreError;

/// How many events are looked at, the newest ones: a bound for time and memory.
const MAX_LOOKED_AT: u64 = 50_000;
/// Values of a kind that are remembered; of more, those that turn up later are left out.
const MAX_VALUES: usize = 5_000;

/// What a value was seen in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What people call it, where that is something else.
    pub(crate) label: Option<String>,
    /// How many events.
    pub(crate) count: u64,
    /// The first of them, milliseconds since 1970.
    pub(crate) first: i64,
    /// The last of them.
    pub(crate) last: i64,
}

/// A kind of value that is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Around {
    EventType,
    Country,
    System,
    Ip,
    User,
    Session,
    Device,
}

/// Whose surroundings are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Center {
    /// An Okta id, or a login in any case. Where they come from, only what they did themselves tells.
    User(String),
    /// All that came from there.
    Ip,
}

/// What is seen around one user or address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// How many events were looked at.
    pub(crate) counted: u64,
    /// Whether those are all that there are.
    pub(crate) is_complete: bool,
    /// The first and the last of them, milliseconds since 1970.
    pub(crate) times: Option<(i64, i64)>,
    /// Of a user: id, login and name, of their newest event.
    pub(crate) user: Option<[Option<String>; 3]>,
    /// Values by kind.
    pub(crate) seen: BTreeMap<Around, HashMap<String, Seen>>,
}

/// An event as far as it matters here; names are numbers still.
struct Event {
    occurred_at: i64,
    kind: Option<i64>,
    country: Option<i64>,
    system: Option<i64>,
    system_org: Option<i64>,
    /// Id, login and name.
    actor: [Option<String>; 3],
    ip: Option<[u8; 16]>,
    session: Option<String>,
    device: Option<String>,
}

/// Looks at the newest events that the filter lets through.
pub(super) fn around(
    visit: &Visit,
    filter: &Filter,
    center: &Center,
) -> Result<Surroundings, StoreError> {
    let mut found = Surroundings {
        is_complete: true,
        ..Surroundings::default()
    };
    let days = visit.days();
    for day in days.keys().rev().copied().filter(|day| filter.wants(*day)) {
        visit.day(day, |connection| {
            look(connection, filter, day, center, &mut found)
        })?;
        if !found.is_complete {
            break;
        }
    }
    Ok(found)
}

fn look(
    connection: &Connection,
    filter: &Filter,
    day: Day,
    center: &Center,
    found: &mut Surroundings,
) -> Result<(), StoreError> {
    let condition = filter.condition(day, Lead::Search);
    let sql = format!(
        "SELECT e.occurred_at, e.event_type, e.country, e.as_number, e.as_org, e.actor_id,
                e.actor_login, e.actor_name, e.ip, e.session, e.device
         {} ORDER BY {} DESC",
        condition.tables_where(),
        condition.key(),
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut names = HashMap::new();
    while let Some(row) = rows.next()? {
        if found.counted == MAX_LOOKED_AT {
            found.is_complete = false;
            break;
        }
        let event = event(row)?;
        let mut name = |number: Option<i64>| -> Result<Option<String>, StoreError> {
            let Some(number) = number else {
                return Ok(None);
            };
            if let Some(known) = names.get(&number) {
                return Ok(Some(String::clone(known)));
            }
            let text = text(connection, number)?.unwrap_or_default();
            names.insert(number, text.clone());
            Ok(Some(text))
        };
        let (event_type, country) = (name(event.kind)?, name(event.country)?);
        let system_org = name(event.system_org)?;
        found.add(center, event, event_type, country, system_org);
    }
    Ok(())
}

fn event(row: &Row<'_>) -> Result<Event, rusqlite::Error> {
    Ok(Event {
        occurred_at: row.get(0)?,
        kind: row.get(1)?,
        country: row.get(2)?,
        system: row.get(3)?,
        system_org: row.get(4)?,
        actor: [row.get(5)?, row.get(6)?, row.get(7)?],
        ip: row.get(8)?,
        session: row.get(9)?,
        device: row.get(10)?,
    })
}

impl Center {
    /// Says whether an event tells of where they are: it is theirs.
    fn is_of(&self, [id, login, _]: &[Option<String>; 3]) -> bool {
        match self {
            Self::Ip => true,
            Self::User(user) => {
                id.as_deref()
                    .is_some_and(|id| id.eq_ignore_ascii_case(user))
                    || login.as_deref() == Some(&user.to_lowercase())
            }
        }
    }
}

impl Surroundings {
    fn add(
        &mut self,
        center: &Center,
        event: Event,
        event_type: Option<String>,
        country: Option<String>,
        system_org: Option<String>,
    ) {
        let at = event.occurred_at;
        self.counted += 1;
        self.times = match self.times {
            Some((first, last)) => Some((first.min(at), last.max(at))),
            None => Some((at, at)),
        };
        self.see(Around::EventType, event_type, None, at);
        if !center.is_of(&event.actor) {
            return;
        }
        if matches!(center, Center::User(_)) && self.user.is_none() {
            self.user = Some(event.actor.clone());
        }
        let [id, login, name] = event.actor;
        let ip = event
            .ip
            .map(|ip| Ipv6Addr::from(ip).to_canonical().to_string());
        let system = event.system.map(|number| number.to_string());
        self.see(Around::User, login.or(id), name, at);
        self.see(Around::Country, country, None, at);
        self.see(Around::System, system, system_org, at);
        self.see(Around::Ip, ip, None, at);
        self.see(Around::Session, event.session, None, at);
        self.see(Around::Device, event.device, None, at);
    }

    fn see(&mut self, around: Around, value: Option<String>, label: Option<String>, at: i64) {
        let Some(value) = value else { return };
        let values = self.seen.entry(around).or_default();
        if let Some(seen) = values.get_mut(&value) {
            seen.count += 1;
            seen.first = seen.first.min(at);
            seen.last = seen.last.max(at);
        } else if values.len() < MAX_VALUES {
            let (first, last) = (at, at);
            let seen = Seen {
                label,
                count: 1,
                first,
                last,
            };
            values.insert(value, seen);
        }
    }
}
