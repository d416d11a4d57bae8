//! A condition: what parses prints as something that parses to the same, in both modes, and whatever
//! compiles runs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nightlatch_engine::Dialect;
use nightlatch_engine_fuzz::{judge, rule};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::default(), Dialect::strict()] {
        let Ok(parsed) = dialect.parse(text) else {
            continue;
        };
        let printed = parsed.to_string();
        let again = dialect.parse(&printed);
        let again = again.unwrap_or_else(|error| panic!("{text:?} prints {printed:?}: {error}"));
        assert_eq!(again.to_string(), printed, "{text:?}");
        assert_eq!(format!("{again:#}"), format!("{parsed:#}"), "{text:?}");
        judge(&[rule(text, "o")], &dialect);
    }
});
