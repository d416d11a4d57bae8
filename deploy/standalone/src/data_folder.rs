//! The data folder: which process runs on it, and reading its log beside that process.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::topic::{Log, TopicMetrics};
use serde::{Deserialize, Serialize};

use crate::services::topic_specs;

const FILE: &str = "running.json";

/// Where the process that holds the folder listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) hooks: SocketAddr,
    pub(crate) api: SocketAddr,
    pub(crate) admin: SocketAddr,
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

/// Opens the folder's log to read, beside a process or not.
pub(crate) fn log_beside(folder: &Path) -> anyhow::Result<Log> {
    let metrics = TopicMetrics::new(&Metrics::new()?)?;
    Ok(Log::local_beside(folder, &topic_specs(), metrics)?)
}
