//! Ties what a request brings to the trace that it belongs to.

use axum::http::HeaderMap;
use nightlatch_schemas::TraceParent;
use nightlatch_schemas::topics::TRACEPARENT;

/// Returns the caller's place in its trace; a new trace begins when the caller names none, more
/// than one, or one that is malformed.
pub(crate) fn of(headers: &HeaderMap) -> TraceParent {
    let mut named = headers.get_all(TRACEPARENT).iter();
    let caller = match (named.next(), named.next()) {
        (Some(only), None) => TraceParent::parse(only.as_bytes()),
        _ => None,
    };
    caller.unwrap_or_else(TraceParent::begin)
}

/// Returns the header of a record: a span of its own.
pub(crate) fn header(parent: TraceParent) -> (String, Vec<u8>) {
    let span = parent.child().to_string();
    (TRACEPARENT.to_owned(), span.into_bytes())
}
