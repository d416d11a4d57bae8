//! The event hook's handler beside a bare axum handler that reads the same body: the same server,
//! runtime and load, in turn.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

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
use crate::median::median;
use crate::scale::Scale;
use crate::table::{Row, thousands};
use crate::{org, usage};

/// Keep-alive connections, as many as Okta might hold.
const CONNECTIONS: usize = 16;
/// A quiet hour of a large org, in deliveries a second.
const QUIET_RATE: u32 = 200;

/// What the servers are loaded with to compare their CPU.
#[derive(Debug)]
struct Case {
    name: &'static str,
    events_a_delivery: usize,
    /// Deliveries a second, or as many as each server takes.
    rate: Option<u32>,
    has_aims: bool,
}

/// Saturated, each server runs hot at a rate of its own; at one rate for all, each also pays for
/// being woken.
const CASES: [Case; 3] = [
    Case {
        name: "1 event, saturated",
        events_a_delivery: 1,
        rate: None,
        has_aims: true,
    },
    Case {
        name: "1 event, 1,000/s",
        events_a_delivery: 1,
        rate: Some(1_000),
        has_aims: true,
    },
    Case {
        name: "10 events, saturated",
        events_a_delivery: 10,
        rate: None,
        has_aims: false,
    },
];

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
    let mut rows = Vec::new();
    let mut saturated = Vec::new();
    for case in CASES {
        let rounds = (0..scale.rounds).map(|_| round(&servers, &case, scale.round));
        let rounds = rounds.collect::<anyhow::Result<Vec<Round>>>()?;
        rows.extend(cpu_rows(&case, &rounds));
        if case.rate.is_none() && case.events_a_delivery == 1 {
            saturated = rounds.iter().map(|round| round.durable.report).collect();
        }
    }
    let pace = Pace {
        connections: CONNECTIONS,
        rate: Some(QUIET_RATE),
        time: scale.paced,
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

fn round(servers: &Servers, case: &Case, time: Duration) -> anyhow::Result<Round> {
    let pace = Pace {
        connections: CONNECTIONS,
        rate: case.rate,
        time,
    };
    let load = |address| {
        let before = usage::cpu_of_process()?;
        let report = load::from_child(address, case.events_a_delivery, pace)?;
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

fn cpu_rows(case: &Case, rounds: &[Round]) -> Vec<Row> {
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
        let figure = format!("CPU a delivery, {}, {name}", case.name);
        let row = Row::new(figure, format!("{cpu:.1} µs"));
        let row = row.beside(format!("{ratio:.2} × {beside}"));
        if case.has_aims {
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
        unlogged: listen(hooks(&folder.join("unlogged"), true).await?).await?,
        durable: listen(hooks(&folder.join("durable"), false).await?).await?,
    })
}

/// The bare handler: has the body read, says 204.
fn read(_: Bytes) -> impl Future<Output = StatusCode> + Send {
    std::future::ready(StatusCode::NO_CONTENT)
}

/// Returns the hook's routes on a log of their own.
async fn hooks(folder: &Path, discard_appends: bool) -> anyhow::Result<Router> {
    let metrics = Metrics::new()?;
    let mut flags = org::integrations(1);
    flags.push(("data_dir".to_owned(), folder.display().to_string()));
    let config = load_config(&Sources {
        defaults: vec![nightlatch_ingest::DEFAULTS],
        flags,
        ..Sources::default()
    })?;
    let spec = |topic: topics::Topic| TopicSpec {
        name: topic.name,
        partitions: topic.partitions,
        retention: None,
        compacted: false,
    };
    let options = LocalOptions {
        topics: topics::ALL.into_iter().map(spec).collect(),
        discard_appends,
        ..LocalOptions::default()
    };
    let log = Log::local(folder, options, TopicMetrics::new(&metrics)?).context("a log")?;
    Ok(Ingest::open(&config, log, &metrics).await?.hooks())
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
