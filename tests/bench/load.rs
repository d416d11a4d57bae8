//! Deliveries over keep-alive connections, as light as they can be: requests are made beforehand
//! and written whole. To measure a server in this process, the load runs in a child process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::org;
use crate::sample::Percentiles;
use crate::table::progress;
use crate::traffic;

/// The word with which this program starts itself as a child.
pub(crate) const COMMAND: &str = "load";
/// Different deliveries that a child sends in turn.
const DELIVERIES: usize = 200;
const TIMEOUT: Duration = Duration::from_secs(10);

/// How fast and how long.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Pace {
    pub(crate) connections: usize,
    /// Deliveries a second, or as many as the server takes.
    pub(crate) rate: Option<u32>,
    pub(crate) time: Duration,
}

impl Pace {
    /// When a delivery is due.
    pub(crate) fn due(self, start: Instant, number: usize) -> Instant {
        match self.rate {
            Some(rate) => start + Duration::from_secs(number as u64) / rate,
            None => Instant::now(),
        }
    }
}

/// What a child is told.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    address: SocketAddr,
    events_a_delivery: usize,
    pace: Pace,
}

/// What a load came to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) deliveries: usize,
    /// From when a delivery was due to its answer.
    pub(crate) ack: Percentiles,
}

/// Loads a server from a child process.
pub(crate) fn from_child(
    address: SocketAddr,
    events_a_delivery: usize,
    pace: Pace,
) -> anyhow::Result<Report> {
    let orders = Orders {
        address,
        events_a_delivery,
        pace,
    };
    let output = Command::new(std::env::current_exe()?)
        .arg(COMMAND)
        .arg(serde_json::to_string(&orders)?)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the load broke off");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Is the child.
pub(crate) fn run(orders: &str) -> ExitCode {
    let report = serde_json::from_str(orders).map_err(anyhow::Error::from);
    let report = report.and_then(|orders| follow(&orders));
    let said = report.and_then(|report| {
        Ok(std::io::stdout().write_all(serde_json::to_string(&report)?.as_bytes())?)
    });
    match said {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn follow(orders: &Orders) -> anyhow::Result<Report> {
    let events = traffic::events(
        traffic::START_MS,
        DELIVERIES * orders.events_a_delivery,
        100,
    );
    let deliveries = events.chunks(orders.events_a_delivery).map(org::delivery);
    let deliveries: Vec<Vec<u8>> = deliveries.collect();
    let acks = send(orders.address, &deliveries, orders.pace, Instant::now())?;
    Ok(Report {
        deliveries: acks.len(),
        ack: Percentiles::of(acks),
    })
}

/// Sends deliveries in turn and returns how long each took from when it was due to its answer.
pub(crate) fn send(
    address: SocketAddr,
    deliveries: &[Vec<u8>],
    pace: Pace,
    start: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let next = AtomicUsize::new(0);
    let end = start + pace.time;
    let one = || -> anyhow::Result<Vec<Duration>> {
        let mut connection = Connection::open(address)?;
        let mut acks = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = pace.due(start, number);
            let delivery = deliveries.get(number % deliveries.len().max(1));
            let Some(delivery) = delivery.filter(|_| due < end) else {
                return Ok(acks);
            };
            thread::sleep(due.saturating_duration_since(Instant::now()));
            connection.deliver(delivery)?;
            acks.push(due.elapsed());
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..pace.connections).map(|_| scope.spawn(one)).collect();
        let mut all = Vec::new();
        for thread in threads {
            let Ok(acks) = thread.join() else {
                bail!("a connection's thread has panicked")
            };
            all.extend(acks?);
        }
        Ok(all)
    })
}

/// A keep-alive connection to a hook.
struct Connection {
    stream: TcpStream,
}

impl Connection {
    fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream })
    }

    /// Sends a delivery and waits for the answer 204, which has no body.
    fn deliver(&mut self, delivery: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(delivery)?;
        let mut buffer = [0; 4096];
        let mut length = 0;
        loop {
            let free = buffer.get_mut(length..).unwrap_or_default();
            let read = self.stream.read(free).context("no answer to a delivery")?;
            length += read;
            let answer = buffer.get(..length).unwrap_or_default();
            let is_taken = answer.starts_with(b"HTTP/1.1 204");
            if is_taken && answer.ends_with(b"\r\n\r\n") {
                return Ok(());
            }
            if read == 0 || (length > 12 && !is_taken) {
                bail!(
                    "a delivery was answered: {}",
                    String::from_utf8_lossy(answer)
                );
            }
        }
    }
}
