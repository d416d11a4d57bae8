//! What a simulated org is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How to start a [`Simulator`](super::Simulator). The defaults are an org at rest, in real time,
/// with TLS, that hands out what a small org of Okta does.
#[derive(Debug, Clone)]
pub struct Options {
    /// From which everything follows that chance decides.
    pub seed: u64,
    /// The host of the org, such as `acme.okta.com`.
    pub domain: String,
    /// A custom domain of the org, such as `id.acme.example`.
    pub custom_domain: Option<String>,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Whether the org takes orders from other processes under `/sim`.
    pub control: bool,
    /// Whether the org speaks TLS, as Okta's do.
    pub tls: bool,
    /// How long ago the simulated time starts.
    pub starts_ago: Duration,
    /// How many simulated seconds pass in a second, at least one.
    pub speed: f64,
    /// Events in a second of simulated time; zero is an org at rest.
    pub events_per_second: f64,
    /// How many times faster than people attackers act, for those who watch.
    pub hurry: u32,
    /// How the System Log comes by its events.
    pub log: LogOptions,
    /// How many events the System Log remembers: the first are forgotten when there are more. An event
    /// takes some 70 bytes of memory, and its text a few hundred in a file.
    pub remembered: usize,
    /// How event hooks are delivered.
    pub delivery: DeliveryOptions,
    /// The org's rate limits.
    pub limits: LimitOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            domain: "acme.okta.com".to_owned(),
            custom_domain: None,
            port: 0,
            control: false,
            tls: true,
            starts_ago: Duration::ZERO,
            speed: 1.0,
            events_per_second: 0.0,
            hurry: 1,
            log: LogOptions::default(),
            remembered: 4_000_000,
            delivery: DeliveryOptions::default(),
            limits: LimitOptions::default(),
        }
    }
}

/// How the System Log comes by its events. Spans are of simulated time.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The longest that an event usually takes from being published to being kept.
    pub usual_delay: Duration,
    /// The share of events that are late: between 0 and 1.
    pub late_share: f64,
    /// The longest that a late event takes.
    pub late_by: Duration,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            usual_delay: Duration::from_millis(800),
            late_share: 0.0,
            late_by: Duration::from_hours(1),
        }
    }
}

/// How event hooks are delivered. Spans are of simulated time unless it says otherwise.
#[derive(Debug, Clone)]
pub struct DeliveryOptions {
    /// How long Okta takes to learn of a hook that was made, changed or verified; what happens
    /// meanwhile is not delivered.
    pub warm_up: Duration,
    /// Events that are published within so long of each other share a delivery.
    pub batch_window: Duration,
    /// The most events in a delivery.
    pub batch_size: usize,
    /// In real time: a receiver must have answered within so long.
    pub timeout: Duration,
    /// Events a day that the org's hooks carry; a warning is logged at seven tenths.
    pub daily_quota: u64,
    /// Whether receivers may be `http:`, which Okta refuses.
    pub plain_receivers: bool,
    /// Certificates in PEM that vouch for receivers, besides the org's own authority.
    pub receiver_roots: Vec<String>,
    /// Where a receiver's host is really to be found, if its URL names no port. Whatever the
    /// host, nothing but this machine's loopback is ever called.
    pub receiver_addresses: BTreeMap<String, SocketAddr>,
    /// What goes wrong on the way.
    pub mishaps: Mishaps,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            warm_up: Duration::from_mins(1),
            batch_window: Duration::from_millis(500),
            batch_size: 100,
            timeout: Duration::from_secs(3),
            daily_quota: 400_000,
            plain_receivers: false,
            receiver_roots: Vec::new(),
            receiver_addresses: BTreeMap::new(),
            mishaps: Mishaps::default(),
        }
    }
}

/// What goes wrong with deliveries: shares between 0 and 1, each drawn for each delivery.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mishaps {
    /// Deliveries that are never sent.
    pub lost: f64,
    /// Deliveries that are sent twice, the second under an id of its own.
    pub duplicated: f64,
    /// Deliveries that are held back, and so overtaken by later ones.
    pub delayed: f64,
    /// The longest that a delivery is held back, in seconds of simulated time.
    pub delayed_by_s: f64,
    /// Deliveries whose events come in another order than they were published in.
    pub shuffled: f64,
}

impl Default for Mishaps {
    fn default() -> Self {
        Self {
            lost: 0.0,
            duplicated: 0.0,
            delayed: 0.0,
            delayed_by_s: 3900.0,
            shuffled: 0.0,
        }
    }
}

/// The org's rate limits, in requests a minute.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitOptions {
    /// `/api/v1/logs`.
    pub logs: u32,
    /// `/oauth2/v1/token`.
    pub token: u32,
    /// Event hooks, and everything else under `/api/v1` and `/integrations`.
    pub management: u32,
    /// How much of a bucket one token or app may use.
    pub client_share: f64,
    /// The share of a limit from which on Okta logs a warning.
    pub warning_share: f64,
    /// Requests at a time.
    pub concurrent: u32,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self {
            logs: 120,
            token: 150,
            management: 600,
            client_share: 0.5,
            warning_share: 0.6,
            concurrent: 75,
        }
    }
}
