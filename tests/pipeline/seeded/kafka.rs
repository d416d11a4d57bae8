//! On Kafka: builds that are wrong on purpose, each struck where its mistake must show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cluster::Cluster;
use crate::faults::Scene;
use crate::faults::load::Load;
use crate::faults::truth::Findings;
use crate::fleet::Service;
use crate::installation::Installation;
use crate::load::MACHINE;
use crate::verdict::Fault;

/// Runs within which a mistake must show, each with a seed of its own.
const RUNS: u64 = 5;
/// Strikes of a run.
const STRIKES: u32 = 5;
/// Events a second.
const RATE: u32 = 150;
/// Long enough that another detector has its partitions and has judged what it has in hand.
const ZOMBIE: Duration = Duration::from_secs(7);
/// Until it has partitions again.
const REVIVAL: Duration = Duration::from_secs(4);

/// What is done to the replicas.
#[derive(Debug, Clone, Copy)]
enum Strike {
    /// Only the load.
    None,
    /// `kill -9` of a replica of this service.
    Kill(Service),
    /// A detector sleeps until another has its partitions.
    Zombie,
    /// The broker hangs while every ingest is killed.
    Silence,
}

/// A build and what shows what is wrong with it.
struct Trial {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    strike: Strike,
    is_caught: fn(&Fault) -> bool,
}

const fn trial(
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    strike: Strike,
    is_caught: fn(&Fault) -> bool,
) -> Trial {
    Trial {
        name,
        variables,
        strike,
        is_caught,
    }
}

const TRIALS: [Trial; 8] = [
    trial(
        "position-before-outputs",
        &[],
        Strike::Kill(Service::Detector),
        is_missed,
    ),
    trial("outputs-before-position", &[], Strike::Zombie, is_doubled),
    trial("fresh-group-metadata", &[], Strike::Zombie, is_doubled),
    trial(
        "unknown-is-aborted",
        &[("NIGHTLATCH_STEP_UNKNOWNS", "5")],
        Strike::None,
        is_doubled,
    ),
    trial(
        "remember-across-abort",
        &[("NIGHTLATCH_STEP_ABORTS", "3")],
        Strike::None,
        is_missed,
    ),
    trial(
        "read-uncommitted",
        &[("NIGHTLATCH_STEP_ABORTS", "3")],
        Strike::None,
        is_missed,
    ),
    trial("ack-before-durable", &[], Strike::Silence, |fault| {
        matches!(fault, Fault::Lost(_))
    }),
    trial(
        "sink-position-first",
        &[],
        Strike::Kill(Service::Sink),
        |fault| matches!(fault, Fault::NotInFeed(_)),
    ),
];

/// No mistake, though steps are aborted and outcomes unknown.
const SOUND: [Trial; 2] = [
    trial(
        "none",
        &[
            ("NIGHTLATCH_STEP_ABORTS", "7"),
            ("NIGHTLATCH_STEP_UNKNOWNS", "5"),
        ],
        Strike::Zombie,
        |_| false,
    ),
    trial(
        "none",
        &[("NIGHTLATCH_STEP_ABORTS", "3")],
        Strike::Kill(Service::Detector),
        |_| false,
    ),
];

fn is_missed(fault: &Fault) -> bool {
    matches!(fault, Fault::Missed(..))
}

fn is_doubled(fault: &Fault) -> bool {
    matches!(fault, Fault::Doubled(..))
}

impl Trial {
    /// Runs it once and returns what is there in the end.
    async fn run(&self, cluster: &Arc<Cluster>, seed: u64) -> Findings {
        let installation = Installation::watching_everything()
            .with("kafka.session_timeout", "'2s'")
            .with("kafka.transaction_timeout", "'6s'");
        let mut scene = Scene::new(Arc::clone(cluster), installation).await;
        for (name, value) in self.variables {
            scene.fleet.set_variable(name, value);
        }
        scene.fleet.set_variable("NIGHTLATCH_SEEDED_BUG", self.name);
        for service in [
            Service::Ingest,
            Service::Detector,
            Service::Detector,
            Service::Sink,
        ] {
            scene.fleet.add(service);
        }
        scene.fleet.ready().await;
        let load = Load::start(&scene.sender, RATE, seed);
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..STRIKES {
            let calm = Duration::from_millis(dice.random_range(500..2000));
            scene.wait(Instant::now() + calm).await;
            self.strike.befall(&mut scene, &mut dice).await;
        }
        load.stop().await;
        scene.fleet.look();
        scene.findings().await
    }
}

impl Strike {
    async fn befall(self, scene: &mut Scene, dice: &mut ChaCha8Rng) {
        let detector = format!("{}-{}", Service::Detector.word(), dice.random_range(1..=2));
        match self {
            Self::None => {}
            Self::Kill(Service::Detector) => restart(scene, &detector),
            Self::Kill(service) => restart(scene, &format!("{}-1", service.word())),
            Self::Zombie => {
                scene.fleet.pause(&detector);
                scene.wait(Instant::now() + ZOMBIE).await;
                scene.fleet.resume(&detector);
                scene.wait(Instant::now() + REVIVAL).await;
            }
            Self::Silence => {
                scene.cluster.pause(1);
                scene
                    .wait(Instant::now() + Duration::from_millis(500))
                    .await;
                restart(scene, &format!("{}-1", Service::Ingest.word()));
                scene.cluster.resume(1);
            }
        }
    }
}

fn restart(scene: &mut Scene, name: &str) {
    scene.fleet.kill(name);
    scene.fleet.start_again(name);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts Kafka: cargo test --features seeded-bugs --test pipeline -- --ignored seeded_on_kafka"]
async fn seeded_on_kafka_each_mistake_is_caught_and_none_is_seen_where_none_is() {
    let _machine = MACHINE.lock().await;
    let cluster = Arc::new(Cluster::start(1));
    let only =
        std::env::var_os("NIGHTLATCH_SEEDED_BUG").map(|bug| bug.to_string_lossy().into_owned());
    let is_wanted = |trial: &&Trial| only.as_ref().is_none_or(|only| only == trial.name);
    for (trial, seed) in SOUND.iter().filter(is_wanted).zip(1..) {
        let findings = trial.run(&cluster, seed).await;
        assert!(findings.faults.is_empty(), "without a mistake: {findings}");
        println!("without a mistake, {:?}: {findings}", trial.strike);
    }
    let mut escaped = Vec::new();
    for trial in TRIALS.iter().filter(is_wanted) {
        let mut caught = None;
        for seed in 1..=RUNS {
            let findings = trial.run(&cluster, seed).await;
            println!("{}, run {seed}: {findings}", trial.name);
            if findings.faults.iter().any(trial.is_caught) {
                caught = Some(seed);
                break;
            }
            assert!(
                findings.faults.is_empty(),
                "another fault than that of {}: {findings}",
                trial.name
            );
        }
        match caught {
            Some(run) => println!("{} is caught in run {run}", trial.name),
            None => escaped.push(trial.name),
        }
    }
    assert!(
        escaped.is_empty(),
        "not caught in {RUNS} runs each: {escaped:?}"
    );
}
