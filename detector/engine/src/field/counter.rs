//! The counters as fields: there only on an event that is itself one of those that are counted.

use super::{Facts, Selector, Value};
use crate::state::Counter;

/// What both counters say in Falco: the events of this one's type, failures or denied pushes, whose
/// times are different.
pub(super) fn alike<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let Some(Selector::Seconds(seconds)) = selector else {
        return None;
    };
    let counter = [Counter::MfaFailure, Counter::DenyPush]
        .into_iter()
        .find(|counter| counter.counts(facts.event))?;
    let actor = facts.event.scalar(&["actor", "id"]).unwrap_or_default();
    let window_ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    let context = facts.context;
    let after = context.time_ms().saturating_sub(window_ms);
    let key = (context.integration, actor.as_ref());
    let count = facts
        .state
        .count_times(counter, key, after, context.appended_ms);
    // Nobody's event, which has no actor to count for, is one all the same.
    Some(Value::Number(count.max(1)))
}

/// How many events of a counter its actor had in the seconds before, this one included.
pub(super) fn count<'e>(
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
