//! An event: serde_json and the engine agree on what is JSON and on every value of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nightlatch_engine::{Dialect, Event, EventError};
use nightlatch_engine_fuzz::{judge_event, rule};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let theirs = serde_json::from_str::<Value>(text);
    match (Event::parse(text), theirs) {
        (Ok(event), Ok(theirs)) => {
            assert!(theirs.is_object(), "{text:?}");
            assert_eq!(event.raw(), text);
            let rules = [rule("okta.evt.type exists", "%json.obj")];
            let outputs = judge_event(&rules, &Dialect::default(), text).unwrap_or_default();
            let ours: Value = serde_json::from_str(&outputs[0]).expect("the event as JSON");
            assert_eq!(ours, theirs, "{text:?}");
        }
        (Err(EventError::Json(_)), Ok(theirs)) => panic!("{text:?} is JSON: {theirs}"),
        // Lone surrogates read as U+FFFD here.
        (Ok(_), Err(error)) if error.to_string().contains("surrogate") => {}
        (Ok(_), Err(error)) if error.to_string().contains("hex escape") => {}
        (Ok(_), Err(error)) => panic!("{text:?} is accepted, but: {error}"),
        (Err(_), _) => {}
    }
});
