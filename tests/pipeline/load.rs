//! Orgs that deliver their events to the hooks, at a pace, over several connections.
//!
//! As Okta does, it gives up after a while and tries a delivery that failed once more, sometimes;
//! and it delivers some twice although they were answered.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nightlatch_okta_sim::{Org, Traffic};
use nightlatch_schemas::runtime_event_id;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::deadline::{SOON, within};
use crate::fleet::WatchedOrg;
use crate::installation::{EVERY_EVENT, EVERYTHING, SECRET, orgs};
use crate::ledger::{Delivery, Ledger};
use crate::records::Detection;
use crate::services::Services;

const TICK: Duration = Duration::from_millis(10);
/// After a pause of the process, what was not sent meanwhile is not made up for.
const MOST_OWED: Duration = Duration::from_millis(100);
/// Events in a delivery.
const MOST_EVENTS: u32 = 5;
/// After this the sender gives up.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Deliveries that may be sent again although they were answered.
const REPEATABLE: usize = 64;
/// How often the ends of the streams are marked anew while a mark does not show.
const MARK_AGAIN: Duration = Duration::from_secs(5);

/// Held by who loads the machine, so that loads do not take it from one another.
pub(crate) static MACHINE: Mutex<()> = Mutex::const_new(());

/// Where the hooks are, while there are any.
pub(crate) type Addresses = watch::Receiver<Vec<SocketAddr>>;

/// What one of the orgs delivers.
type Parcel = Arc<(WatchedOrg, Delivery)>;

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Events a second.
    pub(crate) rate: u32,
    pub(crate) connections: usize,
    /// Same seed, same events in the same deliveries.
    pub(crate) seed: u64,
}

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Load {
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    /// Begins to send; pauses while there are no addresses.
    pub(crate) fn start(addresses: &Addresses, ledger: &Arc<Ledger>, pace: Pace) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let (deliveries, queue) = mpsc::channel(pace.connections);
        let queue = Arc::new(Mutex::new(queue));
        let mut tasks = JoinSet::new();
        tasks.spawn(generate(pace, deliveries, Arc::clone(&stopping)));
        for number in 0..pace.connections {
            let sender = Sender {
                client: client(TIMEOUT),
                addresses: addresses.clone(),
                ledger: Arc::clone(ledger),
                dice: ChaCha8Rng::seed_from_u64(pace.seed.wrapping_add(number as u64)),
            };
            tasks.spawn(sender.run(Arc::clone(&queue)));
        }
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

async fn generate(pace: Pace, deliveries: mpsc::Sender<Parcel>, stopping: Arc<AtomicBool>) {
    let mut dice = ChaCha8Rng::seed_from_u64(pace.seed);
    let mut sources = sources(pace.seed);
    let mut repeatable = VecDeque::new();
    let event = Duration::from_secs(1) / pace.rate;
    let mut paid = Instant::now();
    while !stopping.load(Ordering::Relaxed) {
        tokio::time::sleep(TICK).await;
        let now = Instant::now();
        paid = paid.max(now - MOST_OWED);
        while paid + event <= now {
            let count = dice.random_range(1..=MOST_EVENTS);
            paid += event * count;
            let at = dice.random_range(0..sources.len());
            let (org, traffic) = &mut sources[at];
            let delivery = Arc::new((org.clone(), delivery(org, traffic, count)));
            repeatable.push_back(Arc::clone(&delivery));
            if repeatable.len() > REPEATABLE {
                repeatable.pop_front();
            }
            let again = dice.random_bool(0.05).then(|| {
                let index = dice.random_range(0..repeatable.len());
                Arc::clone(&repeatable[index])
            });
            for delivery in std::iter::once(delivery).chain(again) {
                if deliveries.send(delivery).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// One connection.
struct Sender {
    client: reqwest::Client,
    addresses: Addresses,
    ledger: Arc<Ledger>,
    dice: ChaCha8Rng,
}

impl Sender {
    async fn run(mut self, queue: Arc<Mutex<mpsc::Receiver<Parcel>>>) {
        loop {
            let next = queue.lock().await.recv().await;
            let Some(parcel) = next else { return };
            if !self.send(&parcel).await && self.dice.random_bool(0.5) {
                self.send(&parcel).await;
            }
        }
    }

    /// Says whether it was taken.
    async fn send(&mut self, parcel: &Parcel) -> bool {
        let found = self.addresses.wait_for(|all| !all.is_empty()).await;
        let Ok(hooks) = found.map(|all| all[self.dice.random_range(0..all.len())]) else {
            return true;
        };
        let (org, delivery) = &**parcel;
        send(&self.client, hooks, &self.ledger, org, delivery).await
    }
}

async fn send(
    client: &reqwest::Client,
    hooks: SocketAddr,
    ledger: &Ledger,
    org: &WatchedOrg,
    delivery: &Delivery,
) -> bool {
    ledger.sent(delivery);
    let answer = client
        .post(format!("http://{hooks}/hooks/okta/{}", org.path_key))
        .header("Authorization", SECRET)
        .header("Content-Type", "application/json")
        .body(delivery.body.clone())
        .send()
        .await;
    let status = answer.map(|answer| answer.status());
    ledger.answered(
        delivery,
        status.as_ref().ok().map(reqwest::StatusCode::as_u16),
    );
    status.is_ok_and(|status| status.is_success())
}

/// Sends an event of every org and waits until each stands in every feed: as the streams are in
/// order, all that was sent before is through then. Says whether that came to be within `limit`.
pub(crate) async fn drained(services: &Services, ledger: &Ledger, limit: Duration) -> bool {
    mark(services, ledger, limit).await.is_ok()
}

/// Delivers an event of every org and returns its detection, of each, once every feed shows them.
pub(crate) async fn shown(services: &Services, ledger: &Ledger) -> Vec<Detection> {
    match mark(services, ledger, SOON).await {
        Ok(detections) => detections,
        Err(missing) => panic!("not within {SOON:?} in every feed: the detection of {missing}"),
    }
}

/// As [`shown`]; or returns the name of an org of which a feed shows nothing.
async fn mark(
    services: &Services,
    ledger: &Ledger,
    limit: Duration,
) -> Result<Vec<Detection>, String> {
    let client = client(TIMEOUT);
    let end = Instant::now() + limit;
    let mut sources = sources(rand::random());
    let mut detections = BTreeMap::new();
    let mut marks: Vec<_> = sources.iter().map(|_| Vec::new()).collect();
    let mut mark_due = Instant::now();
    while detections.len() < sources.len() {
        if Instant::now() >= mark_due {
            for (at, (org, traffic)) in sources.iter_mut().enumerate() {
                if detections.contains_key(&at) {
                    continue;
                }
                let event = traffic.next(now_ms());
                let delivery = Delivery::of(&org.domain, std::slice::from_ref(&event), now_ms());
                if send(&client, services.hooks(), ledger, org, &delivery).await {
                    marks[at].push(detection_id(org, &event.uuid));
                }
            }
            mark_due = Instant::now() + MARK_AGAIN;
        }
        for (at, (org, _)) in sources.iter().enumerate() {
            if detections.contains_key(&at) {
                continue;
            }
            let left = end.saturating_duration_since(Instant::now());
            let due = mark_due.saturating_duration_since(Instant::now());
            let look = async || in_all_feeds(&client, services, &marks[at]).await;
            match within(left.min(due), look).await {
                Some(detection) => drop(detections.insert(at, detection)),
                None if left.is_zero() => return Err(org.name.clone()),
                // It is marked anew.
                None => break,
            }
        }
    }
    Ok(detections.into_values().collect())
}

/// Returns the detection of the first of `marks` when every feed shows all of them, all the same.
async fn in_all_feeds(
    client: &reqwest::Client,
    services: &Services,
    marks: &[uuid::Uuid],
) -> Option<Detection> {
    let mut first = None;
    for mark in marks {
        let mut rows = Vec::new();
        for api in services.feeds() {
            let row = client.get(format!("http://{api}/api/v1/events/{mark}"));
            let row = row.send().await.ok()?.error_for_status().ok()?;
            rows.push(row.json::<Detection>().await.unwrap());
        }
        rows.dedup();
        assert_eq!(rows.len(), 1, "feeds differ: {rows:?}");
        first = first.or(rows.pop());
    }
    first
}

/// Returns each org with events that no other seed has.
fn sources(seed: u64) -> Vec<(WatchedOrg, Traffic)> {
    let orgs = orgs().into_iter().enumerate();
    orgs.map(|(number, org)| {
        let seed = seed.wrapping_add(number as u64);
        let traffic = Traffic::new(Org::new(seed, &org.domain), seed);
        (org, traffic)
    })
    .collect()
}

fn delivery(org: &WatchedOrg, traffic: &mut Traffic, count: u32) -> Delivery {
    let events: Vec<_> = (0..count).map(|_| traffic.next(now_ms())).collect();
    Delivery::of(&org.domain, &events, now_ms())
}

/// Returns the id of what the rule that matches everything makes of an event.
fn detection_id(org: &WatchedOrg, uuid: &str) -> uuid::Uuid {
    runtime_event_id(&org.integration(), EVERYTHING, EVERY_EVENT, uuid)
}

/// Returns a client that gives up after `timeout`.
pub(crate) fn client(timeout: Duration) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(timeout);
    builder.build().unwrap()
}

pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}
