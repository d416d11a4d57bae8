//! From what a query means to what a store is asked: the index of words as far as that goes, the
//! rows for what the index does not have.

use rusqlite::types::Value;

use super::expression::{Comparison, Expression, find_all};

/// How a comparison is looked up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Leaf {
    /// In the index of words, in FTS5's language.
    Index(String),
    /// In the rows: a condition in SQL, each `?` of which stands for the next of the values.
    Rows(String, Vec<Value>),
}

/// The tables that are asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables {
    /// The index of words.
    pub(crate) search: &'static str,
    /// The column of the rows that is the index's rowid.
    pub(crate) key: &'static str,
}

/// A query as a store is asked it: all of this must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lowered {
    /// What the index of words is asked, in FTS5's language.
    pub(crate) term: Option<String>,
    /// Conditions in SQL, with their values.
    pub(crate) clauses: Vec<(String, Vec<Value>)>,
}

/// Lowers a query; `leaf` says how a comparison is looked up.
pub(crate) fn lower(
    expression: &Expression,
    tables: Tables,
    leaf: &dyn Fn(&Comparison) -> Leaf,
) -> Lowered {
    let lowering = Lowering { tables, leaf };
    let parts = match expression {
        Expression::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let (of_index, of_rows): (Vec<_>, Vec<_>) = parts
        .iter()
        .partition(|part| lowering.index(part).is_some());
    let clauses = of_rows.into_iter().map(|part| lowering.rows(part));
    Lowered {
        term: lowering.all_in_index(of_index),
        clauses: clauses.collect(),
    }
}

struct Lowering<'a> {
    tables: Tables,
    leaf: &'a dyn Fn(&Comparison) -> Leaf,
}

impl Lowering<'_> {
    /// Returns a part in FTS5's language; none when the index does not have all of it.
    fn index(&self, part: &Expression) -> Option<String> {
        match part {
            Expression::Words(words) => Some(words.clone()),
            Expression::Field(comparison) => match (self.leaf)(comparison) {
                Leaf::Index(term) => Some(term),
                Leaf::Rows(..) => None,
            },
            Expression::Not(part) => Some(without(&[], &[self.index(part)?])),
            Expression::All(parts) => self.all_in_index(parts),
            Expression::Any(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|part| self.index(part)).collect();
                Some(format!("({})", parts?.join(" OR ")))
            }
        }
    }

    /// Returns all of the parts as one term; none when there are none, or the index does not have
    /// all of them.
    fn all_in_index<'a>(&self, parts: impl IntoIterator<Item = &'a Expression>) -> Option<String> {
        let (mut wanted, mut excluded) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Expression::Not(part) => excluded.push(self.index(part)?),
                part => wanted.push(self.index(part)?),
            }
        }
        let is_nothing = wanted.is_empty() && excluded.is_empty();
        (!is_nothing).then(|| without(&wanted, &excluded))
    }

    /// Returns a part as a condition in SQL.
    fn rows(&self, part: &Expression) -> (String, Vec<Value>) {
        if let Some(term) = self.index(part) {
            let Tables { search, key } = self.tables;
            let clause = format!("{key} IN (SELECT rowid FROM {search} WHERE {search} MATCH ?)");
            return (clause, vec![Value::from(term)]);
        }
        match part {
            Expression::All(parts) => self.joined(parts, " AND "),
            Expression::Any(parts) => self.joined(parts, " OR "),
            Expression::Not(part) => {
                let (clause, values) = self.rows(part);
                (format!("NOT {clause}"), values)
            }
            Expression::Field(comparison) => match (self.leaf)(comparison) {
                // What is null is not so, and neither is its opposite false.
                Leaf::Rows(clause, values) => (format!("(({clause}) IS TRUE)"), values),
                Leaf::Index(_) => ("FALSE".to_owned(), Vec::new()),
            },
            Expression::Words(_) => ("FALSE".to_owned(), Vec::new()),
        }
    }

    fn joined(&self, parts: &[Expression], with: &str) -> (String, Vec<Value>) {
        let (clauses, values): (Vec<_>, Vec<_>) = parts.iter().map(|part| self.rows(part)).unzip();
        (format!("({})", clauses.join(with)), values.concat())
    }
}

/// Returns what finds all of `wanted` and none of `excluded`. As flat as can be: FTS5 bounds the
/// depth.
fn without(wanted: &[String], excluded: &[String]) -> String {
    let wanted = match wanted {
        [] => find_all(),
        wanted => wanted.join(" AND "),
    };
    match excluded {
        [] => format!("({wanted})"),
        excluded => format!("(({wanted}) NOT ({}))", excluded.join(" OR ")),
    }
}
