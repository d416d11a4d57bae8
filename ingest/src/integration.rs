//! The integrations: which orgs there are, who may deliver for them, and how they are connected.
//!
//! They stand in the configuration file, or in the settings log `nightlatch.integrations`, which
//! every replica folds into the same table. A change is in force as soon as its record is read.

pub(crate) mod activity;
pub(crate) mod api;
pub(crate) mod arrivals;
mod checklist;
pub(crate) mod connection;
pub(crate) mod deliveries;
pub(crate) mod desk;
pub(crate) mod directory;
mod event_types;
mod file;
pub(crate) mod settings;
pub(crate) mod states;
mod status;
pub(crate) mod store;
mod subscription;
pub(crate) mod table;
pub(crate) mod tenure;
mod test_delivery;
pub(crate) mod trouble;
mod upkeep;
pub(crate) mod watch;

use axum::http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use nightlatch_schemas::integration_id;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

pub use table::Integrations;

use table::Sha256Digest;
use tenure::Tenure;

/// The integration that imported events belong to when none is configured.
pub(crate) const IMPORT: &str = "import";
/// What metrics call senders of whom no integration is known.
pub(crate) const STRANGER: &str = "unknown";

/// An Okta org whose events we take.
#[derive(Debug, Clone)]
pub struct Integration {
    /// `UUIDv5` of Okta's own org id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The org's domain.
    pub domain: String,
    /// Whether its events are not taken for now.
    pub is_paused: bool,
    /// What is counted of it is counted under this name.
    pub(crate) tenure: Tenure,
    door: Option<Door>,
}

/// What a delivery must show. Digests have one length, so comparing them tells no lengths.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    header: HeaderName,
    secrets: Vec<DoorSecret>,
}

/// A secret that opens the door, for ever or until a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DoorSecret {
    digest: Sha256Digest,
    until: Option<Timestamp>,
}

impl DoorSecret {
    const fn lasting(digest: Sha256Digest) -> Self {
        Self {
            digest,
            until: None,
        }
    }

    fn counts(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Integration {
    /// Says whether a request carries a valid secret, in constant time.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(door) = &self.door else { return false };
        let shown = headers
            .get(&door.header)
            .map_or(&[][..], |value| value.as_bytes());
        let shown = Sha256::digest(shown);
        let now = Timestamp::now();
        let secrets = door.secrets.iter().filter(|secret| secret.counts(now));
        let matching = secrets.fold(Choice::from(0), |found, secret| {
            found | secret.digest.ct_eq(shown.as_slice())
        });
        matching.into()
    }

    fn imported(name: &str) -> Self {
        let id = integration_id(name).to_string();
        Self {
            name: name.to_owned(),
            domain: format!("{name}.invalid"),
            is_paused: false,
            tenure: Tenure::of(&id, None),
            id,
            door: None,
        }
    }
}
