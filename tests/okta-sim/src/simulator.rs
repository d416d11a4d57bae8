//! A simulated org as a server: what clients of Okta talk to.

pub(crate) mod access;
pub(crate) mod apps;
pub(crate) mod certificates;
pub(crate) mod clock;
pub(crate) mod endpoint;
pub(crate) mod faults;
pub(crate) mod jose;
mod listener;
pub(crate) mod options;
pub(crate) mod rate_limits;
pub(crate) mod refusal;
mod router;
mod running;
pub(crate) mod site;
pub(crate) mod tenant;
pub(crate) mod token;

pub use apps::AppKind;
pub use certificates::{Authority, Identity};
pub use clock::Clock;
pub use endpoint::Endpoint;
pub use faults::{Fault, Harm};
pub use options::{DeliveryOptions, LimitOptions, LogOptions, Mishaps, Options};
pub use rate_limits::Peak;
pub use running::{
    ApiTokenCredential, IntegrationCredential, KeyCredential, Simulator, StartError,
};
