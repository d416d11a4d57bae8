//! What listens: the hooks, the only address for strangers, and the API.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use nightlatch_chassis::config::{ApiConfig, Config};
use nightlatch_chassis::http::{ServeLimits, guard, problems, serve};
use nightlatch_chassis::process::Process;
use nightlatch_ingest::{Ingest, IngestConfig};
use tokio::net::TcpListener;

use crate::open_files;

/// An address that is taken, with what will be served there.
#[derive(Debug)]
pub(crate) struct Endpoint {
    name: &'static str,
    listener: TcpListener,
    /// With its port, also where the system has chosen it.
    pub(crate) address: SocketAddr,
    routes: Router,
}

impl Endpoint {
    /// Takes the address of the event hooks.
    pub(crate) async fn hooks(ingest: &Ingest, config: &Config) -> anyhow::Result<Self> {
        let settings = config.section::<IngestConfig>("ingest")?;
        let (listener, address) = bind("ingest.listen", settings.listen).await?;
        Ok(Self {
            name: "hooks",
            listener,
            address,
            routes: ingest.hooks(),
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
        })
    }

    /// Serves until the stop begins.
    pub(crate) fn spawn(self, process: &mut Process) {
        let limits = ServeLimits::default();
        let limits = ServeLimits {
            max_connections: open_files::connections(limits.max_connections),
            ..limits
        };
        let serving = serve(self.listener, self.routes, limits, process.shutdown.clone());
        process.tasks.spawn(self.name, serving);
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {key} = {address}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
