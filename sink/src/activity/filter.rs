//! Which events a query wants, and the same in SQL.

use super::day::Day;
use super::field;
use crate::list::{Condition, Lead, keys};
use crate::search::Expression;

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

    /// Returns it as a condition on the events of a day.
    pub(super) fn condition(&self, day: Day, lead: Lead) -> Condition {
        let query = self.query.as_ref().map(field::lowered);
        let mut condition = Condition::new("event", lead, query);
        let (first, last) = self.times(day);
        let bounds = [keys(first).0.into(), keys(last).1.into()];
        condition.and(format!("{} BETWEEN ? AND ?", condition.key()), bounds);
        condition
    }

    /// Returns the times within a day, first and last millisecond.
    pub(super) fn times(&self, day: Day) -> (i64, i64) {
        let from = self.from.map_or(day.start(), |from| from.max(day.start()));
        let to = self.to.map_or(day.end(), |to| to.min(day.end()));
        (from, to.saturating_sub(1))
    }
}
