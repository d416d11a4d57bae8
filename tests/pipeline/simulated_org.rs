//! An Okta org that is connected by the wizard's API, as a person connects one, with our services
//! behind a gateway: the proofs of what integrations promise.

mod canaries;
mod gateway;
mod lease;
mod plan;
mod processes;
mod rotation;
mod scenario;
mod takeover;
mod toll;
mod verdict;
mod wizard;

use std::time::Duration;

use nightlatch_okta_sim::{DeliveryOptions, LimitOptions, LogOptions, Options, Simulator};

use crate::installation::Installation;
use gateway::Gateway;
#[cfg(feature = "seeded-bugs")]
pub(crate) use scenario::Scenario;

/// What an administrator grants.
const SCOPES: [&str; 3] = [
    "okta.eventHooks.manage",
    "okta.eventHooks.read",
    "okta.logs.read",
];
/// Calls a minute: tests do not wait for windows of rate limits.
const CALLS: u32 = 6000;

/// Returns an org that delivers soon and to receivers without TLS, as the gateway is one.
fn options(seed: u64) -> Options {
    Options {
        seed,
        delivery: DeliveryOptions {
            warm_up: Duration::ZERO,
            batch_window: Duration::from_millis(20),
            plain_receivers: true,
            ..DeliveryOptions::default()
        },
        log: LogOptions {
            usual_delay: Duration::from_millis(20),
            ..LogOptions::default()
        },
        limits: LimitOptions {
            logs: CALLS,
            management: CALLS,
            token: CALLS,
            ..LimitOptions::default()
        },
        ..Options::default()
    }
}

/// Lets an installation reach the org, and the org its hooks.
fn facing(installation: Installation, org: &Simulator, gateway: &Gateway) -> Installation {
    let ca = installation.file("org-ca.pem", org.ca_pem().unwrap());
    installation
        .with("ingest.public_url", &format!("'{}'", gateway.url()))
        .with("ingest.log_poll", "'1s'")
        .with("ingest.hook_watch", "'1s'")
        .with("ingest.okta.allow_loopback", "true")
        .with("ingest.okta.ca_file", &format!("'{}'", ca.display()))
}
