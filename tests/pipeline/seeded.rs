//! The harness proves itself: builds that are wrong on purpose must be caught, each for its fault.
//!
//! Compiled with the feature `seeded-bugs` alone.

mod kafka;

use crate::kill::Campaign;
use crate::simulated_org::Scenario;
use crate::verdict::Fault;

const KILLS: u32 = 10;
/// Runs within which a mistake must show, each with a seed of its own.
const RUNS: u64 = 10;
/// How long an org is busy in a run.
const ORG_SECONDS: u32 = 15;

/// Panics unless the mistake shows, as `fault` says that it must, within so many runs.
async fn assert_caught(
    variables: &[(&'static str, &'static str)],
    kills: u32,
    fault: fn(&Fault) -> bool,
) {
    for seed in 1..=RUNS {
        let variables = variables.to_vec();
        let verdict = Campaign {
            kills,
            seed,
            variables,
        }
        .run()
        .await;
        if verdict.faults.iter().any(fault) {
            println!("caught in run {seed}");
            return;
        }
        assert!(
            verdict.faults.is_empty(),
            "another fault than the seeded one: {verdict}"
        );
    }
    panic!("not caught in {RUNS} runs of {kills} kills: {variables:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_position_before_outputs_is_caught() {
    let variables = [("NIGHTLATCH_SEEDED_BUG", "position-before-outputs")];
    assert_caught(&variables, KILLS, |fault| {
        matches!(fault, Fault::Missed(..))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_ack_before_durable_is_caught() {
    let variables = [("NIGHTLATCH_SEEDED_BUG", "ack-before-durable")];
    assert_caught(&variables, KILLS, |fault| matches!(fault, Fault::Lost(_))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_remember_across_abort_is_caught() {
    let variables = [
        ("NIGHTLATCH_SEEDED_BUG", "remember-across-abort"),
        ("NIGHTLATCH_STEP_ABORTS", "3"),
    ];
    assert_caught(&variables, 2, |fault| matches!(fault, Fault::Missed(..))).await;
}

/// As [`assert_caught`], for mistakes that need an org with a System Log to show.
async fn assert_caught_with_an_org(bug: &'static str, fault: fn(&Fault) -> bool) {
    for seed in 1..=RUNS {
        let scenario = Scenario {
            seconds: ORG_SECONDS,
            seed,
            variables: vec![("NIGHTLATCH_SEEDED_BUG", bug)],
        };
        let faults = scenario.run().await;
        if faults.iter().any(fault) {
            println!("{bug} is caught in run {seed}");
            return;
        }
        let count = faults.len();
        assert!(faults.is_empty(), "{count} other faults than that of {bug}");
    }
    panic!("{bug} is not caught in {RUNS} runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_place_before_page_is_caught() {
    let is_missed = |fault: &Fault| matches!(fault, Fault::Missed(..));
    assert_caught_with_an_org("place-before-page", is_missed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_emitted_forgotten_is_caught() {
    let is_doubled = |fault: &Fault| matches!(fault, Fault::Doubled(..));
    assert_caught_with_an_org("emitted-forgotten", is_doubled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_builds_without_a_mistake_pass_though_every_seventh_step_is_aborted() {
    for (seed, aborts) in [(1, "7"), (2, "2")] {
        let variables = vec![("NIGHTLATCH_STEP_ABORTS", aborts)];
        Campaign {
            kills: KILLS,
            seed,
            variables,
        }
        .run()
        .await
        .assert_flawless();
    }
}
