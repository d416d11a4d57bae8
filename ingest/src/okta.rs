//! The client of an Okta org: its address, its tokens, its event hooks, its System Log.
//!
//! What Okta answers is told in [`OktaError`]: one sentence for a person and one thing to do. Calls go
//! to the org alone, over TLS, to public addresses, within half of what Okta allows.

mod address;
mod calls;
mod client;
mod credentials;
mod error;
mod event_hook;
pub mod event_types;
mod key;
mod organization;
mod outbound;
mod rates;
mod system_log;
mod token;

pub(crate) use address::is_host_name;
pub use address::{AddressError, OrgAddress};
pub(crate) use calls::{CallMetrics, Calls};
pub use client::Okta;
pub use credentials::{ClientKey, Credentials, Granted, Mode, SCOPES, Scope};
pub use error::{OktaError, Problem};
pub use event_hook::{EventHook, HookDraft, MAX_EVENT_TYPES, MAX_HOOKS};
pub use key::KeyError;
pub use organization::Organization;
pub(crate) use outbound::{Delivery, PATIENCE, Receipt};
pub use outbound::{Names, Outbound};
pub use rates::Bucket;
pub use system_log::{LogPage, LogRequest, MAX_PAGE, NextLink};
