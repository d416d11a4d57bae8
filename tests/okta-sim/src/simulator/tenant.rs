//! The org as its servers know it: everything that requests, deliveries and daily life share.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use openssl::pkey::{PKey, Private};
use parking_lot::{Mutex, MutexGuard};
use rand::SeedableRng;

use super::apps::Apps;
use super::clock::Clock;
use super::daily_life::Pace;
use super::delivery::Outbox;
use super::event_hooks::EventHooks;
use super::faults::Faults;
use super::jose;
use super::ledger::Ledger;
use super::notices;
use super::options::Options;
use super::rate_limits::RateLimits;
use super::receiver::Receiver;
use super::running::StartError;
use super::system_log::{Happening, SystemLog};
use super::token::dpop::Nonces;
use crate::dice::{Dice, letters, okta_id};
use crate::log_event::Entity;
use crate::org::Org;
use crate::traffic::{SimEvent, Traffic};

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
    pub(crate) hooks: Mutex<EventHooks>,
    pub(crate) log: Mutex<SystemLog>,
    pub(crate) receiver: Receiver,
    pub(crate) outbox: Outbox,
    pub(crate) ledger: Ledger,
    pub(crate) traffic: Mutex<Traffic>,
    pub(crate) pace: Mutex<Pace>,
    /// Requests that are being answered.
    pub(crate) in_flight: AtomicU32,
    /// Up to when daily life has been lived: what is published later is yet to come.
    pub(crate) lived_ms: AtomicI64,
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
    pub(crate) fn new(options: Options, authority_pem: &str) -> Result<Self, StartError> {
        let mut dice = Dice::seed_from_u64(options.seed);
        let org = Org::new(options.seed, &options.domain);
        let clock = Clock::new(options.starts_ago, options.speed);
        Ok(Self {
            hosts: hosts(&options),
            outbox: Outbox::new(&options.delivery, options.seed),
            ledger: Ledger::default(),
            traffic: Mutex::new(Traffic::new(org.clone(), options.seed).hurried(options.hurry)),
            pace: Mutex::new(Pace::new(options.events_per_second, clock.now_ms())),
            in_flight: AtomicU32::new(0),
            org,
            org_id: okta_id(&mut dice, "00o"),
            key: jose::new_rsa_key()?,
            key_id: letters(&mut dice, 43),
            apps: Mutex::default(),
            nonces: Nonces::default(),
            limits: RateLimits::new(options.limits),
            faults: Faults::new(options.seed),
            hooks: Mutex::default(),
            log: Mutex::new(SystemLog::new(
                options.log.clone(),
                options.remembered,
                options.seed,
            )?),
            receiver: Receiver::new(&options.delivery, authority_pem)?,
            lived_ms: AtomicI64::new(clock.now_ms()),
            clock,
            dice: Mutex::new(dice),
            options,
        })
    }

    /// Lets an event happen: it will be in the System Log, and hooks carry it.
    pub(crate) fn happen(&self, event: &SimEvent) {
        let happening = Happening {
            uuid: event.uuid.parse().unwrap_or_default(),
            event_type: event.event_type,
            published_ms: event.published_ms,
            json: &event.json,
        };
        self.take(&happening);
    }

    /// The same for an event that was made elsewhere.
    pub(crate) fn take(&self, event: &Happening<'_>) {
        let (configured, live) = self.hooks.lock().audience(event);
        let number = self.log.lock().take(event, &configured);
        if live.is_empty() {
            return;
        }
        let notice = self
            .outbox
            .take(&live, number, event.published_ms, &self.ledger);
        if let Some(notice) = notice {
            notices::quota(self, notice, self.options.delivery.daily_quota);
        }
    }

    /// Returns up to when the System Log can be complete.
    pub(crate) fn lived_until_ms(&self) -> i64 {
        let lived_ms = self.lived_ms.load(Ordering::Acquire);
        self.clock.now_ms().min(lived_ms)
    }

    /// Keeps what is due in the System Log, whether anybody reads it or not: what waits takes memory.
    pub(crate) fn keep(&self) {
        let until_ms = self.lived_until_ms();
        self.log.lock().keep(until_ms);
    }

    pub(crate) fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock()
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.options.tls { "https" } else { "http" }
    }

    /// Returns the host that the org names itself by: its custom domain when it has one.
    pub(crate) fn own_name(&self) -> &str {
        let custom = self.options.custom_domain.as_deref();
        custom.unwrap_or(&self.options.domain)
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
