//! A simulated Okta org: realistic traffic with attacks among it, and the org's servers.
//!
//! [`Org`] is who and what there is; [`Traffic`] is what they do, event by event, with
//! [`Scenario`]s mixed in; [`hook_body`] wraps events the way Okta delivers them. [`odd_events`]
//! are the ones that no well-behaved org sends. All of that is pure and follows from a seed: no
//! clock, no files, no sockets; the caller says what time it is.
//!
//! [`Simulator`] is the org as others see it, on a port of 127.0.0.1: tokens, event hooks, System
//! Log. It never calls anything but this machine's loopback.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use nightlatch_okta_sim::{Options, Simulator};
//!
//! let org = Simulator::start(Options::default()).await?;
//! let client = org.install_integration(&["okta.eventHooks.manage", "okta.logs.read"]);
//! println!("{} as {}, trusting {}", org.url(), client.client_id, org.ca_pem()?);
//! # Ok(())
//! # }
//! ```

mod acts;
mod attack;
mod dice;
mod draft;
mod event_kind;
mod hook;
mod life;
mod log_event;
mod novelty;
mod odd;
mod org;
mod session;
mod simulator;
mod traffic;

pub use attack::Scenario;
pub use hook::hook_body;
pub use odd::{odd_events, odd_events_on_many_lines};
pub use org::Org;
pub use simulator::{
    ApiTokenCredential, AppKind, Authority, Clock, DeliveryCounts, DeliveryOptions, DeliveryRecord,
    EmitError, Endpoint, Evidence, EvidenceKind, Fault, Harm, HookState, Identity,
    IntegrationCredential, KeyCredential, LimitNotice, LimitOptions, LogOptions, LoggedEvent,
    Mishaps, Options, Outcome, Peak, RequestCount, SecretCredential, Simulator, StartError,
};
pub use traffic::{SimEvent, Traffic};
