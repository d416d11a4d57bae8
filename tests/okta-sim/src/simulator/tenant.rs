//! The org as its servers know it: everything that requests, deliveries and daily life share.

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use parking_lot::Mutex;
use rand::SeedableRng;

use super::apps::Apps;
use super::clock::Clock;
use super::faults::Faults;
use super::jose;
use super::options::Options;
use super::rate_limits::RateLimits;
use super::token::dpop::Nonces;
use crate::dice::{Dice, letters, okta_id};
use crate::log_event::Entity;
use crate::org::Org;

/// All that is shared.
pub(crate) struct Tenant {
    pub(crate) options: Options,
    /// The hosts that the org answers for.
    pub(crate) hosts: Vec<String>,
    pub(crate) org: Org,
    pub(crate) org_id: String,
    /// With this the org signs access tokens.
    pub(crate) key: PKey<Private>,
    pub(crate) key_id: String,
    pub(crate) clock: Clock,
    pub(crate) apps: Mutex<Apps>,
    pub(crate) nonces: Nonces,
    pub(crate) limits: RateLimits,
    pub(crate) faults: Faults,
    dice: Mutex<Dice>,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenant")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Tenant {
    pub(crate) fn new(options: Options) -> Result<Self, ErrorStack> {
        let mut dice = Dice::seed_from_u64(options.seed);
        Ok(Self {
            hosts: hosts(&options),
            org: Org::new(options.seed, &options.domain),
            org_id: okta_id(&mut dice, "00o"),
            key: jose::new_rsa_key()?,
            key_id: letters(&mut dice, 43),
            clock: Clock::new(options.starts_ago, options.speed),
            apps: Mutex::default(),
            nonces: Nonces::default(),
            limits: RateLimits::new(options.limits),
            faults: Faults::new(options.seed),
            dice: Mutex::new(dice),
            options,
        })
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.options.tls { "https" } else { "http" }
    }

    /// Makes up an identifier of the kind that the prefix tells.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        okta_id(&mut self.dice.lock(), prefix)
    }

    /// Makes up a text of letters and digits.
    pub(crate) fn letters(&self, length: usize) -> String {
        letters(&mut self.dice.lock(), length)
    }

    /// Returns the user who administers the org.
    pub(crate) fn administrator(&self) -> &Entity {
        let number = self.org.admins.first().copied().unwrap_or(0);
        &self.org.users[number].entity
    }
}

fn hosts(options: &Options) -> Vec<String> {
    let domain = options.domain.to_ascii_lowercase();
    let admin = domain
        .split_once('.')
        .map(|(org, rest)| format!("{org}-admin.{rest}"));
    let own = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let custom = options
        .custom_domain
        .as_deref()
        .map(str::to_ascii_lowercase);
    [domain]
        .into_iter()
        .chain(admin)
        .chain(custom)
        .chain(own)
        .collect()
}
