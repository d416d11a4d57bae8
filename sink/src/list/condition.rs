//! Which events are wanted, in SQL: the index of words as far as that goes, and the rows.

use rusqlite::types::Value;

use super::place::{Place, keys};
use crate::search::Lowered;

/// Which table leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lead {
    /// The index of words, in the order of the list; the rows when there is nothing to search for.
    Search,
    /// The rows, in an order of their own; of the index only the query is asked.
    Rows,
}

/// A condition in SQL on a table of events, `e`, and its index of words, `search`, with its values.
#[derive(Debug)]
pub(crate) struct Condition {
    table: &'static str,
    lead: Lead,
    /// How the table is read when it leads alone, in SQL.
    by: &'static str,
    /// What the index of words is asked, in FTS5's language.
    terms: Vec<String>,
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Condition {
    /// Returns the condition that a query makes.
    pub(crate) fn new(table: &'static str, lead: Lead, query: Option<Lowered>) -> Self {
        let mut condition = Self {
            table,
            lead,
            by: "",
            terms: Vec::new(),
            clauses: Vec::new(),
            values: Vec::new(),
        };
        if let Some(Lowered { term, clauses }) = query {
            condition.terms.extend(term);
            for (clause, values) in clauses {
                condition.and(clause, values);
            }
        }
        condition
    }

    /// Has the rows read by an index, where they lead and nothing is searched for.
    pub(crate) const fn indexed(&mut self, by: &'static str) {
        self.by = by;
    }

    /// Adds a clause; each `?` in it stands for the next of `values`.
    pub(crate) fn and(
        &mut self,
        clause: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    /// Asks the index, where that leads.
    pub(crate) fn term(&mut self, term: impl FnOnce() -> String) {
        if self.lead == Lead::Search {
            self.terms.push(term());
        }
    }

    /// Wants what stands after a place in the list only.
    pub(crate) fn after(&mut self, place: Place) {
        let Place { occurred_at, id } = place;
        self.and(format!("{} <= ?", self.key()), [keys(occurred_at).1.into()]);
        let values = [occurred_at.into(), Value::from(id.as_bytes().to_vec())];
        self.and("(e.occurred_at, e.id) < (?, ?)", values);
    }

    /// Wants what stands between two offsets of a partition only.
    pub(crate) fn arrived(&mut self, partition: i32, first: i64, end: i64) {
        self.and("e.topic_partition = ?", [partition.into()]);
        self.and(
            "e.topic_offset >= ? AND e.topic_offset < ?",
            [first.into(), end.into()],
        );
    }

    /// Returns the key of the table that leads: bounds on it, and its order, are for free.
    pub(crate) const fn key(&self) -> &'static str {
        match self.lead {
            Lead::Search if !self.terms.is_empty() => "search.rowid",
            Lead::Search | Lead::Rows => "e.key",
        }
    }

    /// Returns what follows SELECT …: the tables and the condition.
    pub(crate) fn tables_where(&self) -> String {
        let Self { table, by, .. } = self;
        // CROSS JOIN keeps the tables in this order.
        let tables = match (self.terms.as_slice(), self.lead) {
            ([], Lead::Search) => format!("{table} e {by}"),
            ([], Lead::Rows) => format!("{table} e"),
            (_, Lead::Search) => format!("search CROSS JOIN {table} e ON e.key = search.rowid"),
            (_, Lead::Rows) => format!("{table} e CROSS JOIN search ON search.rowid = e.key"),
        };
        let matches = (!self.terms.is_empty()).then_some("search MATCH ?");
        let clauses = matches
            .into_iter()
            .chain(self.clauses.iter().map(String::as_str));
        let clauses: Vec<_> = clauses.chain(["TRUE"]).collect();
        format!("FROM {tables} WHERE {}", clauses.join(" AND "))
    }

    /// Returns the values of all `?`, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value> {
        let terms = (!self.terms.is_empty()).then(|| Value::from(self.terms.join(" AND ")));
        terms.into_iter().chain(self.values.iter().cloned())
    }
}
