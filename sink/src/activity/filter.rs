//! Which events a query wants, and the same in SQL.

use rusqlite::types::Value;

use super::day::Day;
use super::field;
use crate::search::Expression;
use crate::store::Place;
use crate::store::row::keys;

/// Which events are wanted: between the times, and found by the query.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// The first millisecond wanted.
    pub(crate) from: Option<i64>,
    /// The first millisecond not wanted any more.
    pub(crate) to: Option<i64>,
    /// What parameters and the search box say.
    pub(crate) query: Option<Expression>,
}

impl Filter {
    /// Says whether the times leave anything of a day.
    pub(super) fn wants(&self, day: Day) -> bool {
        self.from.is_none_or(|from| day.end() > from) && self.to.is_none_or(|to| day.start() < to)
    }

    /// Returns the times within a day, first and last millisecond.
    pub(super) fn times(&self, day: Day) -> (i64, i64) {
        let from = self.from.map_or(day.start(), |from| from.max(day.start()));
        let to = self.to.map_or(day.end(), |to| to.min(day.end()));
        (from, to.saturating_sub(1))
    }
}

/// Which table leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// The index of words, in the order of the list; the rows when there is nothing to search for.
    Search,
    /// The rows, in an order of their own.
    Rows,
}

/// A condition in SQL on `event AS e`, with its values.
#[derive(Debug)]
pub(super) struct Condition {
    lead: Lead,
    /// What the index of words is asked, in FTS5's language.
    term: Option<String>,
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Condition {
    /// Returns the condition on the events of a day.
    pub(super) fn new(filter: &Filter, day: Day, lead: Lead) -> Self {
        let lowered = filter.query.as_ref().map(field::lowered);
        let lowered = lowered.unwrap_or_default();
        let mut condition = Self {
            lead,
            term: lowered.term,
            clauses: Vec::new(),
            values: Vec::new(),
        };
        let (first, last) = filter.times(day);
        let key = condition.key();
        let bounds = [keys(first).0.into(), keys(last).1.into()];
        condition.and(format!("{key} BETWEEN ? AND ?"), bounds);
        for (clause, values) in lowered.clauses {
            condition.and(clause, values);
        }
        condition
    }

    /// Wants what stands after a place in the list only.
    pub(super) fn after(&mut self, place: Place) {
        let Place { occurred_at, id } = place;
        self.and(format!("{} <= ?", self.key()), [keys(occurred_at).1.into()]);
        let values = [occurred_at.into(), Value::from(id.as_bytes().to_vec())];
        self.and("(e.occurred_at, e.id) < (?, ?)", values);
    }

    /// Adds a clause; each `?` in it stands for the next of `values`.
    pub(super) fn and(
        &mut self,
        clause: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    /// Returns the key of the table that leads: bounds on it, and its order, are for free.
    pub(super) fn key(&self) -> &'static str {
        match self.lead {
            Lead::Search if self.term.is_some() => "search.rowid",
            Lead::Search | Lead::Rows => "e.key",
        }
    }

    /// Returns what follows SELECT …: the tables and the condition.
    pub(super) fn tables_where(&self) -> String {
        // CROSS JOIN keeps the tables in this order.
        let tables = match (&self.term, self.lead) {
            (None, _) => "event e",
            (_, Lead::Search) => "search CROSS JOIN event e ON e.key = search.rowid",
            (_, Lead::Rows) => "event e CROSS JOIN search ON search.rowid = e.key",
        };
        let matches = self.term.is_some().then_some("search MATCH ?");
        let clauses = matches
            .into_iter()
            .chain(self.clauses.iter().map(String::as_str));
        format!(
            "FROM {tables} WHERE {}",
            clauses.collect::<Vec<_>>().join(" AND ")
        )
    }

    /// Returns the values of all `?`, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let term = self.term.clone().map(Value::from);
        term.into_iter().chain(self.values.iter().cloned())
    }
}
