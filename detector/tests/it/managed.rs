//! The policies that we ship, and rules that change while events come.

use std::collections::BTreeMap;

use nightlatch_detector::MANAGED;
use nightlatch_engine::{PolicyKind, SourceFile, compile, run_tests};

use crate::bench::{Bench, event, until};

#[test]
fn every_managed_rule_has_tests_that_match_and_that_nearly_match_and_all_hold() {
    for (name, text) in MANAGED {
        let source = SourceFile { name: name.to_owned(), text: text.to_owned() };
        let compiled = compile(&source, PolicyKind::Managed);
        assert!(compiled.diagnostics.is_empty(), "{name}: {:?}", compiled.diagnostics);
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
            assert!(tested[0] > 0 && tested[1] > 0, "{}: {tested:?}", rule.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_change_without_a_gap_and_a_broken_file_keeps_the_last_good_text() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await[0].rule.name, "everything");

    bench.write_rules(&rule("renamed"));
    // Whichever ruleset judges an event, exactly one does.
    let mut sent = 1;
    loop {
        sent += 1;
        bench.send([event(&format!("u{sent}"), "user.session.start")]).await;
        let emitted = bench.settled().await;
        assert_eq!(emitted.len(), sent);
        if emitted.last().unwrap().rule.name == "renamed" {
            break;
        }
        assert!(sent < 5000, "the new rules never came");
    }

    bench.write_rules("- rule: broken\n  condition: okta.evt.typo = 1\n");
    until("readiness tells of the broken file", || async {
        bench.readiness.report().contains("test.yaml")
    })
    .await;
    bench.send([event("after", "user.session.start")]).await;
    assert_eq!(bench.settled().await.last().unwrap().rule.name, "renamed");
    running.stop().await;

    let again = bench.start();
    bench.send([event("restarted", "user.session.start")]).await;
    assert_eq!(bench.settled().await.last().unwrap().rule.name, "renamed");
    assert!(bench.readiness.is_ready());
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_without_any_good_text_is_left_out_and_the_others_judge() {
    let bench = Bench::new();
    let other = bench.rules_file().with_file_name("aaa-broken.yaml");
    std::fs::write(other, "- rule: [\n").unwrap();
    let running = bench.start();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 1);
    assert!(bench.readiness.report().contains("aaa-broken.yaml"));
    running.stop().await;
}

fn rule(name: &str) -> String {
    format!(
        "- rule: {name}\n  desc: d\n  condition: okta.evt.type exists\n  output: o\n  \
         priority: NOTICE\n  source: okta\n"
    )
}
