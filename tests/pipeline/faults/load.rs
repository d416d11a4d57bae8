//! Many orgs that deliver to several ingests, as through a balancer.
//!
//! A delivery that got no 2xx is sent once more, to another ingest, and some are sent twice although
//! they were taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nightlatch_okta_sim::{Org, SimEvent, Traffic};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::fleet::{Directory, Service, WatchedOrg, of};
use crate::installation::SECRET;
use crate::ledger::{Delivery, Ledger};
use crate::load::{client, now_ms};
use crate::process::Running;

const TICK: Duration = Duration::from_millis(10);
/// After a pause of this machine, what was not sent meanwhile is not made up for.
const MOST_OWED: Duration = Duration::from_millis(100);
/// Events in a delivery.
const MOST_EVENTS: u32 = 5;
/// After this Okta gives up.
pub(crate) const OKTA_WAITS: Duration = Duration::from_secs(3);
/// Deliveries that wait for an answer at a time.
const MOST_WAITING: usize = 1000;
/// How long a delivery waits for any ingest to run.
const NOBODY: Duration = Duration::from_secs(20);

/// An org and what happens there.
pub(crate) struct Source {
    pub(crate) org: WatchedOrg,
    traffic: Traffic,
}

/// What it takes to deliver.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    directory: Directory,
    ledger: Arc<Ledger>,
}

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Load {
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Source {
    /// Returns all orgs; same seed, same events.
    pub(crate) fn all(seed: u64) -> Vec<Self> {
        let orgs = WatchedOrg::all().into_iter().zip(seed..);
        orgs.map(|(org, seed)| Self {
            traffic: Traffic::new(Org::new(seed, &org.domain), seed),
            org,
        })
        .collect()
    }

    pub(crate) fn event(&mut self) -> SimEvent {
        self.traffic.next(now_ms())
    }

    pub(crate) fn delivery(&mut self, count: u32) -> Arc<Delivery> {
        let events: Vec<_> = (0..count).map(|_| self.event()).collect();
        Arc::new(Delivery::of(&self.org.domain, &events, now_ms()))
    }
}

impl Sender {
    pub(crate) fn new(directory: &Directory, ledger: &Arc<Ledger>) -> Self {
        Self {
            client: client(OKTA_WAITS),
            directory: directory.clone(),
            ledger: Arc::clone(ledger),
        }
    }

    /// Delivers, and once more when that was not taken; says whether it was.
    pub(crate) async fn deliver(&mut self, org: &WatchedOrg, delivery: &Delivery) -> bool {
        let first = rand::random_range(0..usize::MAX / 2);
        for attempt in 0..2 {
            let Some(ingest) = self.ingest(first + attempt).await else {
                return false;
            };
            let status = self.send(&ingest, org, delivery).await;
            if status.is_some_and(|status| (200..300).contains(&status)) {
                return true;
            }
        }
        false
    }

    /// Delivers to one ingest; returns the answer, if there was one.
    pub(crate) async fn send(
        &self,
        ingest: &Running,
        org: &WatchedOrg,
        delivery: &Delivery,
    ) -> Option<u16> {
        self.ledger.sent(delivery);
        let url = format!("http://{}/hooks/okta/{}", ingest.hooks, org.path_key);
        let request = self
            .client
            .post(url)
            .header("Authorization", SECRET)
            .header("Content-Type", "application/json")
            .body(delivery.body.clone());
        let status = request
            .send()
            .await
            .ok()
            .map(|answer| answer.status().as_u16());
        self.ledger.answered(delivery, status);
        status
    }

    /// Returns one of the ingests that run, by turns.
    async fn ingest(&mut self, turn: usize) -> Option<Running> {
        let running = self
            .directory
            .wait_for(|all| !of(all, Service::Ingest).is_empty());
        let directory = timeout(NOBODY, running).await.ok()?.ok()?;
        let mut running = of(&directory, Service::Ingest);
        let turn = turn % running.len();
        Some(running.swap_remove(turn))
    }
}

impl Load {
    /// Begins to send so many events a second.
    pub(crate) fn start(sender: &Sender, rate: u32, seed: u64) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        tasks.spawn(generate(sender.clone(), rate, seed, Arc::clone(&stopping)));
        Self { stopping, tasks }
    }

    /// Sends nothing new and waits until all that was begun is answered or given up.
    pub(crate) async fn stop(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

async fn generate(sender: Sender, rate: u32, seed: u64, stopping: Arc<AtomicBool>) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut sources = Source::all(seed);
    let waiting = Arc::new(Semaphore::new(MOST_WAITING));
    let mut deliveries = JoinSet::new();
    let event = Duration::from_secs(1) / rate;
    let mut paid = Instant::now();
    while !stopping.load(Ordering::Relaxed) {
        tokio::time::sleep(TICK).await;
        while deliveries.try_join_next().is_some() {}
        let now = Instant::now();
        paid = paid.max(now - MOST_OWED);
        while paid + event <= now {
            let count = dice.random_range(1..=MOST_EVENTS);
            paid += event * count;
            let at = dice.random_range(0..sources.len());
            let delivery = sources[at].delivery(count);
            let times = if dice.random_bool(0.05) { 2 } else { 1 };
            for _ in 0..times {
                let permit = Arc::clone(&waiting).acquire_owned().await.unwrap();
                let (mut sender, delivery) = (sender.clone(), Arc::clone(&delivery));
                let org = sources[at].org.clone();
                deliveries.spawn(async move {
                    sender.deliver(&org, &delivery).await;
                    drop(permit);
                });
            }
        }
    }
    while let Some(ended) = deliveries.join_next().await {
        ended.unwrap();
    }
}
