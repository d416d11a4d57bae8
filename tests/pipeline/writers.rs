//! Two writers that change the same policy at once, at two detectors, while these are killed.
//!
//! `NIGHTLATCH_DUELS` says how often. Kafka runs already: `NIGHTLATCH_TEST_KAFKA`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::cluster::given;
use crate::deadline::until;
use crate::fleet::{Fleet, Service};
use crate::installation::{EVERYTHING_TEXT, Installation};
use crate::kill::number;
use crate::load::{MACHINE, client};

const DUELS: usize = 1000;
/// One of the detectors is killed in one of so many duels.
const KILL_EVERY: u32 = 40;
/// A writer gives up on a detector that was killed.
const TIMEOUT: Duration = Duration::from_secs(10);
const POLICY: &str = "everything";

/// What a writer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Won,
    Lost,
    /// Nothing: the detector was killed.
    Nothing,
}

/// The replicas and who speaks to them.
struct Ring {
    fleet: Fleet,
    client: reqwest::Client,
    /// From the answer to a winner until all detectors had its change in force, of duels without a kill.
    spread: Vec<Duration>,
}

impl Ring {
    async fn new(brokers: &str) -> Self {
        let copies = if brokers.contains(',') { 3 } else { 1 };
        let installation = Installation::new().with("detector.managed_policies", "false");
        let mut fleet = Fleet::new(installation, brokers, copies).await;
        fleet.add(Service::Detector);
        fleet.add(Service::Detector);
        fleet.ready().await;
        Self {
            fleet,
            client: client(TIMEOUT),
            spread: Vec::new(),
        }
    }

    /// Where the API of each detector is.
    fn apis(&self) -> Vec<SocketAddr> {
        let detectors = self.fleet.running(Service::Detector);
        detectors.iter().map(|detector| detector.api).collect()
    }

    fn url(api: SocketAddr, rest: &str) -> String {
        format!("http://{api}/api/v1/policies{rest}")
    }

    /// The entity tag that a detector has of the policy.
    async fn tag(&self, api: SocketAddr) -> Option<String> {
        let url = Self::url(api, &format!("/{POLICY}"));
        let answer = self.client.get(url).send().await.ok()?;
        let tag = answer
            .error_for_status()
            .ok()?
            .headers()
            .get("etag")?
            .clone();
        Some(tag.to_str().unwrap().to_owned())
    }

    /// Waits until all detectors have the same of the policy, and returns its entity tag.
    async fn agreed(&self) -> String {
        until("all detectors have the same", async || {
            let mut tags = BTreeSet::new();
            for api in self.apis() {
                tags.insert(self.tag(api).await?);
            }
            (tags.len() == 1).then(|| tags.pop_first()).flatten()
        })
        .await
    }

    /// The notes of all changes as a detector knows them, the oldest first.
    async fn notes(&self, api: SocketAddr) -> Vec<String> {
        let url = Self::url(api, &format!("/{POLICY}/revisions"));
        let answer = self.client.get(url).send().await.unwrap();
        let body: Value = answer.error_for_status().unwrap().json().await.unwrap();
        let revisions = body["revisions"].as_array().unwrap().iter().rev();
        revisions
            .map(|revision| revision["note"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// One writer changes the policy as it has seen it.
async fn write(client: reqwest::Client, api: SocketAddr, tag: String, note: String) -> Told {
    let request = client.patch(Ring::url(api, &format!("/{POLICY}")));
    let request = request.header("if-match", tag);
    let body = json!({"tuning": {"runbook": note}, "note": note});
    match request
        .json(&body)
        .send()
        .await
        .map(|answer| answer.status())
    {
        Ok(StatusCode::OK) => Told::Won,
        Ok(StatusCode::PRECONDITION_FAILED) => Told::Lost,
        Ok(StatusCode::SERVICE_UNAVAILABLE) | Err(_) => Told::Nothing,
        Ok(other) => panic!("a writer was answered {other}"),
    }
}

impl Ring {
    /// Lets two writers change the policy at once, each at its detector, and kills one of these after a
    /// while, if at all. Returns the note of the one who won.
    async fn duel(&mut self, number: usize, kill: Option<(usize, Duration)>) -> Option<String> {
        let tag = self.agreed().await;
        let notes = ["a", "b"].map(|writer| format!("{writer} {number}"));
        let writers: Vec<_> = self
            .apis()
            .into_iter()
            .zip(&notes)
            .map(|(api, note)| {
                tokio::spawn(write(self.client.clone(), api, tag.clone(), note.clone()))
            })
            .collect();
        if let Some((at, after)) = kill {
            tokio::time::sleep(after).await;
            let victim = self.fleet.names()[at].clone();
            self.fleet.kill(&victim);
            self.fleet.start_again(&victim);
        }
        let mut won = Vec::new();
        let mut told = Vec::new();
        for (writer, note) in writers.into_iter().zip(notes) {
            let outcome = writer.await.unwrap();
            told.push(outcome);
            won.extend((outcome == Told::Won).then_some(note));
        }
        if kill.is_some() {
            self.fleet.ready().await;
            assert!(won.len() <= 1, "{number}: {told:?}");
        } else {
            told.sort_unstable();
            assert_eq!(told, [Told::Won, Told::Lost], "{number}");
            let answered = Instant::now();
            self.agreed().await;
            self.spread.push(answered.elapsed());
        }
        won.pop()
    }

    /// Holds what all detectors, and one that is started now, have of the policy against who has won.
    async fn assert_same_history(&mut self, won: &[String], duels: usize) {
        self.fleet.add(Service::Detector);
        self.fleet.ready().await;
        self.agreed().await;
        let mut histories = Vec::new();
        for api in self.apis() {
            histories.push(self.notes(api).await);
        }
        histories.dedup();
        assert_eq!(histories.len(), 1, "detectors differ");
        let history = &histories[0];
        let known: BTreeSet<&String> = history.iter().collect();
        assert_eq!(known.len(), history.len(), "a change counts twice");
        assert!(history.len() <= duels + 1, "more changes than duels");
        // What a writer that was told nothing has changed may stand between.
        let told = history.iter().filter(|note| won.contains(note));
        assert_eq!(told.collect::<Vec<_>>(), won.iter().collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: NIGHTLATCH_TEST_KAFKA"]
async fn of_two_writers_one_wins_each_time_and_the_other_is_told() {
    let _machine = MACHINE.lock().await;
    let brokers = given().expect("NIGHTLATCH_TEST_KAFKA names no brokers");
    let duels = number("NIGHTLATCH_DUELS").unwrap_or(DUELS);
    let seed = number("NIGHTLATCH_SEED").unwrap_or_else(rand::random);
    println!("NIGHTLATCH_DUELS={duels} NIGHTLATCH_SEED={seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut ring = Ring::new(&brokers).await;
    let text = json!({"text": EVERYTHING_TEXT, "note": "made"});
    let made = ring.client.post(Ring::url(ring.apis()[0], "")).json(&text);
    assert_eq!(made.send().await.unwrap().status(), StatusCode::CREATED);

    let (mut won, mut kills) = (Vec::new(), 0);
    for number in 0..duels {
        let kill = dice.random_ratio(1, KILL_EVERY).then(|| {
            let instant = Duration::from_millis(dice.random_range(0..60));
            (dice.random_range(0..2), instant)
        });
        kills += usize::from(kill.is_some());
        won.extend(ring.duel(number, kill).await);
    }
    ring.assert_same_history(&won, duels).await;
    let open = duels - won.len();
    let spread = &mut ring.spread;
    spread.sort_unstable();
    println!(
        "in force at all detectors after: p50 {:.0?}, max {:.0?}",
        spread[spread.len() / 2],
        spread[spread.len() - 1]
    );
    println!(
        "{duels} duels, {kills} kills: {} told that they won, {open} told nothing",
        won.len()
    );
    ring.fleet.end().await;
}
