//! Wanted events by what they have in common: how many, when first and last, how grave, how many are
//! open, and how they are spread over time.

use std::collections::HashMap;
use std::net::Ipv6Addr;

use rusqlite::{Connection, Row, params_from_iter};

use super::StoreError;
use super::count::text;
use super::filter::Filter;
use crate::list::Lead;

/// How many groups are counted; those that come up first after that many others are left out. A
/// bound for memory.
const MAX_GROUPS: usize = 50_000;

/// What groups have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupBy {
    Policy,
    /// A rule is known by its policy and its name.
    Rule,
    Actor,
    Ip,
    Country,
}

/// What a group has in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupKey {
    /// As a filter takes it.
    pub(crate) value: String,
    /// Of a rule: the id of its policy.
    pub(crate) policy: Option<String>,
}

/// Events that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) key: GroupKey,
    /// What people call it, where that is something else.
    pub(crate) label: Option<String>,
    pub(crate) count: u64,
    /// How many of them are open.
    pub(crate) open: u64,
    /// When the first of them occurred.
    pub(crate) first: i64,
    /// When the last of them did.
    pub(crate) last: i64,
    /// That of the gravest, 0 to 7.
    pub(crate) severity: u8,
    /// Counts over time.
    pub(crate) buckets: Vec<u64>,
}

/// Buckets of equal width over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// The first millisecond.
    pub(crate) from: i64,
    /// The width of one in milliseconds.
    pub(crate) step: i64,
    pub(crate) count: usize,
}

/// The place of a group in the list of groups.
pub(crate) type GroupPlace = (u64, GroupKey);

impl GroupBy {
    /// The names of all, as they are written.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("policy", Self::Policy),
        ("rule", Self::Rule),
        ("actor", Self::Actor),
        ("ip", Self::Ip),
        ("country", Self::Country),
    ];

    /// The columns of its value and its label, in SQL.
    const fn columns(self) -> &'static str {
        match self {
            Self::Policy => "e.policy_id, e.policy_name",
            Self::Rule => "e.rule, e.policy_id",
            Self::Actor => "coalesce(e.actor_login, e.actor_id), e.actor_name",
            Self::Ip => "e.ip, NULL",
            Self::Country => "e.country, NULL",
        }
    }
}

/// Returns the largest groups after a place in their list, and the place of the last of them when
/// there are more.
pub(super) fn groups(
    connection: &Connection,
    filter: &Filter,
    by: GroupBy,
    buckets: Option<Buckets>,
    after: Option<&GroupPlace>,
    limit: usize,
) -> Result<(Vec<Group>, Option<GroupPlace>), StoreError> {
    let condition = filter.condition(Lead::Search);
    let sql = format!(
        "SELECT {}, e.occurred_at, e.severity, e.status {} ORDER BY {} DESC",
        by.columns(),
        condition.tables_where(),
        condition.key(),
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(condition.values()))?;
    let mut groups: HashMap<GroupKey, Group> = HashMap::new();
    while let Some(row) = rows.next()? {
        let Some((key, label)) = key(row, by)? else {
            continue;
        };
        let event = Event {
            occurred_at: row.get(2)?,
            severity: u8::try_from(row.get::<_, i64>(3)?.clamp(0, 7)).unwrap_or_default(),
            is_open: row.get::<_, i64>(4)? == 0,
        };
        if let Some(group) = groups.get_mut(&key) {
            group.take(event, buckets);
        } else if groups.len() < MAX_GROUPS {
            let mut group = Group::new(key.clone(), label, event, buckets);
            group.take(event, buckets);
            groups.insert(key, group);
        }
    }
    let place = |group: &Group| (group.count, group.key.clone());
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    if let Some((count, key)) = after {
        let is_after =
            |group: &Group| group.count < *count || (group.count == *count && group.key > *key);
        groups.retain(is_after);
    }
    let has_more = groups.len() > limit;
    groups.truncate(limit);
    let next = groups.last().filter(|_| has_more).map(place);
    Ok((groups, next))
}

/// What a group takes of an event.
#[derive(Debug, Clone, Copy)]
struct Event {
    occurred_at: i64,
    severity: u8,
    is_open: bool,
}

impl Group {
    fn new(key: GroupKey, label: Option<String>, event: Event, buckets: Option<Buckets>) -> Self {
        Self {
            key,
            label,
            count: 0,
            open: 0,
            first: event.occurred_at,
            last: event.occurred_at,
            severity: event.severity,
            buckets: vec![0; buckets.map_or(0, |buckets| buckets.count)],
        }
    }

    fn take(&mut self, event: Event, buckets: Option<Buckets>) {
        self.count += 1;
        self.open += u64::from(event.is_open);
        self.first = self.first.min(event.occurred_at);
        self.last = self.last.max(event.occurred_at);
        self.severity = self.severity.min(event.severity);
        let at = buckets.and_then(|Buckets { from, step, .. }| {
            usize::try_from(event.occurred_at.saturating_sub(from) / step.max(1)).ok()
        });
        if let Some(count) = at.and_then(|at| self.buckets.get_mut(at)) {
            *count += 1;
        }
    }
}

/// Returns what an event has in common with others, and what people call that.
fn key(row: &Row<'_>, by: GroupBy) -> Result<Option<(GroupKey, Option<String>)>, StoreError> {
    if by == GroupBy::Ip {
        let ip: Option<[u8; 16]> = row.get(0)?;
        let value = ip.map(|ip| Ipv6Addr::from(ip).to_canonical().to_string());
        let key = value.map(|value| GroupKey {
            value,
            policy: None,
        });
        return Ok(key.map(|key| (key, None)));
    }
    let Some(value) = text(row, 0)?.map(str::to_owned) else {
        return Ok(None);
    };
    let other = text(row, 1)?.map(str::to_owned);
    let (policy, label) = match by {
        GroupBy::Rule => (other, None),
        _ => (None, other),
    };
    Ok(Some((GroupKey { value, policy }, label)))
}
