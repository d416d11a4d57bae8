//! What stands beside a runtime event: `CloudEvents` headers and its place in the trace of the event
//! that caused it. Judging anew makes another span; nothing of it is in the record's value.

use jiff::Timestamp;
use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::topics::{TRACEPARENT, cloud_event as ce};
use nightlatch_schemas::{RuntimeEvent, TraceParent};

/// Returns the headers of `event`, which `cause` completed.
pub(crate) fn headers(event: &RuntimeEvent, cause: &Stored) -> Vec<(String, Vec<u8>)> {
    let subject = format!("{}/{}", event.policy.id, event.rule.name);
    let mut headers = vec![
        header(ce::SPECVERSION, ce::VERSION),
        header(ce::ID, event.id.as_str()),
        header(ce::SOURCE, ce::SOURCES.to_owned() + &event.integration),
        header(ce::TYPE, ce::DETECTION),
        header(ce::SUBJECT, subject),
        header(ce::CONTENT_TYPE, ce::AVRO),
        header(TRACEPARENT, span(cause).to_string()),
    ];
    headers.extend(time(event.occurred_at).map(|time| header(ce::TIME, time)));
    headers
}

fn header(name: &str, value: impl Into<String>) -> (String, Vec<u8>) {
    (name.to_owned(), value.into().into_bytes())
}

/// Returns a span of the trace that `cause` belongs to; of a new one when it names none.
fn span(cause: &Stored) -> TraceParent {
    let mut headers = cause.record.headers.iter();
    let named = headers.find(|(name, _)| name == TRACEPARENT);
    let parent = named.and_then(|(_, text)| TraceParent::parse(text));
    parent.map_or_else(TraceParent::begin, TraceParent::child)
}

/// Writes milliseconds since 1970 UTC as RFC 3339, which knows the years 0 to 9999.
fn time(ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(ms).ok()?.to_string();
    (!time.starts_with('-')).then_some(time)
}
