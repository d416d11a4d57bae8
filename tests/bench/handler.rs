//! The event hook's handler beside a bare axum handler that reads the same body: the same server,
//! runtime and load, in turn.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use nightlatch_chassis::Sources;
use nightlatch_chassis::config::load as load_config;
use nightlatch_chassis::http::{ServeLimits, serve};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
use nightlatch_ingest::Ingest;
use nightlatch_schemas::topics;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::load::{self, Pace, Report};
use crate::sample::median;
use crate::scale::Scale;
use crate::table::{Row, thousands};
use crate::{org, usage};

/// Keep-alive connections, as many as Okta might hold.
const CONNECTIONS: usize = 16;
const QUIET_RATE: u32 = 200;
/// Events in a delivery.
const SIZES: [usize; 2] = [1, 10];

/// The servers that are compared, in turn.
#[derive(Debug)]
struct Servers {
    bare: SocketAddr,
    /// The whole handler, on a log that answers without writing.
    unlogged: SocketAddr,
    durable: SocketAddr,
}

/// One load of one server.
#[derive(Debug, Clone, Copy)]
struct Loaded {
    /// Microseconds of CPU a delivery.
    cpu: f64,
    report: Report,
}

/// One load of each server.
#[derive(Debug)]
struct Round {
    bare: Loaded,
    unlogged: Loaded,
    durable: Loaded,
}

/// Measures the hook.
pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let runtime = Runtime::new()?;
    let folder = crate::nightlatch::folder()?;
    let servers = runtime.block_on(start(folder.path()))?;
    let pace = Pace {
        connections: CONNECTIONS,
        rate: None,
        time: scale.round,
    };
    let mut rows = Vec::new();
    let mut saturated = Vec::new();
    for size in SIZES {
        let rounds = (0..scale.rounds).map(|_| round(&servers, size, pace));
        let rounds = rounds.collect::<anyhow::Result<Vec<Round>>>()?;
        rows.extend(cpu_rows(size, &rounds));
        if size == 1 {
            saturated = rounds.iter().map(|round| round.durable.report).collect();
        }
    }
    let pace = Pace {
        rate: Some(QUIET_RATE),
        time: scale.paced,
        ..pace
    };
    let quiet = load::from_child(servers.durable, 1, pace)?;
    rows.push(ack_row(
        &format!("ack, durable, {QUIET_RATE} deliveries/s"),
        &[quiet],
        scale.paced.as_secs_f64(),
    ));
    let name = format!("ack, durable, {CONNECTIONS} connections saturated");
    rows.push(ack_row(&name, &saturated, scale.round.as_secs_f64()));
    Ok(rows)
}

fn round(servers: &Servers, size: usize, pace: Pace) -> anyhow::Result<Round> {
    let load = |address| {
        let before = usage::cpu_of_process()?;
        let report = load::from_child(address, size, pace)?;
        let used = usage::cpu_of_process()?.saturating_sub(before);
        let cpu = used.as_secs_f64() * 1e6 / count(report.deliveries.max(1));
        anyhow::Ok(Loaded { cpu, report })
    };
    Ok(Round {
        bare: load(servers.bare)?,
        unlogged: load(servers.unlogged)?,
        durable: load(servers.durable)?,
    })
}

fn cpu_rows(size: usize, rounds: &[Round]) -> Vec<Row> {
    let of = |server: fn(&Round) -> Loaded| median(rounds.iter().map(|round| server(round).cpu));
    let bare = of(|round| round.bare);
    let beside = format!("bare axum {bare:.1} µs");
    let row = |name: &str, server: fn(&Round) -> Loaded, most: f64| {
        let cpu = of(server);
        // Neighbours in time share the machine's mood.
        let ratio = median(
            rounds
                .iter()
                .map(|round| server(round).cpu / round.bare.cpu),
        );
        let events = if size == 1 { "1 event" } else { "10 events" };
        let row = Row::new(
            format!("CPU a delivery, {events}, {name}"),
            format!("{cpu:.1} µs"),
        );
        let row = row.beside(format!("{ratio:.2} × {beside}"));
        // The aims are those of one event a delivery.
        if size == 1 {
            row.at_most(ratio, most, "×")
        } else {
            row
        }
    };
    vec![
        row("not appended", |round| round.unlogged, 1.5),
        row("durable", |round| round.durable, 2.5),
    ]
}

fn ack_row(name: &str, reports: &[Report], seconds: f64) -> Row {
    let of = |value: fn(&Report) -> f64| median(reports.iter().map(value));
    let (p50, p99) = (of(|report| report.ack.p50), of(|report| report.ack.p99));
    let rate = of(|report| count(report.deliveries)) / seconds;
    Row::new(name, format!("p50 {p50:.1}, p99 {p99:.1} ms"))
        .beside(format!("{} deliveries/s", thousands(rate)))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(deliveries: usize) -> f64 {
    deliveries as f64
}

async fn start(folder: &Path) -> anyhow::Result<Servers> {
    // As the hook's route, so that both are routed alike.
    let bare = Router::new().route("/hooks/okta/{key}", post(read));
    Ok(Servers {
        bare: listen(bare).await?,
        unlogged: listen(hooks(&folder.join("unlogged"), true)?).await?,
        durable: listen(hooks(&folder.join("durable"), false)?).await?,
    })
}

/// The bare handler: has the body read, says 204.
fn read(_: Bytes) -> impl Future<Output = StatusCode> + Send {
    std::future::ready(StatusCode::NO_CONTENT)
}

/// Returns the hook's routes on a log of their own.
fn hooks(folder: &Path, discard_appends: bool) -> anyhow::Result<Router> {
    let metrics = Metrics::new()?;
    let config = load_config(&Sources {
        defaults: vec![nightlatch_ingest::DEFAULTS],
        flags: org::integration(),
        ..Sources::default()
    })?;
    let spec = |topic: topics::Topic| TopicSpec {
        name: topic.name,
        retention: None,
        compacted: false,
    };
    let options = LocalOptions {
        topics: topics::ALL.into_iter().map(spec).collect(),
        discard_appends,
        ..LocalOptions::default()
    };
    let log = Log::local(folder, options, TopicMetrics::new(&metrics)?).context("a log")?;
    Ok(Ingest::new(&config, log, &metrics)?.hooks())
}

async fn listen(router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(
        listener,
        router,
        ServeLimits::default(),
        Shutdown::new(),
    ));
    Ok(address)
}
