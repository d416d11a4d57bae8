//! The binary itself, on a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{kafka, org};

const START: Duration = Duration::from_secs(30);

/// Makes a folder on the disk that the build is on: a temporary one may be in memory, where
/// making something durable costs nothing.
pub(crate) fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// Returns a command of the binary that knows nothing of the caller's settings.
pub(crate) fn command(data_dir: &Path, settings: &[(String, String)]) -> Command {
    command_of(env!("CARGO_BIN_EXE_nightlatch"), data_dir, settings)
}

fn command_of(binary: &str, data_dir: &Path, settings: &[(String, String)]) -> Command {
    let mut command = Command::new(binary);
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
    /// The one process, or ingest, detector and sink.
    processes: Vec<Child>,
    pub(crate) hooks: SocketAddr,
    pub(crate) api: SocketAddr,
    folder: TempDir,
}

/// Where it listens, as it leaves word itself.
#[derive(Debug, Deserialize)]
struct Running {
    hooks: Option<SocketAddr>,
    api: Option<SocketAddr>,
    admin: SocketAddr,
}

impl Nightlatch {
    /// Starts it with the managed policy, or with `policy` alone.
    pub(crate) fn start(policy: Option<&str>) -> anyhow::Result<Self> {
        Self::of(
            &[env!("CARGO_BIN_EXE_nightlatch")],
            policy,
            org::integrations(1),
        )
    }

    /// Starts its services apart, on the topics of a cluster.
    pub(crate) fn apart(policy: Option<&str>, brokers: &str, prefix: &str) -> anyhow::Result<Self> {
        let mut settings = org::integrations(org::INTEGRATIONS);
        let on_kafka = kafka::settings(brokers, prefix).into_iter();
        settings.extend(on_kafka.map(|(key, value)| (key.to_owned(), value)));
        let services = [
            env!("CARGO_BIN_EXE_nightlatch-ingest"),
            env!("CARGO_BIN_EXE_nightlatch-detector"),
            env!("CARGO_BIN_EXE_nightlatch-sink"),
        ];
        Self::of(&services, policy, settings)
    }

    fn of(
        binaries: &[&str],
        policy: Option<&str>,
        mut settings: Vec<(String, String)>,
    ) -> anyhow::Result<Self> {
        let folder = folder()?;
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
        let mut nightlatch = Self {
            processes: Vec::new(),
            hooks: SocketAddr::from(([0; 4], 0)),
            api: SocketAddr::from(([0; 4], 0)),
            folder,
        };
        for binary in binaries {
            let name = Path::new(binary).file_name().unwrap_or_default();
            let data_dir = nightlatch.folder.path().join(name);
            nightlatch
                .processes
                .push(command_of(binary, &data_dir, &settings).spawn()?);
            let child = nightlatch.processes.last_mut().context("no process")?;
            let running = announced(child, &data_dir.join("running.json"))?;
            ready(running.admin)?;
            nightlatch.hooks = running.hooks.unwrap_or(nightlatch.hooks);
            nightlatch.api = running.api.unwrap_or(nightlatch.api);
        }
        Ok(nightlatch)
    }

    /// Returns the id of the one process, or of ingest.
    pub(crate) fn pid(&self) -> u32 {
        self.processes.first().map_or(0, Child::id)
    }
}

impl Drop for Nightlatch {
    fn drop(&mut self) {
        for process in &mut self.processes {
            end(process);
        }
    }
}

/// Waits until a process says that it is ready.
fn ready(admin: SocketAddr) -> anyhow::Result<()> {
    let deadline = Instant::now() + START;
    loop {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(admin) {
            stream.write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
            stream.read_to_string(&mut answer)?;
        }
        if answer
            .lines()
            .next()
            .is_some_and(|status| status.contains(" 200 "))
        {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("a process is not ready within {START:?}: {answer}");
        }
        std::thread::sleep(Duration::from_millis(20));
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
