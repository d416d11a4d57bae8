//! The fields that every event has, whatever its source. Times are UTC.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{Facts, Selector, Value, bytes};

const NANOS_PER_MS: u64 = 1_000_000;

pub(super) fn number<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    u64::try_from(facts.context.offset).ok().map(Value::Number)
}

pub(super) fn source<'e>(_: &Facts<'e>) -> Value<'e> {
    Value::Text(Cow::Borrowed(b"okta"))
}

pub(super) fn is_async<'e>(_: &Facts<'e>) -> Value<'e> {
    Value::Boolean(false)
}

pub(super) fn info<'e>(facts: &Facts<'e>) -> Value<'e> {
    Value::Text(Cow::Borrowed(facts.event.raw().as_bytes()))
}

pub(super) fn org<'e>(facts: &Facts<'e>) -> Value<'e> {
    Value::Text(Cow::Borrowed(facts.context.org.as_bytes()))
}

pub(super) fn nanoseconds<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    Some(Value::Number(millis(facts)?.saturating_mul(NANOS_PER_MS)))
}

pub(super) fn whole_seconds<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    Some(Value::Number(millis(facts)? / 1000))
}

pub(super) fn below_second<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    Some(Value::Number(millis(facts)? % 1000 * NANOS_PER_MS))
}

pub(super) fn time<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    formatted(facts, "%H:%M:%S.%9f")
}

pub(super) fn time_seconds<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    formatted(facts, "%H:%M:%S")
}

pub(super) fn iso8601<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    formatted(facts, "%Y-%m-%dT%H:%M:%S.%9f+0000")
}

pub(super) fn date_time<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    formatted(facts, "%Y-%m-%d %H:%M:%S.%9f")
}

pub(super) fn date_time_seconds<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    formatted(facts, "%Y-%m-%d %H:%M:%S")
}

/// The hour of the day, 0 to 23.
pub(super) fn hour<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let hour = local(facts, selector)?.hour();
    u64::try_from(hour).ok().map(Value::Number)
}

/// The English name of the day.
pub(super) fn weekday<'e>(facts: &Facts<'e>, selector: Option<&Selector>) -> Option<Value<'e>> {
    let day = local(facts, selector)?.strftime("%A").to_string();
    Some(Value::Text(bytes(Cow::Owned(day))))
}

fn local(facts: &Facts<'_>, selector: Option<&Selector>) -> Option<Zoned> {
    let time = Timestamp::from_millisecond(facts.context.published_ms).ok()?;
    let zone = match selector {
        Some(Selector::Zone(zone)) => zone.clone(),
        _ => TimeZone::UTC,
    };
    Some(time.to_zoned(zone))
}

fn millis(facts: &Facts<'_>) -> Option<u64> {
    u64::try_from(facts.context.published_ms).ok()
}

fn formatted<'e>(facts: &Facts<'_>, format: &str) -> Option<Value<'e>> {
    let time = Timestamp::from_millisecond(facts.context.published_ms).ok()?;
    Some(Value::Text(bytes(Cow::Owned(
        time.strftime(format).to_string(),
    ))))
}
