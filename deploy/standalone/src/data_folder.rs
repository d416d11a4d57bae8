//! The data folder: which process runs on it, and where that one listens.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::bail;
use nightlatch_chassis::topic::Log;
use serde::{Deserialize, Serialize};

use crate::service::Service;

const FILE: &str = "running.json";
const POLL: Duration = Duration::from_millis(20);
/// How long a process that has just taken the data folder may need to say where it listens.
const ANNOUNCEMENT: Duration = Duration::from_secs(10);

/// The services of the process that holds the folder, and where they listen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) services: Vec<Service>,
    /// Of ingest only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hooks: Option<SocketAddr>,
    /// Of every service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<SocketAddr>,
    pub(crate) admin: SocketAddr,
}

impl Running {
    /// Whether a service is among those that run.
    pub(crate) fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// Returns the address of a service's API, as `--api` would name it.
    pub(crate) fn api_of(&self, service: Service) -> anyhow::Result<String> {
        match self.api {
            Some(api) if self.has(service) => Ok(format!("http://{api}")),
            _ => bail!(
                "the process on the data folder (pid {}) is no {}: name one with --api, or set \
                 another data_dir for this command",
                self.pid,
                service.name()
            ),
        }
    }
}

/// Leaves word of this process for commands that want to go through it.
pub(crate) fn announce(folder: &Path, running: &Running) -> io::Result<()> {
    let text = serde_json::to_string(running).map_err(io::Error::other)?;
    let fresh = folder.join("running.new");
    fs::write(&fresh, text)?;
    fs::rename(fresh, folder.join(FILE))
}

/// Takes back what a process before left word of. To be called by who holds the folder.
pub(crate) fn forget(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns the process that runs on the folder, once it has said where it listens; `None` when none
/// does.
pub(crate) async fn found(folder: &Path) -> anyhow::Result<Option<Running>> {
    let deadline = Instant::now() + ANNOUNCEMENT;
    while Log::folder_is_held(folder) {
        if let Some(running) = last(folder) {
            return Ok(Some(running));
        }
        if Instant::now() > deadline {
            bail!("a process uses the data folder, but has not said where it listens");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(None)
}

/// Returns the process that last ran on the folder; whether it still does only the lock tells.
fn last(folder: &Path) -> Option<Running> {
    let text = fs::read_to_string(folder.join(FILE)).ok()?;
    serde_json::from_str(&text).ok()
}
