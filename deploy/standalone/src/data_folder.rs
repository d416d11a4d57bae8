//! The data folder: which process runs on it, and where that one listens.

use std::net::SocketAddr;
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::service::Service;

const FILE: &str = "running.json";

/// The services of the process that holds the folder, and where they listen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) services: Vec<Service>,
    /// Of ingest only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hooks: Option<SocketAddr>,
    /// Of ingest and sink.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<SocketAddr>,
    pub(crate) admin: SocketAddr,
}

impl Running {
    /// Whether a service is among those that run.
    pub(crate) fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
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

/// Returns the process that last ran on the folder; whether it still does only the lock tells.
pub(crate) fn running(folder: &Path) -> Option<Running> {
    let text = fs::read_to_string(folder.join(FILE)).ok()?;
    serde_json::from_str(&text).ok()
}
