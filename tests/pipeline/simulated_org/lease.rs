//! An ingest that was asleep while another took over the org it looked after: it asks for no page of the
//! System Log before it knows what is its own now.

use std::time::{Duration, Instant};

use nightlatch_okta_sim::Endpoint;

use super::scenario::{Run, Scenario};
use crate::deadline::{SOON, until, within};
use crate::fleet::Service;
use crate::load::MACHINE;
use crate::metrics::sum_at;
use crate::process::Running;

const INGESTS: [&str; 2] = ["ingest-1", "ingest-2"];
/// After which a call that was under way has been answered.
const ANSWERED: Duration = Duration::from_millis(300);
/// For how long the sleeper is awake: too short for the group to give it something.
const AWAKE: Duration = Duration::from_millis(300);
/// So soon nothing can be its own again: it doubts for a second what it holds.
const TOO_SOON: Duration = Duration::from_millis(900);

/// The calls for pages of the System Log that the org has answered.
fn answered(run: &Run) -> u64 {
    run.org.request_count(Endpoint::Logs, 200)
}

/// Those that an ingest has made.
async fn made_by(ingest: &Running) -> u64 {
    let endpoint = "endpoint=\"system_log\"";
    sum_at(ingest.admin, "okta_api_requests_total", endpoint).await
}

/// Puts the ingest to sleep that looks after the org, between two of its calls. Returns which of the two
/// it is, and how many calls the org has answered that are not the other's.
async fn fall_asleep(run: &mut Run, ingests: &[Running]) -> (usize, u64) {
    until("an ingest rests between two calls", async || {
        let before = made_by(&ingests[1]).await;
        let known = answered(run);
        let asked = within(SOON, async || (answered(run) > known).then_some(()));
        assert!(asked.await.is_some(), "nobody reads the system log");
        tokio::time::sleep(ANSWERED).await;
        let total = answered(run);
        let made = [made_by(&ingests[0]).await, made_by(&ingests[1]).await];
        let reader = usize::from(made[1] > before);
        run.processes.fleet().pause(INGESTS[reader]);
        tokio::time::sleep(ANSWERED).await;
        if answered(run) != total {
            // It was not asleep in time.
            run.processes.fleet().resume(INGESTS[reader]);
            return None;
        }
        Some((reader, total - made[1 - reader]))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn an_ingest_that_was_asleep_while_another_took_over_asks_for_no_page() {
    let _machine = MACHINE.lock().await;
    let scenario = Scenario::in_our_time();
    let mut run = scenario.start().await;
    run.connect().await;
    let ingests = run.processes.running(Service::Ingest);

    let (sleeper, of_before) = loop {
        let (sleeper, of_before) = fall_asleep(&mut run, &ingests).await;
        let other = &ingests[1 - sleeper];
        let before = made_by(other).await;
        until("the other reads the system log", async || {
            (made_by(other).await > before + 2).then_some(())
        })
        .await;
        let woken = Instant::now();
        run.processes.fleet().resume(INGESTS[sleeper]);
        tokio::time::sleep(AWAKE).await;
        run.processes.fleet().pause(INGESTS[sleeper]);
        if woken.elapsed() < TOO_SOON {
            break (sleeper, of_before);
        }
        // On a busy machine it may have got something by now.
        run.processes.fleet().resume(INGESTS[sleeper]);
    };

    // A call of the sleeper's would be one too many for ever.
    let other = &ingests[1 - sleeper];
    until("each call since is the other's", async || {
        (of_before + made_by(other).await == answered(&run)).then_some(())
    })
    .await;
    run.processes.fleet().resume(INGESTS[sleeper]);
    run.processes.ready().await;
    run.processes.end().await;
}
