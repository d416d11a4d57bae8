//! Each event stands in a trace: the caller's, or one that begins here.

use std::collections::BTreeSet;

use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::topics::{OKTA_EVENTS, TRACEPARENT};

use crate::bench::{Bench, KEY, SECRET, delivery, envelope, header};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// Delivers two events with these values of the header.
async fn delivered(callers: &[&str]) -> Vec<Stored> {
    let bench = Bench::new().await;
    let mut request = delivery(KEY).header("Authorization", SECRET);
    for caller in callers {
        request = request.header("traceparent", *caller);
    }
    let body = envelope(&[r#"{"uuid":"a"}"#, r#"{"uuid":"b"}"#]);
    let answer = bench.ask(request, body).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    bench.records(OKTA_EVENTS).await
}

/// The trace, the span and the flags of each record.
fn places(records: &[Stored]) -> Vec<(&str, &str, &str)> {
    let place = |record| {
        let text = header(record, TRACEPARENT);
        let parts: Vec<&str> = text.split('-').collect();
        let ["00", trace, span, flags] = parts[..] else {
            panic!("{text}")
        };
        assert_eq!((trace.len(), span.len()), (32, 16), "{text}");
        (trace, span, flags)
    };
    records.iter().map(place).collect()
}

#[tokio::test]
async fn events_are_spans_of_their_own_in_the_callers_trace() {
    for flags in ["01", "00"] {
        let caller = CALLER.replace("-01", &format!("-{flags}"));
        let records = delivered(&[&caller]).await;
        let places = places(&records);
        let spans: BTreeSet<&str> = places.iter().map(|place| place.1).collect();
        assert_eq!(spans.len(), 2);
        assert!(!spans.contains(SPAN), "{spans:?}");
        assert!(
            places
                .iter()
                .all(|place| (place.0, place.2) == (TRACE, flags)),
            "{places:?}"
        );
    }
}

#[tokio::test]
async fn without_a_valid_caller_a_trace_begins_for_the_whole_delivery() {
    let upper = CALLER.to_uppercase();
    let callers: [&[&str]; 5] = [&[], &[""], &["00-what"], &[&upper], &[CALLER, CALLER]];
    let mut traces = BTreeSet::new();
    for callers in callers {
        let records = delivered(callers).await;
        let places = places(&records);
        assert_eq!(places[0].0, places[1].0, "{callers:?}");
        assert_ne!(places[0].1, places[1].1, "{callers:?}");
        assert_eq!(places[0].2, "01", "{callers:?}");
        assert_ne!(places[0].0, TRACE, "{callers:?}");
        traces.insert(places[0].0.to_owned());
    }
    assert_eq!(traces.len(), callers.len());
}

#[tokio::test]
async fn imported_events_stand_in_a_trace_and_carry_nothing_else() {
    let bench = Bench::new().await;
    bench.import("", r#"{"uuid":"a"}{"uuid":"b"}"#).await;
    let records = bench.records(OKTA_EVENTS).await;
    let places = places(&records);
    assert_eq!(places[0].0, places[1].0);
    assert!(
        records
            .iter()
            .all(|record| record.record.headers.len() == 1)
    );
}
