//! The counters as fields: there only on an event that is itself one of those that are counted.

use super::{Facts, Selector, Value};
use crate::state::Counter;

pub(super) fn failures<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    count(Counter::MfaFailure, facts, selector)
}

pub(super) fn denials<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    count(Counter::MfaDenial, facts, selector)
}

fn count<'e>(
    counter: Counter,
    facts: &Facts<'e>,
    selector: Option<&Selector>,
) -> Option<Value<'e>> {
    let Some(Selector::Seconds(seconds)) = selector else {
        return None;
    };
    let actor = facts.event.scalar(&["actor", "id"])?;
    if !counter.counts(facts.event) {
        return None;
    }
    let window_ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    let context = facts.context;
    let key = (context.integration, actor.as_ref());
    let count = facts.state.count(
        counter,
        key,
        context.time_ms(),
        window_ms,
        context.appended_ms,
    );
    Some(Value::Number(count))
}
