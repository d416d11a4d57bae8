//! Rules that change, break and vanish while events come.

use std::fs;

use crate::bench::Bench;
use crate::fixtures::{event, until};
use crate::log_text;

/// A rule that matches everything, in a policy of that id.
fn policy(id: &str, rule: &str) -> String {
    format!(
        "- policy:\n    id: {id}\n    name: {id}\n    type: okta\n{}",
        self::rule(rule)
    )
}

fn rule(name: &str) -> String {
    format!(
        "- rule: {name}\n  desc: d\n  condition: okta.evt.type exists\n  output: o\n  \
         priority: NOTICE\n  source: okta\n"
    )
}

const BROKEN: &str = "- rule: broken\n  condition: okta.evt.typo = 1\n";

impl Bench {
    /// Sends one more event and returns the rules that fired.
    async fn verdicts(&self, uuid: &str) -> Vec<String> {
        self.send([event(uuid, "user.session.start")]).await;
        let emitted = self.settled().await.into_iter();
        let of_it = emitted.filter(|runtime| {
            runtime
                .event
                .as_ref()
                .is_some_and(|cause| cause.uuid == uuid)
        });
        of_it.map(|runtime| runtime.rule.name).collect()
    }

    async fn until_reported(&self, words: &str) {
        until(words, || async { self.readiness.report().contains(words) }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_change_without_a_gap() {
    let bench = Bench::new();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["everything"]);
    bench.write_rules(&rule("renamed"));
    // Whichever ruleset judges an event, exactly one does.
    for number in 1..5000 {
        match bench.verdicts(&format!("u{number}")).await.as_slice() {
            [old] if old == "everything" => {}
            [new] if new == "renamed" => return running.stop().await,
            other => panic!("{other:?}"),
        }
    }
    panic!("the new rules never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_keeps_its_last_good_text_after_a_restart_too() {
    let bench = Bench::new();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["everything"]);
    bench.write_rules(BROKEN);
    bench
        .until_reported("the last good text of policy test is in force")
        .await;
    assert_eq!(bench.verdicts("u1").await, ["everything"]);
    running.stop().await;

    let bench = bench.reopen();
    let running = bench.start();
    assert_eq!(bench.verdicts("u2").await, ["everything"]);
    assert!(bench.readiness.is_ready());
    assert!(
        bench
            .readiness
            .report()
            .contains("the last good text of policy test is in force")
    );
    assert_eq!(
        bench.metric("nightlatch_detector_policies_unusable"),
        Some(0.0)
    );
    assert_eq!(
        bench.metric("nightlatch_detector_rules_reload_failures_total"),
        Some(1.0)
    );

    bench.write_rules(&rule("repaired"));
    until("the repaired rules judge", || async {
        !bench.readiness.report().contains("good")
    })
    .await;
    assert_eq!(bench.verdicts("u3").await, ["repaired"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_diagnostic_of_a_broken_file_is_logged_with_its_place() {
    log_text::listen();
    let bench = Bench::new();
    let file = bench.policy("broken.yaml");
    let text = rule("fine") + "\n- rule: [\n";
    fs::write(&file, text).unwrap();
    let other = bench.policy("other.yaml");
    let rule = |name, condition| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  \
             priority: NOTICE\n  source: okta\n"
        )
    };
    fs::write(
        &other,
        rule("a", "okta.evt.typo = 1") + &rule("b", "okta.evt.type ="),
    )
    .unwrap();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["everything"]);
    running.stop().await;
    assert!(!log_text::lines_with(file.to_str().unwrap()).is_empty());
    let lines = log_text::lines_with(&format!("{}:", other.display()));
    for place in ["other.yaml:3:", "other.yaml:9:"] {
        assert!(
            lines.iter().any(|line| line.contains(place)),
            "{place}: {lines:#?}"
        );
    }
    let report = bench.readiness.report();
    assert!(
        report.contains("broken.yaml") && report.contains("other.yaml"),
        "{report}"
    );
    assert!(report.contains("it is left out"), "{report}");
    assert_eq!(
        bench.metric("nightlatch_detector_policies_unusable"),
        Some(2.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_not_be_listed_keeps_its_policies_after_a_restart_too() {
    let bench = Bench::new();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["everything"]);
    fs::rename(bench.policy(""), bench.folder.path().join("elsewhere")).unwrap();
    bench
        .until_reported("the last good text of policy test is in force")
        .await;
    assert_eq!(bench.verdicts("u1").await, ["everything"]);
    running.stop().await;

    let bench = bench.reopen();
    let running = bench.start();
    assert_eq!(bench.verdicts("u2").await, ["everything"]);
    fs::rename(bench.folder.path().join("elsewhere"), bench.policy("")).unwrap();
    until("the folder is back", || async {
        !bench.readiness.report().contains("good")
    })
    .await;
    assert_eq!(bench.verdicts("u3").await, ["everything"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_removed_stays_removed() {
    let bench = Bench::new();
    fs::write(bench.policy("second.yml"), rule("second")).unwrap();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["second", "everything"]);
    fs::remove_file(bench.policy("second.yml")).unwrap();
    let rules = "nightlatch_detector_rules_loaded{kind=\"custom\"}";
    until("it is gone", || async { bench.metric(rules) == Some(2.0) }).await;
    assert_eq!(bench.verdicts("u1").await, ["everything"]);
    fs::rename(bench.policy(""), bench.folder.path().join("elsewhere")).unwrap();
    bench.until_reported("is in force").await;
    assert_eq!(bench.verdicts("u2").await, ["everything"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_policies_with_one_id_the_first_judges_and_the_other_is_named() {
    let bench = Bench::new();
    fs::remove_file(bench.policy("test.yaml")).unwrap();
    fs::write(bench.policy("a.yaml"), policy("one", "first")).unwrap();
    fs::write(bench.policy("b.yaml"), policy("two", "second")).unwrap();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["first", "second"]);
    // What it was before stays in force.
    fs::write(bench.policy("b.yaml"), policy("one", "other")).unwrap();
    bench.until_reported("two policies have the id one").await;
    assert_eq!(bench.verdicts("u1").await, ["first", "second"]);
    running.stop().await;

    // Without anything before it is left out.
    fs::write(bench.policy("c.yaml"), policy("one", "third")).unwrap();
    let bench = bench.reopen();
    let running = bench.start();
    assert_eq!(bench.verdicts("u2").await, ["first", "second"]);
    assert_eq!(
        bench.metric("nightlatch_detector_policies_unusable"),
        Some(1.0)
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_policy_can_be_used_events_wait_for_one() {
    let bench = Bench::new();
    bench.write_rules(BROKEN);
    let running = bench.start();
    bench.send([event("u0", "user.session.start")]).await;
    bench.until_reported("no policy can be used").await;
    assert!(!bench.readiness.is_ready());
    assert!(bench.emitted().await.is_empty());
    bench.write_rules(&rule("repaired"));
    assert_eq!(bench.settled().await.len(), 1);
    until("it is ready", || async { bench.readiness.is_ready() }).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_policy_file_is_passed_over_and_what_can_not_be_read_is_named() {
    let bench = Bench::new();
    for name in ["notes.txt", "test.test.yaml", ".hidden.yaml", ".yaml"] {
        fs::write(bench.policy(name), BROKEN).unwrap();
    }
    fs::create_dir(bench.policy("folder.yaml")).unwrap();
    fs::write(bench.policy("latin.yaml"), b"# caf\xe9\n").unwrap();
    let running = bench.start();
    assert_eq!(bench.verdicts("u0").await, ["everything"]);
    let report = bench.readiness.report();
    assert!(
        report.contains("folder.yaml: is no file; it is left out"),
        "{report}"
    );
    assert!(report.contains("latin.yaml"), "{report}");
    assert_eq!(
        bench.metric("nightlatch_detector_policies_unusable"),
        Some(2.0)
    );
    running.stop().await;
}
