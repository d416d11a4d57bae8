//! Whatever happens to the detector meanwhile, its verdicts are those of a quiet day.

use std::collections::BTreeSet;
use std::fs;

use nightlatch_chassis::topic::Fault;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use crate::bench::{Bench, Running};
use crate::fixtures::{event, failure};

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    /// Events come.
    Send(Vec<u32>),
    /// The next step ends otherwise.
    Fail(Fault),
    /// The process stops and starts again.
    Restart,
    /// And finds its memory gone.
    Forget,
    /// Everything is read until now.
    Settle,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let fault = prop_oneof![
        Just(Fault::AbortStep),
        Just(Fault::FenceStep),
        Just(Fault::UnknownStepDone),
        Just(Fault::UnknownStepLost),
    ];
    let act = prop_oneof![
        // Few different ones, so that there are repeats.
        6 => prop::collection::vec(0_u32..20, 1..8).prop_map(Act::Send),
        3 => fault.prop_map(Act::Fail),
        1 => Just(Act::Restart),
        1 => Just(Act::Forget),
        2 => Just(Act::Settle),
    ];
    prop::collection::vec(act, 1..12)
}

fn sent(number: u32) -> Value {
    match number {
        0..10 => failure(&format!("f{number}"), 5 * number),
        _ => event(&format!("u{number}"), "user.session.start"),
    }
}

struct Day {
    bench: Bench,
    running: Running,
}

impl Day {
    async fn live(acts: &[Act], is_quiet: bool) -> (Vec<String>, Vec<String>) {
        let mut bench = Bench::new();
        bench.max_step = 3;
        let running = bench.start();
        let mut day = Self { bench, running };
        for act in acts {
            match act {
                Act::Send(numbers) => day.bench.send(numbers.iter().copied().map(sent)).await,
                _ if is_quiet => {}
                Act::Fail(fault) => day.bench.faults.inject(*fault),
                Act::Settle => drop(day.bench.settled().await),
                Act::Restart => day = day.restart(false).await,
                Act::Forget => day = day.restart(true).await,
            }
        }
        let emitted = day.bench.settled().await;
        day.running.stop().await;
        let ids = emitted.iter().map(|event| event.id.clone()).collect();
        let outputs = emitted.into_iter().map(|event| event.output).collect();
        (ids, outputs)
    }

    async fn restart(self, forget: bool) -> Self {
        self.running.stop().await;
        if forget {
            for ending in ["", "-wal", "-shm"] {
                let file = self
                    .bench
                    .folder
                    .path()
                    .join(format!("detector.db{ending}"));
                drop(fs::remove_file(file));
            }
        }
        let running = self.bench.start();
        Self {
            bench: self.bench,
            running,
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 64, ..Config::default() })]

    #[test]
    fn failures_and_restarts_change_no_verdict(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (quiet, stormy) = runtime.block_on(async {
            (Day::live(&acts, true).await, Day::live(&acts, false).await)
        });
        let distinct: BTreeSet<_> = stormy.0.iter().collect();
        prop_assert_eq!(distinct.len(), stormy.0.len(), "doubled");
        prop_assert_eq!(quiet, stormy);
    }
}
