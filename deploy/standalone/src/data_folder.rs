//! The data folder: which process runs on it, and where that one listens.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use nightlatch_chassis::topic::Log;
use serde::{Deserialize, Serialize};

use crate::service::Service;

const FILE: &str = "running.json";
/// The file that the embedded log locks, so that a folder has one process, whatever its topics are on.
const LOCK: &str = "lock";
/// How often a lock is tried for: who asks whether it is held, holds it for a moment.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

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

/// Takes the folder for this process until it ends, however it ends.
///
/// # Errors
/// When another process has it.
pub(crate) fn hold(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    let opened = options.mode(0o600).open(&path);
    let mut lock = opened.with_context(|| format!("cannot open {}", path.display()))?;
    let mut tries = TRIES;
    while let Err(error) = lock.try_lock() {
        match error {
            TryLockError::WouldBlock if tries > 0 => std::thread::sleep(BETWEEN_TRIES),
            TryLockError::WouldBlock => bail!(
                "another process (pid {}) uses the data folder {}; stop it or set another data_dir, \
                 each process needs its own",
                fs::read_to_string(&path).unwrap_or_default().trim(),
                folder.display()
            ),
            TryLockError::Error(error) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        tries -= 1;
    }
    // The pid is for people alone: on a full disk the lock must hold without it.
    let written = lock
        .set_len(0)
        .and_then(|()| writeln!(lock, "{}", std::process::id()));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "cannot write the pid into the lock");
    }
    // Closed with the process, and not before: what drains at a stop still writes to the folder.
    std::mem::forget(lock);
    Ok(())
}

/// Whether a process holds the folder.
pub(crate) fn is_held(folder: &Path) -> bool {
    Log::local_is_open(folder)
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
