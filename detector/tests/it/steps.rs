//! However a step ends, nothing is lost and nothing is doubled.

use nightlatch_chassis::topic::Fault;

use crate::bench::Bench;
use crate::fixtures::{by_rule, event, failure, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_becomes_a_runtime_event_that_says_where_it_came_from() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([event("u1", "user.session.start")]).await;
    let emitted = bench.settled().await;
    running.stop().await;
    let [only] = emitted.as_slice() else {
        panic!("one: {emitted:?}")
    };
    assert_eq!(only.rule.name, "everything");
    assert_eq!(only.output, "user.session.start by ann@acme.example");
    assert_eq!(
        only.actor.as_ref().unwrap().login.as_deref(),
        Some("ann@acme.example")
    );
    assert_eq!(only.occurred_at, 1_780_000_000_000);
    let cause = only.event.as_ref().unwrap();
    assert_eq!((cause.uuid.as_str(), cause.offset), ("u1", 0));
    let id = nightlatch_schemas::runtime_event_id("acme", &only.policy.id, "everything", "u1");
    assert_eq!(only.id, id.to_string());
    assert_eq!(
        only.fields["okta.evt.type"].as_deref(),
        Some("\"user.session.start\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_copies_of_an_event_fire_a_rule_once() {
    let bench = Bench::new();
    let running = bench.start();
    let mut richer = event("u1", "user.session.start");
    richer["device"] = "of the System Log".into();
    bench
        .send([event("u1", "user.session.start"), richer.clone()])
        .await;
    bench.settled().await;
    bench.send([richer]).await;
    assert_eq!(bench.settled().await.len(), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_step_can_end_loses_and_doubles_nothing() {
    for fault in [
        Fault::AbortStep,
        Fault::FenceStep,
        Fault::UnknownStepDone,
        Fault::UnknownStepLost,
    ] {
        let bench = Bench::new();
        let running = bench.start();
        bench.send([failure("f1", 1)]).await;
        bench.settled().await;
        bench.faults.inject(fault);
        bench.faults.inject(fault);
        bench
            .send([failure("f2", 2), event("u1", "user.session.start")])
            .await;
        bench.settled().await;
        bench.send([failure("f3", 3)]).await;
        let emitted = bench.settled().await;
        running.stop().await;
        let counts = by_rule(&emitted);
        assert_eq!(counts["everything"], 4, "{fault:?}: {counts:?}");
        assert_eq!(counts["three failures"], 1, "{fault:?}: {counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_breaks_ends_the_detector_and_a_new_one_goes_on() {
    let bench = Bench::new();
    let running = bench.start();
    bench.send([failure("f1", 1), failure("f2", 2)]).await;
    bench.settled().await;
    bench.faults.inject(Fault::FatalStep);
    bench.send([failure("f3", 3)]).await;
    let failure = running.failure().await;
    assert!(failure.to_string().contains("log"), "{failure}");
    assert_eq!(bench.emitted().await.len(), 2);

    let bench = bench.reopen();
    let running = bench.start();
    let emitted = bench.settled().await;
    running.stop().await;
    assert_eq!(by_rule(&emitted)["everything"], 3);
    assert_eq!(by_rule(&emitted)["three failures"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_no_step_for_a_while_is_told_of_and_waited_for() {
    let bench = Bench::new();
    let running = bench.start();
    for _ in 0..4 {
        bench.faults.inject(Fault::AbortStep);
    }
    bench.send([event("u1", "user.session.start")]).await;
    until("readiness tells of it", || async {
        bench.readiness.report().contains("a step ended as aborted")
    })
    .await;
    assert_eq!(bench.settled().await.len(), 1);
    until("it is ready again", || async { bench.readiness.is_ready() }).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_out_of_order_and_repeated_count_once_each() {
    let bench = Bench::new();
    let running = bench.start();
    bench
        .send([failure("f3", 30), failure("f1", 10), failure("f1", 10)])
        .await;
    assert_eq!(by_rule(&bench.settled().await).get("three failures"), None);
    // The third failure in log order, the second in time: at its time there were two.
    bench.send([failure("f2", 20)]).await;
    assert_eq!(by_rule(&bench.settled().await).get("three failures"), None);
    bench.send([failure("f4", 40)]).await;
    let emitted = bench.settled().await;
    running.stop().await;
    let burst: Vec<_> = emitted
        .iter()
        .filter(|event| event.rule.name == "three failures")
        .collect();
    assert_eq!(burst.len(), 1);
    assert_eq!(burst[0].output, "4 failures");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_step_that_failed_the_next_is_smaller_and_then_they_grow_again() {
    let mut bench = Bench::new();
    bench.max_step = 400;
    bench
        .send((0..700).map(|n| event(&format!("u{n}"), "user.session.start")))
        .await;
    bench.faults.inject(Fault::AbortStep);
    let running = bench.start();
    assert_eq!(bench.settled().await.len(), 700);
    running.stop().await;
    // 100, 200 and 400; of 400 each they would be two.
    let committed = r#"nightlatch_log_step_outcomes_total{group="detector",outcome="committed"}"#;
    assert_eq!(bench.metric(committed), Some(3.0));
}
