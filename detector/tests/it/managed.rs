//! The policies that we ship.

use std::collections::BTreeMap;

use nightlatch_detector::MANAGED;
use nightlatch_engine::{PolicyKind, Severity, SourceFile, compile, run_tests};

#[test]
fn every_managed_rule_has_tests_that_match_and_that_nearly_match_and_all_hold() {
    for (name, text) in MANAGED {
        let source = SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let compiled = compile(&source, PolicyKind::Managed);
        // Notes say what a rule needs, such as the System Log; there is nothing to mend.
        let mut found = compiled.diagnostics.iter();
        let problem = found.find(|found| found.severity != Severity::Note);
        assert_eq!(problem, None, "{name}");
        let policy = compiled.policy.unwrap();
        let file = format!(
            "{}/rules/{}.test.yaml",
            env!("CARGO_MANIFEST_DIR"),
            name.trim_end_matches(".yaml")
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let report = run_tests(&policy, &SourceFile { name: file, text }).unwrap();
        let mut verdicts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for case in &report.cases {
            assert_eq!(case.failure, None, "{}: {}", case.rule, case.name);
            verdicts.entry(&case.rule).or_default()[usize::from(case.expected)] += 1;
        }
        for rule in policy.rules() {
            let tested = verdicts.get(rule.name()).copied().unwrap_or_default();
            assert!(
                tested[0] > 0 && tested[1] > 0,
                "{}: {tested:?}",
                rule.name()
            );
        }
    }
}
