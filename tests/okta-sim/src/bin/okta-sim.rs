//! A simulated Okta org on a port of this machine.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use nightlatch_okta_sim::{DeliveryOptions, LimitOptions, LogOptions, Options, Simulator};

/// A simulated Okta org: tokens, event hooks, System Log, people at work, attacks.
///
/// It listens on 127.0.0.1, takes orders under /sim (GET /sim tells what is going on), and calls
/// nothing but this machine. It stops on Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "okta-sim", version, max_term_width = 100)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Host of the org
    #[arg(long, default_value = "acme.okta.com")]
    domain: String,
    /// Custom domain of the org
    #[arg(long)]
    custom_domain: Option<String>,
    /// From which everything follows that chance decides
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the certificate goes that vouches for the org
    #[arg(long, value_name = "FILE", default_value = "okta-sim-ca.pem")]
    ca: PathBuf,
    /// HTTP instead of HTTPS
    #[arg(long)]
    plain: bool,
    /// Events in a second of simulated time
    #[arg(long, value_name = "EVENTS", default_value_t = 1.0)]
    events_per_second: f64,
    /// How many times faster than people attackers act
    #[arg(long, value_name = "TIMES", default_value_t = 1)]
    hurry: u32,
    /// How long ago simulated time starts, in hours
    #[arg(long, value_name = "HOURS", default_value_t = 0.0)]
    hours_ago: f64,
    /// Simulated seconds in a second, until simulated time has caught up
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Share of events that the System Log has late, between 0 and 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    late_share: f64,
    /// How late they are at most, in hours
    #[arg(long, value_name = "HOURS", default_value_t = 1.0)]
    late_hours: f64,
    /// Events that the System Log remembers; the first are forgotten when there are more
    #[arg(long, value_name = "EVENTS", default_value_t = Options::default().remembered)]
    remembered: usize,
    /// Requests a minute that the org allows to the System Log; a client may use half
    #[arg(long, value_name = "REQUESTS", default_value_t = 120)]
    logs_per_minute: u32,
    /// How long a new or changed hook takes to deliver, in seconds of simulated time
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    warm_up: f64,
    /// Takes receivers of hooks that are http
    #[arg(long)]
    plain_receivers: bool,
    /// Certificate that vouches for receivers of hooks, besides the org's own
    #[arg(long, value_name = "FILE")]
    receiver_ca: Vec<PathBuf>,
    /// Where a receiver's host is to be found
    #[arg(long, value_name = "HOST=ADDRESS", value_parser = host_and_address)]
    receiver: Vec<(String, SocketAddr)>,
}

fn host_and_address(text: &str) -> Result<(String, SocketAddr), String> {
    let (host, address) = text
        .split_once('=')
        .ok_or("give it as HOST=ADDRESS, such as hooks.example=127.0.0.1:8443")?;
    let address: SocketAddr = address
        .parse()
        .map_err(|_| format!("{address:?} is no address with a port"))?;
    if !address.ip().is_loopback() {
        return Err(format!(
            "{address} is not on this machine; only 127.0.0.1 is called"
        ));
    }
    Ok((host.to_owned(), address))
}

fn hours(hours: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(hours * 3600.0)
        .map_err(|_| format!("{hours} is no number of hours; give one of zero or more"))
}

impl Arguments {
    fn options(&self) -> Result<Options, String> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("{} can not be read: {error}", path.display()))
        };
        let warm_up = Duration::try_from_secs_f64(self.warm_up)
            .map_err(|_| "the warm-up must be a number of seconds, zero or more".to_owned())?;
        Ok(Options {
            seed: self.seed,
            domain: self.domain.clone(),
            custom_domain: self.custom_domain.clone(),
            port: self.port,
            control: true,
            tls: !self.plain,
            starts_ago: hours(self.hours_ago)?,
            speed: self.speed,
            events_per_second: self.events_per_second,
            hurry: self.hurry,
            remembered: self.remembered,
            log: LogOptions {
                late_share: self.late_share,
                late_by: hours(self.late_hours)?,
                ..LogOptions::default()
            },
            delivery: DeliveryOptions {
                warm_up,
                plain_receivers: self.plain_receivers,
                receiver_roots: self
                    .receiver_ca
                    .iter()
                    .map(read)
                    .collect::<Result<_, _>>()?,
                receiver_addresses: self.receiver.iter().cloned().collect::<BTreeMap<_, _>>(),
                ..DeliveryOptions::default()
            },
            limits: LimitOptions {
                logs: self.logs_per_minute,
                ..LimitOptions::default()
            },
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere else to say it.
            drop(writeln!(io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let org = Simulator::start(arguments.options()?)
        .await
        .map_err(|error| error.to_string())?;
    announce(&org, arguments)?;
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| format!("Ctrl-C can not be waited for: {error}"))?;
    org.stop().await;
    Ok(())
}

fn announce(org: &Simulator, arguments: &Arguments) -> Result<(), String> {
    let url = org.url();
    let mut said = vec![
        format!("org      {} at {url}", org.domain()),
        format!("control  {url}/sim"),
    ];
    if !arguments.plain {
        let pem = org.ca_pem().map_err(|error| error.to_string())?;
        let path = &arguments.ca;
        std::fs::write(path, pem)
            .map_err(|error| format!("{} can not be written: {error}", path.display()))?;
        said.push(format!("trust    {}", path.display()));
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}", said.join("\n"))
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output can not be written: {error}"))
}
