//! `nightlatch demo`: everything, fed by a simulated Okta org with attacks among its traffic.

mod feed;
mod org;
mod summary;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use nightlatch_chassis::process::{self, Process, refuse};
use nightlatch_chassis::shutdown::Shutdown;
use tempfile::TempDir;

use crate::arguments::{DemoOptions, Settings};
use crate::data_folder::Running;
use crate::service::Service;
use crate::terminal::{self, Terminal, complain};
use crate::{configuration, services};
use org::SimulatedOrg;
use summary::Summary;

/// How long what was sent last may take to show.
const SETTLE: Duration = Duration::from_secs(5);

/// Runs the demo in a data folder of its own.
pub(crate) fn run(settings: &Settings, options: DemoOptions) -> ExitCode {
    let folder = match tempfile::Builder::new()
        .prefix("nightlatch-demo-")
        .tempdir()
    {
        Ok(folder) => folder,
        Err(error) => return complain(&error),
    };
    let org = SimulatedOrg::new(options.seed);
    let mut flags = org.integration();
    let mut set = |key: &str, value: &str| flags.push((key.to_owned(), value.to_owned()));
    if settings.data_dir.is_none() {
        set("data_dir", &folder.path().display().to_string());
    }
    set("log.level", "warn");
    // Whatever is configured: simulated events have no place among an org's own.
    set("kafka.brokers", "");
    set("schema_registry.url", "");
    for (key, port) in [
        ("ingest.listen", 8080),
        ("api.listen", 8088),
        ("admin.listen", 9464),
    ] {
        set(key, &format!("127.0.0.1:{}", free_port(port)));
    }
    match configuration::load(settings, flags) {
        Ok(config) => process::run(config, |process| start(process, options, org, folder)),
        Err(errors) => refuse(&errors),
    }
}

/// Returns the port, or 0 (any) when somebody else has it.
fn free_port(port: u16) -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", port)).map_or(0, |_| port)
}

async fn start(
    process: Process,
    options: DemoOptions,
    org: SimulatedOrg,
    folder: TempDir,
) -> anyhow::Result<Process> {
    let shutdown = process.shutdown.clone();
    let (mut process, running) = services::start(process, &Service::ALL).await?;
    process.tasks.spawn("demo", async move {
        let shown = show(&options, org, &running, shutdown.clone()).await;
        shutdown.begin();
        drop(folder);
        shown
    });
    Ok(process)
}

async fn show(
    options: &DemoOptions,
    org: SimulatedOrg,
    running: &Running,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let terminal = Terminal::stdout();
    let (Some(hooks), Some(api)) = (running.hooks, running.api) else {
        bail!("not all services run");
    };
    welcome(terminal, hooks, api);
    let summary = Arc::new(Summary::default());
    let watching = feed::watch(api, Arc::clone(&summary));
    let sending = org.send(hooks, options.rate, Arc::clone(&summary));
    let ending = async {
        match options.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    let watching = tokio::spawn(watching);
    tokio::select! {
        sent = sending => sent?,
        () = ending => {}
        () = shutdown.begun() => {}
    }
    if options.duration.is_some() {
        summary.settled(SETTLE).await;
    }
    watching.abort();
    summary.print(terminal);
    Ok(())
}

fn welcome(terminal: Terminal, hooks: SocketAddr, api: SocketAddr) {
    let title = terminal.paint(terminal::TITLE, "Nightlatch watches a simulated Okta org.");
    for line in [
        title,
        format!("  feed       http://{api}/api/v1/events"),
        format!("  live       curl -N http://{api}/api/v1/events/stream"),
        format!("  search     http://{api}/api/v1/events?q=okta"),
        format!("  event hook http://{hooks}/hooks/okta/…"),
        "  Ctrl-C ends it. Detections as they land:".to_owned(),
        String::new(),
    ] {
        terminal::print_line(&line);
    }
}
