//! Rules files: whatever compiles runs, and what is effective of each rule compiles to the same
//! condition again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nightlatch_engine::{Dialect, PolicyKind, SourceFile, compile_files, parse_condition};
use nightlatch_engine_fuzz::judge;

/// Where the first file ends and the second begins.
const NEXT_FILE: &str = "\n=====\n";

fuzz_target!(|text: &str| {
    let files: Vec<SourceFile> = text
        .split(NEXT_FILE)
        .enumerate()
        .map(|(at, text)| SourceFile {
            name: format!("{at}.yaml"),
            text: text.to_owned(),
        })
        .collect();
    for dialect in [Dialect::default(), Dialect::strict()] {
        judge(&files, &dialect);
        let compiled = compile_files(&files, PolicyKind::Custom, &dialect);
        for found in &compiled.diagnostics {
            let file = files.iter().find(|file| file.name == found.file);
            found.render(file.map_or("", |file| file.text.as_str()), true);
        }
        assert_eq!(
            compiled.policy.is_none(),
            compiled.diagnostics.iter().any(|found| found.is_error()),
            "a policy if and only if there is no error"
        );
        for rule in compiled.policy.iter().flat_map(|policy| policy.rules()) {
            let text = rule.condition_text();
            let again = parse_condition(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(again.to_string(), text);
        }
    }
});
