//! Tests that stand beside a policy.

use nightlatch_engine::{Diagnostic, TestReport, read_tests, run_tests};

use super::fixture::{policy, source};

const POLICY: &str = "
- policy: {id: mfa}
- {rule: burst, desc: d, priority: info, condition: 'okta.mfa.failure.countlast[300] >= 3', output: o}
- {rule: proxy, desc: d, priority: info, condition: okta.security.isproxy = true, output: o, enabled: false}
- {rule: noon, desc: d, priority: info, condition: evt.time startswith 12, output: o}
";

fn run(tests: &str) -> Result<TestReport, Vec<Diagnostic>> {
    run_tests(&policy(POLICY), &source("mfa.test.yaml", tests))
}

const FAILURE: &str =
    "eventType: user.authentication.auth_via_mfa, actor: {id: A}, outcome: {result: FAILURE}";

#[test]
fn the_verdict_is_asked_of_the_last_event() {
    let tests = format!(
        "
- test: three within five minutes
  rule: burst
  events:
    - {{event: {{{FAILURE}}}}}
    - {{at: \"+00:02:00\", event: {{{FAILURE}}}}}
    - {{at: \"+00:04:59\", event: {{{FAILURE}}}}}
  matches: true
- test: too slow
  rule: burst
  events:
    - {{event: {{{FAILURE}}}}}
    - {{at: \"+00:03:00\", event: {{{FAILURE}}}}}
    - {{at: \"+00:06:00\", event: {{{FAILURE}}}}}
  matches: false
- test: one event that came twice and a third
  rule: burst
  events:
    - {{event: {{uuid: u, {FAILURE}}}}}
    - {{event: {{uuid: u, {FAILURE}}}}}
    - {{event: {{{FAILURE}}}}}
  matches: false
"
    );
    let report = run(&tests).unwrap();
    assert_eq!(report.cases.len(), 3);
    assert!(
        report.cases.iter().all(|case| case.failure.is_none()),
        "{report:?}"
    );
}

#[test]
fn a_test_that_goes_otherwise_says_how() {
    let report = run("
- {test: a, rule: proxy, event: {securityContext: {isProxy: true}}, matches: false}
- {test: b, rule: proxy, event: {securityContext: {isProxy: false}}, matches: true}
- {test: c, rule: proxy, event: {securityContext: {isProxy: 'true'}}, matches: true}
- {test: d, rule: noon, event: {}, matches: true}
- {test: e, rule: noon, event: {published: '2026-01-05T13:00:00Z'}, matches: false}
")
    .unwrap();
    let failures: Vec<Option<&str>> = report
        .cases
        .iter()
        .map(|case| case.failure.as_deref())
        .collect();
    assert_eq!(
        failures,
        [
            Some("the rule should not match, and does"),
            Some("the rule should match, and does not"),
            None,
            None,
            None
        ]
    );
    assert_eq!(
        (report.cases[0].name.as_str(), report.cases[0].rule.as_str()),
        ("a", "proxy")
    );
    assert!(!report.cases[0].expected);
}

#[test]
fn a_malformed_file_of_tests_is_refused_with_places() {
    for (tests, code) in [
        ("- {test: a, rule: nope, event: {}, matches: true}", "E0301"),
        ("- {test: a, rule: burst, matches: true}", "E0301"),
        (
            "- {test: a, rule: burst, event: {}, events: [], matches: true}",
            "E0301",
        ),
        ("- {test: a, rule: burst, event: {}}", "E0005"),
        (
            "- {test: a, rule: burst, event: {}, matches: perhaps}",
            "E0006",
        ),
        ("- {test: a, rule: burst, event: x, matches: true}", "E0004"),
        (
            "- {test: a, rule: burst, events: [{at: soon, event: {}}], matches: true}",
            "E0301",
        ),
        (
            "- {test: a, rule: burst, events: [{at: '+00:00:01'}], matches: true}",
            "E0005",
        ),
        ("- [", "E0001"),
        ("x: y", "E0002"),
    ] {
        let found = run(tests).expect_err(tests);
        assert_eq!(found[0].code, code, "{tests}: {found:?}");
        assert_eq!(found[0].file, "mfa.test.yaml");
    }
}

#[test]
fn a_test_that_fails_explains_the_last_event() {
    let policy = policy(POLICY);
    let text = format!(
        "
- test: only two
  rule: burst
  events: [{{event: {{{FAILURE}}}}}, {{at: '+00:01:00', event: {{{FAILURE}}}}}]
  matches: true
- {{test: two are no burst, rule: burst, event: {{{FAILURE}}}, matches: false}}
- {{test: nothing happens, rule: burst, events: [], matches: true}}
"
    );
    let tests = read_tests(Some(&policy), &source("mfa.test.yaml", &text));
    assert_eq!(tests.diagnostics, []);
    let [failing, passing, empty] = tests.tests.as_slice() else {
        panic!("{tests:?}");
    };
    assert_eq!(failing.place.to_string(), "mfa.test.yaml:2:9");
    let explanation = failing.run().unwrap().explanation.unwrap();
    assert!(!explanation.matches);
    let seen = serde_json::to_value(&explanation.condition).unwrap();
    assert_eq!(seen["left"]["value"], 2, "{seen}");
    assert_eq!(passing.run(), None);
    assert_eq!(empty.run().unwrap().explanation, None);
}

#[test]
fn the_shape_of_tests_is_checked_also_while_the_rules_are_broken() {
    let text = "
- {test: a, rule: brst, event: {}, matches: true, match: false}
- {test: b, rule: burst, matches: true}
";
    let file = source("mfa.test.yaml", text);
    let codes = |tests: nightlatch_engine::Tests<'_>| -> Vec<&'static str> {
        tests.diagnostics.iter().map(|found| found.code).collect()
    };
    assert_eq!(codes(read_tests(None, &file)), ["W0002", "E0301"]);
    let policy = policy(POLICY);
    let tests = read_tests(Some(&policy), &file);
    let help = tests.diagnostics[0].help.as_deref();
    assert_eq!(help, Some("did you mean `burst`?"), "{tests:?}");
    assert_eq!(codes(tests), ["E0301", "W0002", "E0301"]);
}

#[test]
fn a_test_may_fill_lists_of_the_policy() {
    let policy = policy(
        "
- policy: {id: desk}
- {list: service_desk, items: []}
- rule: reset
  desc: d
  priority: info
  condition: okta.evt.type = x and not okta.actor.alternateid in (service_desk)
  output: o
",
    );
    let tests = "
- {test: ann, rule: reset, event: {eventType: x, actor: {alternateId: ann}}, matches: true}
- {test: of the desk, rule: reset, event: {eventType: x, actor: {alternateId: ann}}, matches: false, lists: {service_desk: [bob, ann]}}
- {test: bob, rule: reset, event: {eventType: x, actor: {alternateId: ann}}, matches: true, lists: {service_desk: [bob]}}
";
    let report = run_tests(&policy, &source("desk.test.yaml", tests)).unwrap();
    let failed = report.cases.iter().filter(|case| case.failure.is_some());
    assert_eq!((report.cases.len(), failed.count()), (3, 0));
    let errors = |lists: &str| {
        let test =
            format!("- {{test: t, rule: reset, event: {{}}, matches: true, lists: {lists}}}\n");
        let errors = run_tests(&policy, &source("desk.test.yaml", &test)).unwrap_err();
        errors
            .into_iter()
            .map(|error| error.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        errors("{desk: [ann]}"),
        ["desk.test.yaml:1:60: E0301 the policy `desk` has no list `desk`"]
    );
    assert_eq!(
        errors("{service_desk: ann}"),
        ["desk.test.yaml:1:74: E0004 `service_desk` must be a list, not a single value"]
    );
}
