//! All services in one process.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{AdminConfig, ApiConfig, Config, ConfigErrors, load};
use nightlatch_chassis::http::{ServeLimits, guard, problems, serve};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::process::{self, Process, refuse};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::telemetry::LogConfig;
use nightlatch_chassis::topic::{LocalOptions, Log, TopicMetrics, TopicSpec};
use nightlatch_chassis::{Defaults, Size};
use nightlatch_detector::{Detector, DetectorConfig};
use nightlatch_ingest::{Ingest, IngestConfig, Integrations};
use nightlatch_schemas::topics::{self, Retention};
use nightlatch_sink::{Sink, SinkConfig};
use tokio::net::TcpListener;

use crate::arguments::Settings;
use crate::data_folder::{self, Running};
use crate::documents;
use crate::{open_files, terminal};

const DAY: Duration = Duration::from_hours(24);

/// Every defaults file that this binary reads.
pub(crate) const DEFAULTS: [Defaults; 3] = [
    nightlatch_ingest::DEFAULTS,
    nightlatch_detector::DEFAULTS,
    nightlatch_sink::DEFAULTS,
];

/// Runs everything until it is told to stop.
pub(crate) fn run(settings: &Settings) -> ExitCode {
    match config(settings, Vec::new()) {
        Ok(config) => process::run(config, start_all),
        Err(errors) => refuse(&errors),
    }
}

/// Prints the effective configuration, or all that is wrong with it.
pub(crate) fn check(settings: &Settings) -> ExitCode {
    let config = match config(settings, Vec::new()) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    terminal::print_line(&config.display_masked());
    ExitCode::SUCCESS
}

/// Loads the settings; `more` wins over what the command line says. Every section is read, so that
/// what is wrong is said before anything is made.
pub(crate) fn config(
    settings: &Settings,
    more: Vec<(String, String)>,
) -> Result<Config, ConfigErrors> {
    let mut flags = settings.set.clone();
    if let Some(data_dir) = &settings.data_dir {
        flags.push(("data_dir".to_owned(), data_dir.clone()));
    }
    flags.extend(more);
    let config = load(&process::sources(
        DEFAULTS.to_vec(),
        settings.config.clone(),
        flags,
    )?)?;
    let mut errors = ConfigErrors::default();
    errors.take(config.section::<LogConfig>("log"));
    errors.take(config.section::<AdminConfig>("admin"));
    errors.take(config.section::<ApiConfig>("api"));
    errors.take(config.section::<Size>("topic.max_size"));
    errors.take(IngestConfig::from_config(&config));
    errors.take(Integrations::from_config(&config));
    errors.take(config.section::<DetectorConfig>("detector"));
    errors.take(config.section::<SinkConfig>("sink"));
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(errors)
    }
}

async fn start_all(process: Process) -> anyhow::Result<Process> {
    start(process).await.map(|(process, _)| process)
}

/// The three services on one log, not running yet.
pub(crate) struct Services {
    log: Log,
    ingest: Ingest,
    detector: Detector,
    sink: Sink,
}

/// Opens the log and makes the services.
pub(crate) fn make(
    config: &Config,
    metrics: &Metrics,
    readiness: &Readiness,
) -> anyhow::Result<Services> {
    let data_dir = config.data_dir();
    let log = open_log(config, metrics)?;
    let ingest = Ingest::new(config, log.clone(), metrics)?;
    let detector = Detector::new(config, log.clone(), metrics, readiness)?;
    let sink_config = config.section::<SinkConfig>("sink")?;
    let sink = Sink::open(&sink_config, &data_dir, metrics, readiness)?;
    Ok(Services {
        log,
        ingest,
        detector,
        sink,
    })
}

/// Starts ingest, detector and sink; returns where they listen.
pub(crate) async fn start(mut process: Process) -> anyhow::Result<(Process, Running)> {
    open_files::raise();
    let config = process.config.clone();
    let services = make(&config, &process.metrics, &process.readiness)?;
    data_folder::forget(&config.data_dir()).context("the data folder")?;
    let Services {
        log,
        ingest,
        detector,
        sink,
    } = services;

    let listen = config.section::<IngestConfig>("ingest")?.listen;
    let (hooks, hooks_address) = bind("ingest.listen", listen).await?;
    let mut api = config.section::<ApiConfig>("api")?;
    let (listener, api_address) = bind("api.listen", api.listen).await?;
    api.listen = api_address;
    let routes = guard(
        problems(
            Router::new()
                .merge(ingest.routes())
                .merge(sink.routes(&documents::openapi())),
        ),
        &api,
    );

    let shutdown = process.shutdown.clone();
    let limits = || {
        let limits = ServeLimits::default();
        ServeLimits {
            max_connections: open_files::connections(limits.max_connections),
            ..limits
        }
    };
    process.tasks.spawn(
        "hooks",
        serve(hooks, ingest.hooks(), limits(), shutdown.clone()),
    );
    process
        .tasks
        .spawn("api", serve(listener, routes, limits(), shutdown.clone()));
    process
        .tasks
        .spawn("detector", detector.run(shutdown.clone()));
    let (sink_log, sink_shutdown) = (log.clone(), shutdown.clone());
    process.tasks.spawn(
        "sink",
        async move { sink.run(sink_log, sink_shutdown).await },
    );
    process.tasks.spawn("log", watch(log, shutdown));
    let running = Running {
        pid: std::process::id(),
        hooks: hooks_address,
        api: api_address,
        admin: process.admin,
    };
    data_folder::announce(&config.data_dir(), &running).context("the data folder")?;
    tracing::info!(hooks = %hooks_address, api = %api_address, "nightlatch runs");
    Ok((process, running))
}

/// Ends the process when the log has failed: what it then holds only a new start can tell.
async fn watch(log: Log, shutdown: Shutdown) -> anyhow::Result<()> {
    tokio::select! {
        () = shutdown.begun() => Ok(()),
        error = log.failed() => Err(error.into()),
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {key} = {address}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn open_log(config: &Config, metrics: &Metrics) -> anyhow::Result<Log> {
    let max_size: Size = config.section("topic.max_size")?;
    let options = LocalOptions {
        topics: topic_specs(),
        max_bytes: Some(max_size.bytes()),
        ..LocalOptions::default()
    };
    Ok(Log::local(
        &config.data_dir(),
        options,
        TopicMetrics::new(metrics)?,
    )?)
}

/// Returns what Local must know of our topics.
pub(crate) fn topic_specs() -> Vec<TopicSpec> {
    let spec = |topic: topics::Topic| TopicSpec {
        name: topic.name,
        retention: match topic.retention {
            Retention::Days(days) => Some(DAY * days),
            Retention::Forever | Retention::Compacted => None,
        },
        compacted: topic.retention == Retention::Compacted,
    };
    topics::ALL.into_iter().map(spec).collect()
}
