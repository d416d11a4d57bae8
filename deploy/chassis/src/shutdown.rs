//! Stopping: a token that everyone watches, the signals that set it, and the drain with a deadline.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// Whether the process is to stop. Clones are the same token.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A token that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the stop, once and for all.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Waits until the stop begins.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// Whether the stop has begun.
    pub fn is_begun(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Begins the stop at SIGTERM or SIGINT; a second signal ends the process at once.
///
/// Must be called within a runtime. Fails when the signals cannot be watched.
pub fn on_signals(shutdown: Shutdown) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if shutdown.is_begun() {
                error!(
                    signal = name,
                    "second signal, ending without waiting for what is in flight"
                );
                crate::process::end_now();
            }
            info!(
                signal = name,
                "stopping; a second signal ends the process at once"
            );
            shutdown.begin();
        }
    });
    Ok(())
}

/// The parts of a process that run until the stop begins.
#[derive(Debug)]
pub struct Tasks {
    shutdown: Shutdown,
    names: Vec<(Id, &'static str)>,
    running: JoinSet<Result<(), String>>,
}

/// How a process came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drained {
    /// Parts that failed, with the reason.
    pub failed: Vec<(&'static str, String)>,
    /// Parts that had not ended by the deadline.
    pub late: Vec<&'static str>,
}

impl Drained {
    /// Whether every part ended well and in time.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.late.is_empty()
    }
}

impl Tasks {
    /// No parts yet; they end when `shutdown` begins, and one that fails begins it.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            names: Vec::new(),
            running: JoinSet::new(),
        }
    }

    /// Runs a part. It must end soon after the stop begins; if it ends sooner, everything stops.
    pub fn spawn<E: fmt::Display>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        // Begins the stop even when a panic ends the part.
        let token = self.shutdown.clone();
        let stop = token.0.clone().drop_guard();
        let part = self.running.spawn(async move {
            let result = part.await.map_err(|error| format!("{error:#}"));
            if !token.is_begun() {
                info!(part = name, "a part ended by itself, stopping the others");
            }
            drop(stop);
            result
        });
        self.names.push((part.id(), name));
    }

    /// Forgets the part that ended, and says its name.
    fn ended(&mut self, part: Id) -> &'static str {
        let position = self.names.iter().position(|(running, _)| *running == part);
        position.map_or("unknown", |position| self.names.swap_remove(position).1)
    }
}

/// Waits until the stop begins, then for all parts, but no longer than `deadline` from then on.
///
/// Parts that are late are aborted; what they run on threads of their own goes on until the
/// process ends.
pub async fn drain(mut tasks: Tasks, deadline: Duration) -> Drained {
    let mut drained = Drained {
        failed: Vec::new(),
        late: Vec::new(),
    };
    let shutdown = tasks.shutdown.clone();
    shutdown.begun().await;
    let end = Instant::now() + deadline;
    while let Ok(Some(joined)) = timeout_at(end, tasks.running.join_next_with_id()).await {
        let (part, result) = match joined {
            Ok(ended) => ended,
            Err(broken) => (broken.id(), Err(broken.to_string())),
        };
        let name = tasks.ended(part);
        if let Err(problem) = result {
            error!(part = name, error = problem, "a part failed");
            drained.failed.push((name, problem));
        }
    }
    if !tasks.running.is_empty() {
        drained.late = tasks.names.iter().map(|(_, name)| *name).collect();
        let parts = drained.late.join(", ");
        warn!(
            parts,
            ?deadline,
            "the deadline has passed, ending what still runs"
        );
        tasks.running.abort_all();
    }
    drained
}
