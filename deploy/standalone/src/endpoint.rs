//! What listens: the hooks, the only address for strangers, and the API.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{ApiConfig, Config};
use nightlatch_chassis::http::{ServeLimits, Tls, TlsMetrics, guard, problems, serve, serve_tls};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::process::Process;
use nightlatch_ingest::{Ingest, IngestConfig};
use tokio::net::TcpListener;

use crate::open_files;

/// The listener that strangers reach, as metrics name it.
const HOOKS: &str = "hooks";

/// An address that is taken, with what will be served there.
#[derive(Debug)]
pub(crate) struct Endpoint {
    name: &'static str,
    listener: TcpListener,
    /// With its port, also where the system has chosen it.
    pub(crate) address: SocketAddr,
    routes: Router,
    tls: Option<Tls>,
}

impl Endpoint {
    /// Takes the address of the event hooks.
    pub(crate) async fn hooks(
        ingest: &Ingest,
        config: &Config,
        metrics: &Metrics,
        readiness: &Readiness,
    ) -> anyhow::Result<Self> {
        let settings = config.section::<IngestConfig>("ingest")?;
        let tls = match settings.tls() {
            Some(files) => {
                let tls = Tls::open(files, HOOKS, &TlsMetrics::new(metrics)?, readiness);
                Some(tls.context("TLS at ingest.listen")?)
            }
            None => None,
        };
        let (listener, address) = bind("ingest.listen", settings.listen).await?;
        Ok(Self {
            name: HOOKS,
            listener,
            address,
            routes: ingest.hooks(),
            tls,
        })
    }

    /// Takes the address of the API.
    pub(crate) async fn api(routes: Router, config: &Config) -> anyhow::Result<Self> {
        let mut settings = config.section::<ApiConfig>("api")?;
        let (listener, address) = bind("api.listen", settings.listen).await?;
        settings.listen = address;
        Ok(Self {
            name: "api",
            listener,
            address,
            routes: guard(problems(routes), &settings),
            tls: None,
        })
    }

    /// Serves until the stop begins.
    pub(crate) fn spawn(self, process: &mut Process) {
        let limits = ServeLimits::default();
        let limits = ServeLimits {
            max_connections: open_files::connections(limits.max_connections),
            ..limits
        };
        let (listener, routes, shutdown) = (self.listener, self.routes, process.shutdown.clone());
        let Some(tls) = self.tls else {
            let serving = serve(listener, routes, limits, shutdown);
            return process.tasks.spawn(self.name, serving);
        };
        let following = tls.clone().follow(shutdown.clone());
        process.tasks.spawn("tls", async move {
            following.await;
            anyhow::Ok(())
        });
        let serving = serve_tls(listener, tls, routes, limits, shutdown);
        process.tasks.spawn(self.name, serving);
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {key} = {address}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
