//! The System Log refuses whoever reads it while the ingests that look after an org die: who takes it over
//! is refused as well, and in the end nothing was missed.

use std::time::Duration;

use nightlatch_okta_sim::{Endpoint, Fault, Harm};

use super::scenario::{Run, Scenario};
use super::verdict::Findings;
use crate::deadline::until;
use crate::load::MACHINE;

/// Events in a second, and how long.
const PACE: f64 = 100.0;
const SPAN: Duration = Duration::from_secs(2);
const REFUSED: u16 = 500;

/// Waits until the log was asked for and refused once more.
async fn refused_again(run: &Run) {
    let count = || run.org.request_count(Endpoint::Logs, REFUSED);
    let before = count();
    until("the system log is asked for", async || {
        (count() > before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn a_walk_that_is_only_ever_refused_is_taken_over_and_loses_nothing() {
    let _machine = MACHINE.lock().await;
    let scenario = Scenario::in_our_time();
    let mut run = scenario.start().await;
    let integration = run.connect().await;
    run.gateway.close(true);
    let refusal = Fault::at(Endpoint::Logs, Harm::Status(REFUSED));
    run.org.add_fault(refusal);
    let known = run.org.event_count();
    run.org.set_pace(PACE);
    run.wait(SPAN).await;
    run.org.set_pace(0.0);
    // Every delivery has failed before hooks are heard again.
    run.org.settle().await;
    assert!(run.org.event_count() > known + 100, "the org is idle");

    // Whichever of the two looks after the org: it changes hands.
    for victim in ["ingest-1", "ingest-2"] {
        refused_again(&run).await;
        run.processes.fleet().kill(victim);
        refused_again(&run).await;
        run.processes.fleet().start_again(victim);
        run.processes.fleet().ready().await;
    }
    run.org.clear_faults();
    run.gateway.close(false);
    run.rest().await;

    assert!(run.drain(&integration).await, "not all came through");
    let findings = Findings::of(&run.processes, &run.org).await;
    assert!(findings.faults.is_empty(), "{findings}");
    run.processes.end().await;
}
