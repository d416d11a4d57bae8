//! An org that delivers its events to the hook, at a pace, over several connections.
//!
//! As Okta does, it gives up after a while and tries a delivery that failed once more, sometimes;
//! and it delivers some twice although they were answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nightlatch_okta_sim::{Org, Traffic};
use nightlatch_schemas::{integration_id, runtime_event_id};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::deadline::{until, within};
use crate::installation::{DOMAIN, EVERY_EVENT, EVERYTHING, ORG_ID, PATH_KEY, SECRET};
use crate::ledger::{Delivery, Ledger};
use crate::records::Detection;

const TICK: Duration = Duration::from_millis(10);
/// After a pause of the process, what was not sent meanwhile is not made up for.
const MOST_OWED: Duration = Duration::from_millis(100);
/// Events in a delivery.
const MOST_EVENTS: u32 = 5;
/// After this the sender gives up.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Deliveries that may be sent again although they were answered.
const REPEATABLE: usize = 64;
/// How often the end of the stream is marked anew while the mark does not show.
const MARK_AGAIN: Duration = Duration::from_secs(5);

/// Held by who loads the machine, so that loads do not take it from one another.
pub(crate) static MACHINE: Mutex<()> = Mutex::const_new(());

/// Where the hook is, while the process runs.
pub(crate) type Address = watch::Receiver<Option<SocketAddr>>;

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
    /// Begins to send; pauses while there is no address.
    pub(crate) fn start(address: &Address, ledger: &Arc<Ledger>, pace: Pace) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let (deliveries, queue) = mpsc::channel(pace.connections);
        let queue = Arc::new(Mutex::new(queue));
        let mut tasks = JoinSet::new();
        tasks.spawn(generate(pace, deliveries, Arc::clone(&stopping)));
        for number in 0..pace.connections {
            let sender = Sender {
                client: client(TIMEOUT),
                address: address.clone(),
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

async fn generate(pace: Pace, deliveries: mpsc::Sender<Arc<Delivery>>, stopping: Arc<AtomicBool>) {
    let mut dice = ChaCha8Rng::seed_from_u64(pace.seed);
    let mut traffic = Traffic::new(Org::new(pace.seed, DOMAIN), pace.seed);
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
            let events: Vec<_> = (0..count).map(|_| traffic.next(now_ms())).collect();
            let delivery = Arc::new(Delivery::new(&events, now_ms()));
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
    address: Address,
    ledger: Arc<Ledger>,
    dice: ChaCha8Rng,
}

impl Sender {
    async fn run(mut self, queue: Arc<Mutex<mpsc::Receiver<Arc<Delivery>>>>) {
        loop {
            let next = queue.lock().await.recv().await;
            let Some(delivery) = next else { return };
            if !self.send(&delivery).await && self.dice.random_bool(0.5) {
                self.send(&delivery).await;
            }
        }
    }

    /// Says whether it was taken.
    async fn send(&mut self, delivery: &Delivery) -> bool {
        let found = self.address.wait_for(Option::is_some).await;
        let Some(hooks) = found.ok().and_then(|address| *address) else {
            return true;
        };
        send(&self.client, hooks, &self.ledger, delivery).await
    }
}

async fn send(
    client: &reqwest::Client,
    hooks: SocketAddr,
    ledger: &Ledger,
    delivery: &Delivery,
) -> bool {
    ledger.sent(delivery);
    let answer = client
        .post(format!("http://{hooks}/hooks/okta/{PATH_KEY}"))
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

/// Sends an event and waits until it stands in the feed: as the stream is in order, all that was
/// sent before is through then. Says whether that came to be within `limit`.
pub(crate) async fn drained(
    hooks: SocketAddr,
    api: SocketAddr,
    ledger: &Ledger,
    limit: Duration,
) -> bool {
    let client = client(TIMEOUT);
    let mut traffic = fresh_traffic();
    let mut marks = Vec::new();
    let mut mark_due = Instant::now();
    let shown = within(limit, async || {
        if Instant::now() >= mark_due {
            let event = traffic.next(now_ms());
            let delivery = Delivery::new(std::slice::from_ref(&event), now_ms());
            if send(&client, hooks, ledger, &delivery).await {
                marks.push(detection_id(&event.uuid));
            }
            mark_due = Instant::now() + MARK_AGAIN;
        }
        for mark in &marks {
            let row = client.get(format!("http://{api}/api/v1/events/{mark}"));
            if row.send().await.is_ok_and(|row| row.status().is_success()) {
                return Some(());
            }
        }
        None
    });
    shown.await.is_some()
}

/// Delivers one event and returns its row of the feed.
pub(crate) async fn shown(hooks: SocketAddr, api: SocketAddr, ledger: &Ledger) -> Detection {
    let client = client(TIMEOUT);
    let event = fresh_traffic().next(now_ms());
    let delivery = Delivery::new(std::slice::from_ref(&event), now_ms());
    assert!(
        send(&client, hooks, ledger, &delivery).await,
        "the hook took no event"
    );
    let url = format!("http://{api}/api/v1/events/{}", detection_id(&event.uuid));
    until("the event's detection is shown", async || {
        let row = client.get(&url).send().await.ok()?;
        if row.status().is_success() {
            Some(row.json().await.unwrap())
        } else {
            None
        }
    })
    .await
}

/// Returns traffic of events that no other has.
fn fresh_traffic() -> Traffic {
    let seed = rand::random();
    Traffic::new(Org::new(seed, DOMAIN), seed)
}

/// Returns the id of what the rule that matches everything makes of an event.
fn detection_id(uuid: &str) -> uuid::Uuid {
    let integration = integration_id(ORG_ID).to_string();
    runtime_event_id(&integration, EVERYTHING, EVERY_EVENT, uuid)
}

/// Returns a client that gives up after `timeout`.
pub(crate) fn client(timeout: Duration) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(timeout);
    builder.build().unwrap()
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}
