//! A running `nightlatch`, ended by its id whatever becomes of the test.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde::Deserialize;

use crate::deadline::until;

/// Where a service that runs apart does not listen; nobody can connect to it.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What the process leaves in its data folder, to be found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    #[serde(default = "nowhere")]
    pub(crate) hooks: SocketAddr,
    #[serde(default = "nowhere")]
    pub(crate) api: SocketAddr,
    pub(crate) admin: SocketAddr,
}

/// A child process with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    data: PathBuf,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts `command`; its output goes to files named `name` in `folder`.
    pub(crate) fn spawn(mut command: Command, folder: &Path, name: &str) -> Self {
        command.stdin(Stdio::null());
        Self::spawn_with_input(command, folder, name)
    }

    /// As [`Process::spawn`], with the standard input that `command` has.
    pub(crate) fn spawn_with_input(mut command: Command, folder: &Path, name: &str) -> Self {
        let stdout = folder.join(format!("{name}.out"));
        let stderr = folder.join(format!("{name}.err"));
        let child = command
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        let data = folder.join("data");
        Self {
            child,
            data,
            stdout,
            stderr,
        }
    }

    /// Returns the file that its output goes to.
    pub(crate) fn stdout(&self) -> &Path {
        &self.stdout
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns how it ended, if it has.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Returns what it has said of itself, once it has.
    pub(crate) fn running(&self) -> Option<Running> {
        let text = fs::read_to_string(self.data.join("running.json")).ok()?;
        let running: Running = serde_json::from_str(&text).ok()?;
        (running.pid == self.id()).then_some(running)
    }

    /// Waits until it has said where it listens.
    pub(crate) async fn announced(&mut self) -> Running {
        until("the process says where it listens", async || {
            if let Some(status) = self.has_ended() {
                panic!("the process has ended: {status}\n{}", self.log());
            }
            self.running()
        })
        .await
    }

    /// Waits until it says that it is ready to work.
    pub(crate) async fn ready(&mut self) -> Running {
        let running = self.announced().await;
        until("the process is ready", async || {
            let answer = reqwest::get(format!("http://{}/readyz", running.admin)).await;
            answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(())
        })
        .await;
        running
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn terminate(mut self) -> Ended {
        self.signal("TERM");
        self.ended().await
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> Ended {
        let status = until("the process ends", async || self.child.try_wait().unwrap()).await;
        let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Ended {
            status,
            stdout: read(&self.stdout),
            stderr: read(&self.stderr),
        }
    }

    /// Returns the most memory that it has held at a time, in KiB.
    pub(crate) fn most_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.unwrap().parse().unwrap()
    }

    /// Returns the last lines of its log.
    pub(crate) fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Returns what it has logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }
}

const fn nowhere() -> SocketAddr {
    NOWHERE
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the end of its log:\n{}", self.log_end());
        }
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
