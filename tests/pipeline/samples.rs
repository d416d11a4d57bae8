//! Events from outside: the lines of the file that `NIGHTLATCH_SAMPLES` names, in `event` of each.
//!
//! Compiled with the feature `samples` alone, so that no run without the file counts as passed.

use std::fs;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::import::assert_faithful;

/// A line; the event stays as it is written there.
#[derive(Debug, Deserialize)]
struct Sample<'a> {
    #[serde(borrow)]
    event: &'a RawValue,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_come_out_as_they_went_in_and_twice_changes_nothing() {
    let path = std::env::var_os("NIGHTLATCH_SAMPLES").expect("NIGHTLATCH_SAMPLES names no file");
    let text = fs::read_to_string(path).unwrap();
    let parse = |line| {
        serde_json::from_str::<Sample<'_>>(line)
            .unwrap()
            .event
            .get()
    };
    let events: Vec<&str> = text.lines().map(parse).collect();
    assert!(!events.is_empty());
    println!("{} events", events.len());
    assert_faithful(&events).await;
}
