//! What stands beside a runtime event: `CloudEvents` in binary content mode, and the trace.

use std::collections::BTreeMap;

use nightlatch_chassis::topic::{Fault, Stored};
use nightlatch_schemas::topics::{RUNTIME_EVENTS, TRACEPARENT};
use nightlatch_schemas::{OktaEvent, RuntimeEvent, decode, encode};

use crate::bench::Bench;
use crate::fixtures::{event, record};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// Version, trace, span and flags of a place in a trace.
fn parts(place: &str) -> [&str; 4] {
    let parts: Vec<&str> = place.split('-').collect();
    parts.try_into().unwrap()
}

fn headers(stored: &Stored) -> BTreeMap<&str, &str> {
    let text = |value| std::str::from_utf8(value).unwrap();
    let headers = stored.record.headers.iter();
    let map: BTreeMap<_, _> = headers
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    assert_eq!(map.len(), stored.record.headers.len(), "each name once");
    map
}

/// The runtime events of events with these values of the header.
async fn caused_by(parents: &[&[&str]]) -> Vec<Stored> {
    let bench = Bench::new();
    let running = bench.start();
    for (number, parents) in parents.iter().enumerate() {
        let mut output = record(&event(&format!("u{number}"), "user.session.start"));
        let header = |parent: &&str| (TRACEPARENT.to_owned(), parent.as_bytes().to_vec());
        output.record.headers = parents.iter().map(header).collect();
        bench.log.append(vec![output]).await.unwrap();
    }
    bench.settled().await;
    running.stop().await;
    bench.records(RUNTIME_EVENTS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_event_is_a_cloud_event_in_binary_mode() {
    let records = caused_by(&[&[CALLER]]).await;
    let [stored] = records.as_slice() else {
        panic!("one: {records:?}")
    };
    let event: RuntimeEvent = decode(&stored.record.value).unwrap();
    let mut found = headers(stored);
    let place = found.remove(TRACEPARENT).unwrap();
    let subject = format!("{}/everything", event.policy.id);
    let expected = BTreeMap::from([
        ("ce_specversion", "1.0"),
        ("ce_id", event.id.as_str()),
        ("ce_source", "/nightlatch/integrations/acme"),
        ("ce_type", "io.nightlatch.RuntimeEvent"),
        ("ce_time", "2026-05-28T20:26:40Z"),
        ("ce_subject", subject.as_str()),
        ("content-type", "application/avro"),
    ]);
    assert_eq!(found, expected);
    assert_eq!(stored.record.key, b"acme");
    // The same trace and flags, another span.
    let [version, trace, span, flags] = parts(place);
    assert_eq!((version, trace, flags), ("00", TRACE, "00"));
    assert!(span.len() == SPAN.len() && span != SPAN, "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_valid_place_begins_a_trace() {
    let parents: [&[&str]; 4] = [&[], &[""], &["00-nonsense"], &["\u{fffd}"]];
    let records = caused_by(&parents).await;
    assert_eq!(records.len(), parents.len());
    let mut traces: Vec<&str> = records
        .iter()
        .map(|record| parts(headers(record)[TRACEPARENT])[1])
        .collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), parents.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_rfc_3339_does_not_know_is_left_out() {
    let bench = Bench::new();
    let running = bench.start();
    for (number, published) in [i64::MIN, -70_000_000_000_000, i64::MAX]
        .into_iter()
        .enumerate()
    {
        let mut output = record(&event(&format!("u{number}"), "user.session.start"));
        let mut okta: OktaEvent = decode(&output.record.value).unwrap();
        okta.published = Some(published);
        output.record.value = encode(&okta).unwrap();
        bench.log.append(vec![output]).await.unwrap();
    }
    bench.settled().await;
    running.stop().await;
    let records = bench.records(RUNTIME_EVENTS).await;
    assert_eq!(records.len(), 3);
    for stored in &records {
        assert_eq!(headers(stored).get("ce_time"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_judged_anew_leaves_one_record_in_its_trace() {
    let bench = Bench::new();
    let running = bench.start();
    bench.faults.inject(Fault::AbortStep);
    let mut output = record(&event("u1", "user.session.start"));
    output.record.headers = vec![(TRACEPARENT.to_owned(), CALLER.as_bytes().to_vec())];
    bench.log.append(vec![output]).await.unwrap();
    bench.settled().await;
    running.stop().await;
    let records = bench.records(RUNTIME_EVENTS).await;
    let [stored] = records.as_slice() else {
        panic!("one: {records:?}")
    };
    let event: RuntimeEvent = decode(&stored.record.value).unwrap();
    let found = headers(stored);
    assert_eq!(found["ce_id"], event.id);
    assert_eq!(parts(found[TRACEPARENT])[1], TRACE);
}
