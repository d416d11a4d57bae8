//! The binary itself, on a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::org;

const START: Duration = Duration::from_secs(30);

/// Makes a folder on the disk that the build is on: a temporary one may be in memory, where
/// making something durable costs nothing.
pub(crate) fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// Returns a command of the binary that knows nothing of the caller's settings.
pub(crate) fn command(data_dir: &Path, settings: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nightlatch"));
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"NIGHTLATCH_") {
            command.env_remove(name);
        }
    }
    command.arg("--data-dir").arg(data_dir);
    for (key, value) in settings {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command
}

/// Nightlatch, running until it is dropped.
#[derive(Debug)]
pub(crate) struct Nightlatch {
    child: Child,
    pub(crate) hooks: SocketAddr,
    pub(crate) api: SocketAddr,
    _folder: TempDir,
}

/// Where it listens, as it leaves word itself.
#[derive(Debug, Deserialize)]
struct Running {
    hooks: SocketAddr,
    api: SocketAddr,
}

impl Nightlatch {
    /// Starts it with the managed policy, or with `policy` alone.
    pub(crate) fn start(policy: Option<&str>) -> anyhow::Result<Self> {
        let folder = folder()?;
        let data_dir = folder.path().join("data");
        let mut settings = org::integration();
        let mut set = |key: &str, value: &str| settings.push((key.to_owned(), value.to_owned()));
        for listener in ["ingest.listen", "api.listen", "admin.listen"] {
            set(listener, "127.0.0.1:0");
        }
        set("log.level", "warn");
        if let Some(text) = policy {
            let file = folder.path().join("policy.yaml");
            fs::write(&file, text)?;
            set("detector.managed_policies", "false");
            set("detector.policies", &file.display().to_string());
        }
        let mut child = command(&data_dir, &settings).spawn()?;
        let running = match announced(&mut child, &data_dir.join("running.json")) {
            Ok(running) => running,
            Err(error) => {
                end(&mut child);
                return Err(error);
            }
        };
        let Running { hooks, api } = running;
        Ok(Self {
            child,
            hooks,
            api,
            _folder: folder,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Nightlatch {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Waits until it says where it listens.
fn announced(child: &mut Child, file: &Path) -> anyhow::Result<Running> {
    let deadline = Instant::now() + START;
    loop {
        if let Ok(text) = fs::read_to_string(file) {
            return serde_json::from_str(&text).context("running.json");
        }
        if let Some(status) = child.try_wait()? {
            bail!("nightlatch did not start: {status}");
        }
        if Instant::now() > deadline {
            bail!("nightlatch does not say where it listens within {START:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn end(child: &mut Child) {
    // It fails only when it has ended already.
    drop(child.kill());
    drop(child.wait());
}

/// Runs a command of the binary to its end and returns what it printed.
pub(crate) fn succeed(data_dir: &Path, words: &[&OsStr]) -> anyhow::Result<String> {
    let output = command(data_dir, &[]).args(words).output()?;
    if !output.status.success() {
        bail!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
