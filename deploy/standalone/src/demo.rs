//! `nightlatch demo`: everything, on a simulated Okta org that is connected as a person connects one,
//! and that then lives, with attacks among its traffic.

mod feed;
mod org;
mod summary;
mod wizard;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use nightlatch_chassis::process::{self, Process, refuse};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_okta_sim::Authority;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::arguments::{DemoOptions, Settings};
use crate::client::{Client, Place};
use crate::data_folder::Running;
use crate::service::Service;
use crate::terminal::{self, Terminal, complain};
use crate::{configuration, services};
use org::SimulatedOrg;
use summary::Summary;

/// How long what happened last may take to show.
const SETTLE: Duration = Duration::from_secs(5);

/// What the demo needs before it knows its settings.
struct Stage {
    /// Goes with the demo; its data is there unless a folder is named.
    folder: TempDir,
    /// Vouches for the simulated org.
    authority: Arc<Authority>,
    flags: Vec<(String, String)>,
}

/// Runs the demo in a data folder of its own.
pub(crate) fn run(settings: &Settings, options: DemoOptions) -> ExitCode {
    let stage = match Stage::new(settings) {
        Ok(stage) => stage,
        Err(error) => return complain(&error),
    };
    match configuration::load(settings, stage.flags.clone()) {
        Ok(config) => process::run(config, |process| start(process, options, stage)),
        Err(errors) => refuse(&errors),
    }
}

impl Stage {
    fn new(settings: &Settings) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("nightlatch-demo-")
            .tempdir()?;
        let authority = Authority::new()?;
        let trusted = folder.path().join("okta-ca.pem");
        std::fs::write(&trusted, authority.certificate_pem()?)?;
        let hooks = hook_address(settings)?;
        let mut flags = chosen(settings, &hooks);
        let mut set = |key: &str, value: &str| flags.push((key.to_owned(), value.to_owned()));
        if settings.data_dir.is_none() {
            set("data_dir", &folder.path().display().to_string());
        }
        // Whatever is configured: simulated events have no place among an org's own.
        set("kafka.brokers", "");
        set("schema_registry.url", "");
        set("ingest.okta.allow_loopback", "true");
        set("ingest.okta.ca_file", &trusted.display().to_string());
        Ok(Self {
            folder,
            authority: Arc::new(authority),
            flags,
        })
    }
}

/// What the demo chooses for those who do not say it with --set; a configuration file may be another
/// installation's.
fn chosen(settings: &Settings, hooks: &str) -> Vec<(String, String)> {
    let choices = [
        // It warns of orgs on this machine, which are what is wanted here.
        (
            "log.level",
            "warn,nightlatch_ingest::config=error".to_owned(),
        ),
        ("ingest.listen", hooks.to_owned()),
        ("ingest.public_url", format!("http://{hooks}")),
        ("api.listen", format!("127.0.0.1:{}", free_port(8088))),
        ("admin.listen", format!("127.0.0.1:{}", free_port(9464))),
    ];
    choices
        .into_iter()
        .filter(|(key, _)| said(settings, key).is_none())
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// Returns what --set says of a key; the last one counts.
fn said<'a>(settings: &'a Settings, key: &str) -> Option<&'a str> {
    let mut all = settings.set.iter().rev();
    all.find(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
}

/// Returns where event hooks arrive: Okta is told of it before anybody listens there.
fn hook_address(settings: &Settings) -> anyhow::Result<String> {
    match said(settings, "ingest.listen") {
        Some(address) if address.ends_with(":0") => bail!(
            "--set ingest.listen={address} leaves the port open, and the simulated org must know it \
             beforehand; name a port, or leave it out and the demo takes a free one"
        ),
        Some(address) => Ok(address.to_owned()),
        None => {
            let port = hook_port().context("no port of 127.0.0.1 can be had")?;
            Ok(format!("127.0.0.1:{port}"))
        }
    }
}

/// Returns the port, or 0 (any) when somebody else has it.
fn free_port(port: u16) -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_or(0, |_| port)
}

/// Returns a port for event hooks.
fn hook_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port(8080)))?;
    Ok(listener.local_addr()?.port())
}

async fn start(process: Process, options: DemoOptions, stage: Stage) -> anyhow::Result<Process> {
    let shutdown = process.shutdown.clone();
    let (mut process, running) = services::start(process, &Service::ALL).await?;
    process.tasks.spawn("demo", async move {
        let Stage {
            folder, authority, ..
        } = stage;
        let shown = match SimulatedOrg::start(&options, authority).await {
            Ok(org) => show(&options, org, &running, &shutdown).await,
            Err(error) => Err(error),
        };
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
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let terminal = Terminal::stdout();
    let (Some(hooks), Some(api)) = (running.hooks, running.api) else {
        bail!("not all services run");
    };
    let client = Client::at(&Place::Named(&format!("http://{api}")), Service::Ingest).await?;
    welcome(terminal, hooks, api, &org);
    let summary = Arc::new(Summary::default());
    let mut watching = JoinSet::new();
    let showing = async {
        wizard::connect(terminal, &client, &org).await?;
        terminal::print_line("\nDetections as they land; Ctrl-C ends it:\n");
        watching.spawn(feed::watch(api, Arc::clone(&summary)));
        org.is_attacked().await;
        anyhow::Ok(())
    };
    let ending = async {
        match options.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        shown = showing => shown?,
        () = ending => {
            org.rest(SETTLE).await;
            summary.settled(SETTLE).await;
        }
        () = shutdown.begun() => {}
    }
    summary.print(terminal, org.event_count());
    wizard::print_status(terminal, &client, &org).await;
    org.stop().await;
    Ok(())
}

fn welcome(terminal: Terminal, hooks: SocketAddr, api: SocketAddr, org: &SimulatedOrg) {
    let title = terminal.paint(terminal::TITLE, "Nightlatch watches a simulated Okta org.");
    for line in [
        title,
        format!("  pages      http://{api}/"),
        format!("  feed       http://{api}/api/v1/events"),
        format!("  live       curl -N http://{api}/api/v1/events/stream"),
        format!("  search     http://{api}/api/v1/events?q=okta"),
        format!("  org        http://{api}/api/v1/integrations"),
        format!("  event hook http://{hooks}/hooks/okta/…"),
        format!("  Okta       https://{}", org.address()),
        String::new(),
    ] {
        terminal::print_line(&line);
    }
}
