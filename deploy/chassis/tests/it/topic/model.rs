//! Random histories against a model of a log.

use nightlatch_chassis::topic::{Consumer, Fault, Log, Outcome, Polled, Positions};
use proptest::prelude::*;
use std::slice::from_ref;

use super::bench::{
    Bench, DETECTIONS, EVENTS, append, append_in_vain, brokers, copies, only, output, soon, texts,
    values,
};

#[derive(Debug, Clone)]
enum Act {
    Append(usize),
    RefusedAppend(Fault),
    GiveUpAppend,
    Step { max: usize, fault: Option<Fault> },
    GiveUpPoll,
    Reopen,
}

/// What must be true.
#[derive(Debug, Default)]
struct Model {
    events: Vec<String>,
    detections: Vec<String>,
}

fn act() -> impl Strategy<Value = Act> {
    let step_fault = proptest::option::weighted(
        0.4,
        prop::sample::select(vec![
            Fault::AbortStep,
            Fault::FenceStep,
            Fault::UnknownStepDone,
            Fault::UnknownStepLost,
        ]),
    );
    let append_fault = prop::sample::select(vec![Fault::FailAppend, Fault::FullDisk]);
    prop_oneof![
        4 => (1..6_usize).prop_map(Act::Append),
        1 => append_fault.prop_map(Act::RefusedAppend),
        1 => Just(Act::GiveUpAppend),
        6 => (1..5_usize, step_fault).prop_map(|(max, fault)| Act::Step { max, fault }),
        1 => Just(Act::GiveUpPoll),
        1 => Just(Act::Reopen),
    ]
}

async fn run(acts: Vec<Act>) {
    let bench = Bench::new();
    let mut log = bench.open().await;
    let mut consumer = log.consumer("group", EVENTS);
    let mut model = Model::default();
    for act in acts {
        match act {
            Act::Append(count) => {
                let first = model.events.len();
                let new: Vec<_> = (first..first + count).map(|at| at.to_string()).collect();
                append(
                    &log,
                    EVENTS,
                    &new.iter().map(String::as_str).collect::<Vec<_>>(),
                )
                .await;
                model.events.extend(new);
            }
            Act::RefusedAppend(fault) => {
                bench.faults.inject(fault);
                soon(log.append(vec![output(EVENTS, "key", "no")]))
                    .await
                    .unwrap_err();
            }
            Act::GiveUpAppend => append_in_vain(&bench, &log).await,
            Act::Step { max, fault } => {
                if model.detections.len() < model.events.len() {
                    step(&bench, &mut consumer, &mut model, max, fault).await;
                }
            }
            Act::GiveUpPoll => {
                let patience = std::time::Duration::from_micros(300);
                drop(tokio::time::timeout(patience, consumer.poll(2)).await);
            }
            Act::Reopen => {
                drop(consumer);
                log = bench.reopen(log).await;
                consumer = log.consumer("group", EVENTS);
            }
        }
        check(&log, &model).await;
    }
}

async fn step(
    bench: &Bench,
    consumer: &mut Consumer,
    model: &mut Model,
    max: usize,
    fault: Option<Fault>,
) {
    let batch = loop {
        if let Polled::Batches(batches) = soon(consumer.poll(max)).await.unwrap() {
            break only(batches);
        }
    };
    let read = texts(&batch.records);
    assert_eq!(read, model.events[model.detections.len()..][..read.len()]);
    if let Some(fault) = fault {
        bench.faults.inject(fault);
    }
    let outcome = soon(consumer.commit(from_ref(&batch), copies(&batch))).await;
    assert_eq!(
        outcome == Outcome::Committed,
        fault.is_none(),
        "{outcome:?}"
    );
    if fault.is_none_or(|fault| fault == Fault::UnknownStepDone) {
        model.detections.extend(read);
    }
}

async fn check(log: &Log, model: &Model) {
    assert_eq!(values(log, EVENTS).await, model.events);
    assert_eq!(values(log, DETECTIONS).await, model.detections);
    let position: Positions = soon(log.position("group", EVENTS)).await.unwrap();
    let rest = soon(log.reader(EVENTS, position).read(usize::MAX))
        .await
        .unwrap();
    assert_eq!(texts(&rest), model.events[model.detections.len()..]);
}

/// On Kafka, where each look at the topics takes its time, fewer.
fn cases() -> u32 {
    if brokers().is_some() { 5 } else { 48 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn any_history_of_appends_steps_and_restarts_is_that_of_the_model(
        acts in prop::collection::vec(act(), 1..30)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(acts));
    }
}
