//! `kill -9` at random instants under load: what was acked is detected once, whatever happened.

use std::sync::Arc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::watch;

use crate::installation::{EVERY_EVENT, Installation};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained};
use crate::verdict::{Fault, Verdict};

/// Kills of a run unless `NIGHTLATCH_KILLS` says otherwise.
const KILLS: u32 = 8;
/// After the last kill, for all that was acked to come through.
const DRAIN: Duration = Duration::from_mins(2);

/// A run: how often the process is killed, and what else is done to it.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    /// Variables of the process.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

impl Campaign {
    /// Runs it and judges what is there in the end.
    pub(crate) async fn run(&self) -> Verdict {
        let _machine = MACHINE.lock().await;
        let mut installation = Installation::watching_everything();
        for (name, value) in &self.variables {
            installation = installation.with_variable(name, value);
        }
        let ledger = Arc::new(Ledger::default());
        let (announce, address) = watch::channel(Vec::new());
        let pace = Pace {
            rate: 500,
            connections: 8,
            seed: self.seed,
        };
        let load = Load::start(&address, &ledger, pace);
        let mut dice = ChaCha8Rng::seed_from_u64(self.seed);
        for _ in 0..self.kills {
            let mut process = installation.spawn();
            // Some do not live to see their first event.
            let lives_ms = if dice.random_bool(0.2) {
                dice.random_range(0..250)
            } else {
                announce.send_replace(vec![process.announced().await.hooks]);
                dice.random_range(0..1500)
            };
            tokio::time::sleep(Duration::from_millis(lives_ms)).await;
            process.kill();
            announce.send_replace(Vec::new());
        }
        let services = installation.start().await;
        announce.send_replace(services.all_hooks());
        load.stop().await;
        let is_drained = drained(&services, &ledger, DRAIN).await;
        let rules = [EVERY_EVENT];
        let mut verdict = Verdict::of(&installation, &services, &ledger, &rules).await;
        if !is_drained {
            verdict.faults.push(Fault::Stuck);
        }
        services.terminate().await;
        let (answers, unanswered) = (ledger.answers(), ledger.unanswered());
        println!(
            "{} kills, seed {}: {verdict}; answers {answers:?}, {unanswered} unanswered",
            self.kills, self.seed
        );
        verdict
    }
}

/// Returns what a variable says, when it is set.
pub(crate) fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var_os(variable)?.into_string().ok()?;
    let number = text.parse().ok();
    assert!(number.is_some(), "{variable}={text} is no number");
    number
}

/// The one process on the embedded log; replicas and brokers are killed in `faults`.
mod local {
    use super::{Campaign, KILLS, number};

    #[tokio::test(flavor = "multi_thread")]
    async fn each_acked_event_is_detected_once_however_often_the_process_is_killed() {
        let campaign = Campaign {
            kills: number("NIGHTLATCH_KILLS").unwrap_or(KILLS),
            seed: number("NIGHTLATCH_SEED").unwrap_or_else(rand::random),
            variables: Vec::new(),
        };
        println!(
            "NIGHTLATCH_KILLS={} NIGHTLATCH_SEED={}",
            campaign.kills, campaign.seed
        );
        campaign.run().await.assert_flawless();
    }
}
