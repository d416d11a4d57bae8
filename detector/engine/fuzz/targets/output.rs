//! An output format: whatever compiles is filled in, and what has no `%` stays as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nightlatch_engine::Dialect;
use nightlatch_engine_fuzz::{judge, rule};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::default(), Dialect::strict()] {
        let detections = judge(&[rule("okta.evt.type exists", text)], &dialect);
        let is_plain = !text.contains('%') && !text.trim().is_empty();
        if let Some(outputs) = detections.filter(|_| is_plain) {
            assert!(
                outputs.iter().all(|output| output == text.trim()),
                "{text:?}: {outputs:?}"
            );
        }
    }
});
