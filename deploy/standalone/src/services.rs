//! The services of a process: one of them, or all, on one log.

use anyhow::Context;
use axum::Router;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::Config;
use nightlatch_chassis::health::{Health, Part};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::process::Process;
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Log;
use nightlatch_detector::Detector;
use nightlatch_ingest::Ingest;
use nightlatch_sink::{Sink, SinkConfig};

use crate::data_folder::{self, Running};
use crate::endpoint::Endpoint;
use crate::service::Service;
use crate::{documents, open_files, topics};

/// Services on one log, not running yet.
#[derive(Debug)]
pub(crate) struct Services {
    log: Log,
    ingest: Option<Ingest>,
    detector: Option<Detector>,
    sink: Option<Sink>,
}

/// Opens the log and makes those of the services that are `wanted`.
pub(crate) async fn make(
    wanted: &[Service],
    config: &Config,
    metrics: &Metrics,
    readiness: &Readiness,
) -> anyhow::Result<Services> {
    let mut services = Services {
        log: topics::open(config, metrics).await?,
        ingest: None,
        detector: None,
        sink: None,
    };
    for service in wanted {
        let log = services.log.clone();
        match service {
            Service::Ingest => {
                services.ingest = Some(Ingest::open(config, log, metrics).await?);
            }
            Service::Detector => {
                let detector = Detector::open(config, log, metrics, readiness).await?;
                services.detector = Some(detector);
            }
            Service::Sink => {
                let settings = config.section::<SinkConfig>("sink")?;
                let keys = Keyring::open(config)?;
                let folder = config.data_dir();
                let sink = Sink::open(&settings, keys, &folder, metrics, readiness)?;
                services.sink = Some(sink);
            }
        }
    }
    Ok(services)
}

/// Starts services for a process that does nothing else.
pub(crate) async fn run(process: Process, wanted: &[Service]) -> anyhow::Result<Process> {
    start(process, wanted).await.map(|(process, _)| process)
}

/// Starts services; returns where they listen.
pub(crate) async fn start(
    mut process: Process,
    wanted: &[Service],
) -> anyhow::Result<(Process, Running)> {
    open_files::raise();
    let config = process.config.clone();
    let folder = config.data_dir();
    let services = make(wanted, &config, &process.metrics, &process.readiness).await?;
    data_folder::forget(&folder).context("the data folder")?;
    let hooks = match &services.ingest {
        Some(ingest) => {
            let hooks = Endpoint::hooks(ingest, &config, &process.metrics, &process.readiness);
            Some(hooks.await?)
        }
        None => None,
    };
    let parts = services.health();
    let health = Health::new(process.metrics.clone(), process.readiness.clone(), parts);
    let api = match services.routes() {
        Some(routes) => Some(Endpoint::api(routes.merge(health.routes()), &config).await?),
        None => None,
    };
    let running = Running {
        pid: std::process::id(),
        services: wanted.to_vec(),
        hooks: hooks.as_ref().map(|endpoint| endpoint.address),
        api: api.as_ref().map(|endpoint| endpoint.address),
        admin: process.admin,
    };
    for endpoint in hooks.into_iter().chain(api) {
        endpoint.spawn(&mut process);
    }
    services.spawn(&mut process);
    let (watched, shutdown) = (health, process.shutdown.clone());
    process.tasks.spawn("health", async move {
        watched.run(shutdown).await;
        anyhow::Ok(())
    });
    data_folder::announce(&folder, &running).context("the data folder")?;
    tracing::info!(
        services = wanted
            .iter()
            .map(|service| service.name())
            .collect::<Vec<_>>()
            .join(", "),
        hooks = running.hooks.map(tracing::field::display),
        api = running.api.map(tracing::field::display),
        "nightlatch runs"
    );
    Ok((process, running))
}

impl Services {
    /// Returns what their API serves; none where there is no service.
    fn routes(&self) -> Option<Router> {
        let ingest = self.ingest.as_ref().map(Ingest::routes);
        let detector = self.detector.as_ref().map(Detector::routes);
        let sink = self.sink.as_ref();
        let sink = sink.map(|sink| {
            let letters = nightlatch_sink::dead_letters(self.log.clone());
            sink.routes(&documents::openapi()).merge(letters)
        });
        let all = [ingest, detector, sink];
        all.into_iter().flatten().reduce(Router::merge)
    }

    /// Returns what their health is told by.
    fn health(&self) -> Vec<Part> {
        let ingest = self.ingest.as_ref().map(|_| nightlatch_ingest::health());
        let detector = self
            .detector
            .as_ref()
            .map(|_| nightlatch_detector::health());
        let sink = self.sink.as_ref().map(Sink::health);
        [ingest, detector, sink].into_iter().flatten().collect()
    }

    /// Runs what reads topics.
    fn spawn(self, process: &mut Process) {
        let Self {
            log,
            ingest,
            detector,
            sink,
        } = self;
        let shutdown = process.shutdown.clone();
        if let Some(ingest) = ingest {
            process.tasks.spawn("ingest", ingest.run(shutdown.clone()));
        }
        if let Some(detector) = detector {
            process
                .tasks
                .spawn("detector", detector.run(shutdown.clone()));
        }
        if let Some(sink) = sink {
            let (log, shutdown) = (log.clone(), shutdown.clone());
            process
                .tasks
                .spawn("sink", async move { sink.run(log, shutdown).await });
        }
        process.tasks.spawn("log", watch(log, shutdown));
    }
}

/// Ends the process when the log has failed: what it then holds only a new start can tell.
async fn watch(log: Log, shutdown: Shutdown) -> anyhow::Result<()> {
    tokio::select! {
        () = shutdown.begun() => Ok(()),
        error = log.failed() => Err(error.into()),
    }
}
