//! A simulated org as a server: what clients of Okta talk to.

pub(crate) mod access;
mod administration;
mod api_services;
pub(crate) mod apps;
pub(crate) mod certificates;
pub(crate) mod clock;
mod control;
mod daily_life;
mod delivery;
pub(crate) mod endpoint;
pub(crate) mod event_hooks;
mod event_types;
pub(crate) mod faults;
mod happenings;
pub(crate) mod jose;
mod ledger;
mod listener;
mod notices;
pub(crate) mod options;
pub(crate) mod rate_limits;
mod receiver;
pub(crate) mod refusal;
mod router;
mod running;
pub(crate) mod site;
pub(crate) mod system_log;
pub(crate) mod tenant;
pub(crate) mod token;

pub use administration::{
    ApiTokenCredential, IntegrationCredential, KeyCredential, SecretCredential,
};
pub use apps::AppKind;
pub use certificates::{Authority, Identity};
pub use clock::Clock;
pub use endpoint::Endpoint;
pub use event_hooks::HookState;
pub use faults::{Fault, Harm};
pub use happenings::EmitError;
pub use ledger::{
    DeliveryCounts, DeliveryRecord, Evidence, EvidenceKind, LimitNotice, Outcome, RequestCount,
};
pub use options::{DeliveryOptions, LimitOptions, LogOptions, Mishaps, Options};
pub use rate_limits::Peak;
pub use running::{Simulator, StartError};
pub use system_log::LoggedEvent;
