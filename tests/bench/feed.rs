//! From hook to feed: events are delivered to the running binary one by one at a steady pace, and
//! a client of the live stream sees their detections arrive. Its memory is watched meanwhile.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use nightlatch_okta_sim::SimEvent;
use serde::Deserialize;

use crate::load::{self, Pace};
use crate::nightlatch::Nightlatch;
use crate::sample::Percentiles;
use crate::scale::Scale;
use crate::table::Row;
use crate::{org, traffic, usage};

/// Events a second, each in a delivery of its own.
const RATE: u32 = 1_000;
/// Enough for the acks of an embedded log.
const CONNECTIONS: usize = 32;
/// How long nothing must arrive before what has not is taken for lost or not to come.
const QUIET: Duration = Duration::from_secs(3);
/// How long the process is left alone before its idle memory is read.
const IDLE: Duration = Duration::from_secs(2);
const MEMORY_TICK: Duration = Duration::from_millis(100);

pub(crate) const EVERYTHING: &str = "
- policy:
    id: everything
    name: Everything
    description: Matches every event.
- rule: Every event
  desc: Matches every event.
  condition: okta.evt.type exists
  output: '%okta.evt.type by %okta.actor.alternateid from %okta.client.ip'
  priority: INFO
";

/// What one run came to; memory in MiB.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) sent: usize,
    pub(crate) arrived: usize,
    pub(crate) latency: Percentiles,
    pub(crate) ack: Percentiles,
    idle: f64,
    busy: f64,
    peak: f64,
}

impl Run {
    /// Fails when not every event that was sent has arrived, though each matches: a percentile of
    /// those that have says little then.
    pub(crate) fn ensure_whole(&self) -> anyhow::Result<()> {
        let (sent, arrived) = (self.sent, self.arrived);
        ensure!(arrived == sent, "of {sent} events {arrived} have arrived");
        Ok(())
    }
}

/// Measures the pipeline.
pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let one = |policy| {
        let deliver = |_, event: &SimEvent| org::delivery(std::slice::from_ref(event));
        run(scale, CONNECTIONS, || Nightlatch::start(policy), deliver)
    };
    let managed = one(None).context("managed policy")?;
    let everything = one(Some(EVERYTHING)).context("a rule that matches everything")?;
    everything.ensure_whole()?;
    let mut rows = Vec::new();
    for (name, run) in [
        ("managed policy", &managed),
        ("every event matches", &everything),
    ] {
        let Percentiles { p50, p95, p99 } = run.latency;
        let arrived = format!("{} detections of {} events", run.arrived, run.sent);
        let value = format!("p50 {p50:.0}, p95 {p95:.0}, p99 {p99:.0} ms");
        let row = Row::new(format!("{RATE} events/s, {name}"), value).beside(arrived);
        rows.push(row.at_most(p99, 150.0, "ms p99"));
        let Percentiles { p50, p99, .. } = run.ack;
        rows.push(Row::new(
            "  ack meanwhile",
            format!("p50 {p50:.1}, p99 {p99:.1} ms"),
        ));
    }
    rows.push(memory_row(
        "resident memory, idle",
        managed.idle,
        managed.idle,
    ));
    for (name, run) in [
        ("managed policy", &managed),
        ("every event matches", &everything),
    ] {
        rows.push(memory_row(
            &format!("resident memory, {name}"),
            run.busy,
            run.peak,
        ));
    }
    Ok(rows)
}

fn memory_row(name: &str, most: f64, peak: f64) -> Row {
    // The kernel brings its own peak up to date now and then only.
    let peak = peak.max(most);
    let row = Row::new(name, format!("{most:.1} MiB")).beside(format!("peak {peak:.1} MiB"));
    row.at_most(peak, 64.0, "MiB")
}

/// Delivers events at a steady pace over so many connections to what `start` starts, each as
/// `deliver` makes a request of it.
pub(crate) fn run(
    scale: &Scale,
    connections: usize,
    start: impl FnOnce() -> anyhow::Result<Nightlatch>,
    deliver: impl Fn(usize, &SimEvent) -> Vec<u8>,
) -> anyhow::Result<Run> {
    let count = usize::try_from(scale.feed.as_secs())? * RATE as usize;
    let events = traffic::events(org::now(), count, RATE.into());
    let numbers = events
        .iter()
        .enumerate()
        .map(|(number, event)| (event.uuid.clone(), number));
    let numbers: HashMap<String, usize> = numbers.collect();
    let deliveries = events.iter().enumerate();
    let deliveries = deliveries.map(|(number, event)| deliver(number, event));
    let deliveries: Vec<Vec<u8>> = deliveries.collect();
    let nightlatch = start()?;
    let arrivals = watch(nightlatch.api)?;
    thread::sleep(IDLE);
    let idle = usage::memory(nightlatch.pid())?.now;
    let pace = Pace {
        connections,
        rate: Some(RATE),
        time: scale.feed,
    };
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let memory = scope.spawn(|| most_memory(nightlatch.pid(), &is_over));
        let start = Instant::now();
        let sent = load::send(nightlatch.hooks, &deliveries, pace, start);
        let mut latencies = Vec::new();
        while let Ok((uuid, arrived)) = arrivals.recv_timeout(QUIET) {
            if let Some(number) = numbers.get(&uuid) {
                latencies.push(arrived.saturating_duration_since(pace.due(start, *number)));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let Ok(busy) = memory.join() else {
            bail!("the memory's thread has panicked")
        };
        let acks = sent?;
        Ok(Run {
            sent: acks.len(),
            arrived: latencies.len(),
            latency: Percentiles::of(latencies),
            ack: Percentiles::of(acks),
            idle,
            busy: busy?,
            peak: usage::memory(nightlatch.pid())?.peak,
        })
    })
}

/// Returns the most memory that was seen until it is over.
fn most_memory(pid: u32, is_over: &AtomicBool) -> anyhow::Result<f64> {
    let mut most = 0.0_f64;
    while !is_over.load(Ordering::Relaxed) {
        most = most.max(usage::memory(pid)?.now);
        thread::sleep(MEMORY_TICK);
    }
    Ok(most)
}

/// An event of the feed, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Detection {
    event: Cause,
}

#[derive(Debug, Deserialize)]
struct Cause {
    uuid: String,
}

/// Opens the live stream and returns the uuid of the event of each detection as it arrives.
fn watch(api: SocketAddr) -> anyhow::Result<Receiver<(String, Instant)>> {
    let mut stream = TcpStream::connect(api)?;
    // In HTTP/1.0 a stream has no chunks: it simply goes on.
    let request =
        "GET /api/v1/events/stream?last_event_id=0:-1 HTTP/1.0\r\nHost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let mut lines = BufReader::new(stream).lines();
    let status = lines.next().context("no answer from the stream")??;
    if !status.contains(" 200 ") {
        bail!("the stream answered {status}");
    }
    let (sender, arrivals) = mpsc::channel();
    thread::spawn(move || {
        // Ends with the process that serves the stream.
        for line in lines.map_while(Result::ok) {
            let Some(data) = line.strip_prefix("data:") else {
                continue;
            };
            let arrived = Instant::now();
            let Ok(detection) = serde_json::from_str::<Detection>(data) else {
                continue;
            };
            if sender.send((detection.event.uuid, arrived)).is_err() {
                return;
            }
        }
    });
    Ok(arrivals)
}
